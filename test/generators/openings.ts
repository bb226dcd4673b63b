/**
 * What connections open with, in every protocol that there is a matcher for, with whatever may vary in it; and whole
 * openings of connections: a PROXY header perhaps, and what follows it.
 */
import fc from 'fast-check';
import type { TcpProtocol, UdpProtocol } from '../../src/sniff/index.ts';
import { bytes, concat, fromHex, u16, u32, vector16, vector8 } from '../vectors/build.ts';
import type { Part } from '../vectors/build.ts';
import * as flights from '../vectors/flights.ts';
import { u32le, vector32 } from '../vectors/flights.ts';
import { goodRequestHeads, requestHeads } from './http.ts';
import { domains, joined, noise, textOf } from './parts.ts';
import { goodProxyV1Headers, goodProxyV2Headers, proxyHeaders } from './proxy.ts';
import { clientFlights, plainHellos } from './tls.ts';
import { opaque } from './values.ts';

const from = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const one = <T>(...all: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...all);
const upTo = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const perhaps = (part: fc.Arbitrary<Part>): fc.Arbitrary<Part> => fc.oneof(fc.constant<Part>([]), part);
const many = (part: fc.Arbitrary<Part>, minLength: number, maxLength: number): fc.Arbitrary<Part> =>
  fc.array(part, { minLength, maxLength });
const counted16 = (...parts: readonly (Part | fc.Arbitrary<Part>)[]): fc.Arbitrary<Uint8Array> =>
  joined(...parts).map((data) => vector16(data));
const short = from(0, 0xffff).map(u16);
const long = from(0, 0xffffffff).map(u32);
const littleEndian = from(0, 0xffffffff).map(u32le);
const word = textOf('azAZ09--', 1, 12);
const visible = textOf('!~', 1, 16);
/** In any encoding, as user names and comments are. */
const anyText = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  textOf(' ~\x80\xff', minLength, maxLength);
const line = (...parts: readonly (Part | fc.Arbitrary<Part>)[]): fc.Arbitrary<Uint8Array> => joined(...parts, '\r\n');
/** Fields as they stand behind a request line, and the empty line. */
const fields = joined(many(line(word, ': ', visible), 0, 3), '\r\n');

// Streams

const sslv2 = fc
  .record({
    version: one(0x0002, 0x0300, 0x0301, 0x0303),
    specs: from(1, 20).chain((count) => opaque(3 * count)),
    sessionId: fc.oneof(fc.constant(bytes()), opaque(16)),
    challenge: from(16, 32).chain(opaque),
  })
  .map(({ version, specs, sessionId, challenge }) => {
    const parts = [specs, sessionId, challenge];
    const body = bytes(
      1,
      u16(version),
      parts.map(({ length }) => u16(length)),
      parts,
    );
    return bytes(u16(0x8000 | body.length), body);
  });

const emptyLines = one('', '', '', '\r\n', '\r\n\r\n');
const requestLine = (
  methods: readonly string[],
  target: fc.Arbitrary<Part>,
  ...versions: readonly string[]
): fc.Arbitrary<Uint8Array> => joined(emptyLines, one(...methods), ' ', target, ' ', line(one(...versions)), fields);
const path = textOf('!"$.0~', 0, 20).map((text) => `/${text}`);

const rtsp = requestLine(
  [
    'OPTIONS', 'DESCRIBE', 'ANNOUNCE', 'SETUP', 'PLAY', 'PAUSE', 'TEARDOWN', 'GET_PARAMETER', 'RECORD', 'GET', 'POST',
    'FLUSH',
  ],
  fc.oneof(one('*'), path, joined(one('rtsp://', 'rtsps://', 'rtspu://'), domains, path)),
  'RTSP/1.0', 'RTSP/2.0',
);
const sip = requestLine(
  [
    'INVITE', 'ACK', 'OPTIONS', 'BYE', 'CANCEL', 'REGISTER', 'PRACK', 'SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'INFO', 'REFER',
    'MESSAGE', 'UPDATE',
  ],
  fc.oneof(
    joined(
      one('sip:', 'sips:', 'im:', 'pres:'),
      perhaps(joined(word, '@')),
      domains,
      perhaps(from(1, 65535).map((port) => `:${port};transport=tcp`)),
    ),
    joined('tel:+', textOf('09--', 1, 14)),
    fc.constant('urn:service:sos'),
  ),
  'SIP/2.0',
);

const socks = joined(4, one(1, 2), from(1, 0xffff).map(u16));
const user = joined(anyText(0, 12), 0);
const socks4 = fc.oneof(
  joined(socks, from(0x100, 0xffffffff).map(u32), user),
  joined(socks, from(1, 0xff).map(u32), user, domains, 0),
);
const socks5 = joined(
  5,
  fc
    .uniqueArray(fc.oneof(from(0, 9), from(0x80, 0xfe)), { minLength: 1, maxLength: 6 })
    .map((methods) => vector8(methods)),
  // Of one that does not wait.
  perhaps(
    joined(
      [5, 1, 0, 3],
      domains.map((name) => vector8(name)),
      short,
    ),
  ),
);

const rdp = fc
  .tuple(
    perhaps(
      line(
        fc.oneof(
          joined('Cookie: mstshash=', anyText(1, 20)),
          joined('Cookie: msts=', textOf('09..', 1, 20)),
          anyText(1, 30),
        ),
      ),
    ),
    perhaps(joined(1, from(0, 0xff), [8, 0], littleEndian)),
  )
  .map((parts) => flights.connectionRequest(...parts));

const parameter = joined(textOf('az__', 1, 12), 0, anyText(0, 12), 0);
const postgres = fc.oneof(
  one(80877103, 80877104).map((code) => flights.counted32(u32(code))),
  fc.tuple(long, from(4, 256).chain(opaque)).map((parts) => flights.counted32(u32(80877102), parts)),
  fc
    .tuple(one(0x30000, 0x30002), many(parameter, 0, 4))
    .map(([version, parameters]) => flights.counted32(u32(version), 'user\0a\0', parameters, 0)),
);

const bulk = anyText(0, 12).map((text) => `$${text.length}\r\n${text}\r\n`);
const redis = fc.array(bulk, { minLength: 1, maxLength: 5 }).map((words) => bytes(`*${words.length}\r\n`, words));

const mongodb = fc
  .tuple(one(2013, 2004, 2012), littleEndian, fc.uint8Array({ maxLength: 60 }))
  .map(([operation, id, body]) => bytes(u32le(16 + body.length), id, u32le(0), u32le(operation), body));

const mqtt = fc
  .tuple(
    one(
      [vector16('MQTT'), 4],
      [vector16('MQTT'), 5],
      [vector16('MQTT'), 0x84],
      [vector16('MQIsdp'), 3],
      [vector16('MQIsdp'), 0x83],
    ),
    one(0, 2, 0xc2, 0xc6),
    short,
    counted16(word),
    many(counted16(anyText(0, 60)), 0, 4),
  )
  .map((parts) => flights.mqttConnect(...parts));

const amqp = joined(
  'AMQP',
  one([0, 0, 9, 1], [1, 1, 8, 0], [1, 1, 9, 1], [1, 1, 0, 9], [1, 1, 0, 10], [0, 1, 0, 0], [2, 1, 0, 0], [3, 1, 0, 0]),
  upTo(20),
);

const quoted = fc.tuple(one("'", '"'), textOf('azAZ09..-:', 0, 20)).map(([mark, text]) => `${mark}${text}${mark}`);
const xmpp = joined(
  perhaps(joined('<?xml version=', quoted, perhaps(joined(' encoding=', quoted)), '?>', textOf('\t\r  ', 0, 3))),
  '<stream:stream',
  many(joined(' ', one('to', 'xmlns', 'xmlns:stream', 'version'), '=', quoted), 0, 4),
  '>',
);

const octets = (...parts: readonly (Part | fc.Arbitrary<Part>)[]): fc.Arbitrary<Uint8Array> =>
  fc.tuple(joined(...parts), one<0 | 1 | 2 | 4>(0, 1, 2, 4)).map(([data, form]) => flights.ber(4, form, data));
const ldapForm = one<0 | 1 | 2 | 4>(0, 1, 2, 4);
const messageId = fc.oneof(
  from(1, 0x7f).map((id) => [2, 1, id]),
  from(0x80, 0x7fff).map((id) => [2, 2, u16(id)]),
  from(0x800000, 0x7fffffff).map((id) => [2, 4, u32(id)]),
);
const dn = joined('cn=', anyText(0, 20));
const ldap = fc
  .tuple(
    ldapForm,
    messageId,
    fc.oneof(
      fc
        .tuple(ldapForm, one(2, 3), octets(dn), anyText(0, 12))
        .map(([form, version, name, password]) =>
          flights.ber(0x60, form, [2, 1, version], name, flights.ber(0x80, 0, password)),
        ),
      fc.constant(bytes(0x42, 0)),
      fc.constant(flights.ber(0x63, 0, flights.ldapSearch, flights.present, flights.ber(0x30, 0))),
      fc
        .tuple(one(0x66, 0x68, 0x6c, 0x6e), ldapForm, octets(dn))
        .map(([operation, form, name]) => flights.ber(operation, form, name, flights.ber(0x30, 0))),
      dn.map((name) => flights.ber(0x4a, 0, name)),
      from(1, 0x7f).map((id) => bytes(0x50, 1, id)),
      textOf('09..', 1, 20).map((oid) => flights.ber(0x77, 0, flights.ber(0x80, 0, oid))),
    ),
  )
  .map((parts) => flights.ber(0x30, ...parts));

const netbiosName = fc.string({ unit: one(...'ABCDEFGHIJKLMNOP'), minLength: 32, maxLength: 32 });
const smb = fc.oneof(
  fc
    .tuple(one(0xfc, 0xfd, 0xfe, 0xff), from(4, 300).chain(opaque))
    .map(([version, body]) => vector32(version, 'SMB', body)),
  joined([0x81, 0, 0, 0x44], 0x20, netbiosName, 0, 0x20, netbiosName, 0),
);

const telnet = many(joined(0xff, from(0xfb, 0xfe), from(0, 49)), 2, 8).map((commands) => bytes(commands));

const adb = fc
  .tuple(one(0x01000000, 0x01000001), littleEndian, joined(one('host', 'device'), '::', visible))
  .map(([version, most, banner]) => {
    const sum = banner.reduce((total, byte) => total + byte, 0);
    return bytes('CNXN', u32le(version), most, u32le(banner.length), u32le(sum), fromHex('bcb1a7b1'), banner);
  });

const fix = fc
  .tuple(one('FIX.4.0', 'FIX.4.2', 'FIX.4.4', 'FIXT.1.1'), fc.array(fc.tuple(from(34, 1000), word), { maxLength: 5 }))
  .map(([version, others]) => bytes(flights.fix(version, ['35=A', ...others.map((pair) => pair.join('='))])));

const bitcoin = fc
  .tuple(one(...flights.bitcoinNetworks), upTo(40))
  .map(([[, magic], behind]) => flights.bitcoin(magic, 'version', bytes(flights.bitcoinVersion, behind)));

const spelled = (verb: string): readonly string[] => [verb, verb.toLowerCase(), verb[0]! + verb.slice(1).toLowerCase()];
const greeting = (...verbs: readonly string[]): fc.Arbitrary<Uint8Array> =>
  line(
    one(...verbs.flatMap(spelled)),
    ' ',
    fc.oneof(
      domains,
      fc.ipV4().map((address) => `[${address}]`),
    ),
  );

// Streams that weak matchers tell

/** In labels without the letters of NetBIOS. */
const names = fc.array(textOf('az09--__', 1, 20), { maxLength: 4 });
const dnsQuery = fc
  .record({
    id: short,
    labels: names,
    type: fc.oneof(one(1, 2, 12, 15, 16, 28, 33, 64, 65, 252, 255), from(1, 0xffff)),
    opcode: one(0, 0, 0, 4, 5),
    flags: one(0x0000, 0x0100, 0x0120, 0x0110, 0x0030),
    options: one<readonly Uint8Array[]>([], [flights.opt], [flights.opt, flights.opt]),
  })
  .map(({ id, labels, type, opcode, flags, options }) =>
    bytes(id, flights.dnsQuery(labels, type, (opcode << 11) | flags, options).subarray(2)),
  );

/** Where a time ends in 5, the first nine bytes may be a whole frame of Cassandra, and nobody can tell. */
const time = from(0, 0xffffffff).filter((milliseconds) => milliseconds % 256 !== 5);
const rtmp = joined(
  3,
  time.map(u32),
  fc.oneof(fc.constant(bytes(0, 0, 0, 0)), joined(from(1, 0x80), noise(3))),
  opaque(1528),
);

const clientId = fc.option(textOf(' ~', 0, 20), { nil: null });
const kafka = fc
  .tuple(one(3, 17, 18), from(0, 20), clientId, upTo(20))
  .map(([key, version, id, body]) => flights.kafka(key, version, id, body));

const cassandra = fc.oneof(
  fc.tuple(one(3, 4, 5, 0x41, 0x42), one(0, 0x10)).map(([version, flags]) => flights.cassandra(version, flags, 5)),
  fc
    .tuple(
      one(3, 4, 5, 0x41, 0x42),
      one(0, 0x10),
      fc.dictionary(textOf('AZ__', 1, 20), textOf(' ~', 0, 20), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
    )
    .map(([version, flags, options]) =>
      flights.cassandra(version, flags, 1, flights.startupOptions({ CQL_VERSION: '3.0.0', ...options })),
    ),
);

const key = textOf('!~\x80\xff', 1, 30);
const amount = from(0, 0x7fffffff).map(String);
const memcached = fc.oneof(
  line(one('get', 'gets', 'delete', 'mg', 'md', 'ma', 'me', 'ms'), ' ', many(joined(key, ' '), 0, 3), key),
  line(one('gat', 'gats'), ' ', amount, ' ', key),
  line(one('incr', 'decr', 'touch'), ' ', key, ' ', amount),
  fc
    .tuple(
      one('set', 'add', 'replace', 'append', 'prepend'),
      key,
      amount,
      from(-1, 2678400),
      anyText(0, 20),
      one('', ' noreply'),
    )
    .map(([verb, name, flags, time, value, end]) =>
      bytes(`${verb} ${name} ${flags} ${time} ${value.length}${end}\r\n${value}\r\n`),
    ),
  joined(one('stats', 'flush_all', 'version', 'quit', 'mn'), one('\r\n', '\n')),
  line(one('stats items', 'verbosity 1', 'flush_all 10')),
  fc
    .record({ operation: from(0, 0x49), key: upTo(40), extras: upTo(20), value: upTo(20), opaque: noise(12) })
    .map(({ operation, key, extras, value, opaque }) =>
      bytes(
        [0x80, operation],
        u16(key.length),
        extras.length,
        0,
        [0, 0],
        u32(extras.length + key.length + value.length),
        opaque,
        extras,
        key,
        value,
      ),
    ),
);

const message = joined('<', from(0, 191).map(String), '>', textOf('!~', 1, 1), anyText(0, 40));
const syslog = fc.oneof(
  joined(message, '\n'),
  message.map((text) => bytes(`${text.length} `, text)),
);

const minecraft = fc.oneof(
  fc
    .record({
      version: fc.oneof(from(0, 800), fc.constant(-1)),
      host: textOf('\0\0 \xff', 1, 200),
      port: short,
      next: from(1, 3),
      behind: upTo(20),
    })
    .map(({ version, host, port, next, behind }) =>
      bytes(
        flights.minecraft(0, flights.varint(version), flights.varint(host.length), host, port, next),
        flights.minecraft(0, behind),
      ),
    ),
  joined(0xfe, 1, perhaps(joined(0xfa, upTo(20)))),
);

const session = noise(8);
/** HMAC-SHA256 makes it as long as what is encrypted, which begins with a zero there. */
const hmac = one(16, 20, 28, 32, 48, 64).chain((size) => joined(from(1, 0xff), opaque(size - 1)));
const packetId = from(1, 0xff).map(u32);
const encrypted = joined([0, 0], from(1, 0xff), noise(4), opaque(37));
/** Below 1024 bytes, which is how a request of SOCKS4 begins. */
const openvpn = fc.oneof(
  joined(one(0x08, 0x38), session, [0, 0, 0, 0, 0]),
  joined(one(0x08, 0x38), session, hmac, packetId, noise(4), [0, 0, 0, 0, 0]),
  joined(0x38, session, 0, encrypted),
  joined(
    0x50,
    session,
    one(0, 0x0f),
    encrypted,
    from(290, 900).chain((size) => joined(opaque(size - 2), u16(size))),
  ),
);

/** The protocols that only weak matchers tell from others. */
type WeakProtocol = 'dns' | 'rtmp' | 'kafka' | 'cassandra' | 'memcached' | 'syslog' | 'minecraft' | 'openvpn';

/** Well-formed, by protocol, each with all that it takes to tell it. */
export const streams: { readonly [P in TcpProtocol | WeakProtocol]: fc.Arbitrary<Uint8Array> } = {
  tls: plainHellos,
  http1: goodRequestHeads,
  http2: joined(
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    many(joined(from(1, 6).map(u16), long), 0, 6).map((settings) => {
      const data = bytes(settings);
      return bytes(0, u16(data.length), 4, 0, u32(0), data);
    }),
  ),
  'proxy-v1': goodProxyV1Headers,
  'proxy-v2': goodProxyV2Headers,
  sslv2,
  ssh: joined('SSH-', one('2.0', '1.99'), '-', word, perhaps(joined(' ', visible)), one('\r\n', '\n')),
  socks4,
  socks5,
  rdp,
  postgres,
  redis,
  mongodb,
  mqtt,
  amqp,
  xmpp,
  rtsp,
  sip,
  bittorrent: joined(
    19, 'BitTorrent protocol',
    noise(8),
    opaque(20),
    one('-LT2080-', '-AB1234-'),
    textOf('!~', 12, 12),
  ),
  nats: line('CONNECT {', textOf(' ~', 0, 30), '}'),
  ldap,
  smb,
  telnet,
  vnc: joined('RFB 00', textOf('09', 1, 1), '.', textOf('09', 3, 3), '\n'),
  adb,
  fix,
  bitcoin,
  smtp: greeting('EHLO', 'HELO'),
  lmtp: greeting('LHLO'),
  dns: dnsQuery.map((query) => vector16(query)),
  rtmp,
  kafka,
  cassandra,
  memcached,
  syslog,
  minecraft,
  openvpn: openvpn.map((reset) => vector16(reset)),
};

// Datagrams

const quicVersions = one<readonly [version: string, type: number]>(
  ['00000001', 0],
  ['6b3343cf', 1],
  ['ff00001d', 0],
  ['ff000022', 0],
  ['1a2a3a4a', 2],
  ['fafafafa', 3],
);

/** Well-formed, by protocol. */
export const datagrams: { readonly [P in UdpProtocol]: fc.Arbitrary<Uint8Array> } = {
  quic: fc
    .tuple(quicVersions, from(0, 0x0f), fc.boolean(), from(8, 20).chain(opaque), from(1200, 1400))
    .map(([[version, type], low, isFixed, id, size]) =>
      flights.quic(0x80 | (isFixed ? 0x40 : 0) | (type << 4) | low, version, id, size),
    ),
  dtls: fc
    .tuple(one(0xfeff, 0xfefd), from(0, flights.dtlsBody.length))
    .map(([version, fragment]) => flights.dtlsHello(version, flights.dtlsBody, fragment)),
  stun: fc
    .tuple(
      from(0, 0x3fff),
      many(
        joined(
          short,
          fc.constantFrom(0, 4, 8, 20).chain((size) => counted16(noise(size))),
        ),
        0, 4,
      ),
      noise(12),
    )
    .map(([type, attributes, transaction]) => {
      const sent = flights.stun(type, attributes);
      sent.set(transaction, 8);
      return sent;
    }),
  dns: dnsQuery,
  wireguard: joined([1, 0, 0, 0], opaque(144)),
  openvpn,
  bittorrent: fc.oneof(
    joined('d1:ad2:', one('id20:', 'bsi1e2:id20:'), opaque(20), 'e1:q4:ping1:t2:', noise(2), '1:y1:qe'),
    joined(fromHex('000004172710198000000000'), noise(4)),
  ),
  sip,
  'proxy-v2': goodProxyV2Headers,
};

// Openings

/** Cut off, or one byte another: what may be another protocol, or none. */
const changes = fc.oneof(
  { weight: 12, arbitrary: fc.constant((opening: Uint8Array) => opening) },
  {
    weight: 1,
    arbitrary: fc.nat().map((at) => (opening: Uint8Array) => opening.subarray(0, at % (opening.length + 1))),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.oneof(fc.nat(15), fc.nat()), from(0, 0xff)).map(
      ([at, byte]) =>
        (opening: Uint8Array) =>
          opening.length === 0 ? opening : opening.with(at % opening.length, byte),
    ),
  },
);

/** The first bytes of a stream in any of the protocols, mostly whole and well-formed. */
export const openings: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.oneof(...Object.values(streams)), changes)
  .map(([opening, change]) => change(opening));

/** What a client says first: a PROXY header perhaps, behind it TLS, HTTP, another protocol or nothing. */
export const connections: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.oneof({ weight: 1, arbitrary: fc.constant(bytes()) }, { weight: 1, arbitrary: proxyHeaders }),
    fc.oneof(
      { weight: 4, arbitrary: clientFlights },
      { weight: 4, arbitrary: requestHeads },
      { weight: 3, arbitrary: openings },
      { weight: 1, arbitrary: fc.constant(bytes()) },
    ),
  )
  .map((parts) => concat(parts));
