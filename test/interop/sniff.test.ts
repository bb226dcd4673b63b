/**
 * What real clients are named after their first flight. The other end is silent, as whoever sniffs must be, so that a
 * name has to come with what they send before they hear anything.
 */
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { decodeProxyHeader } from 'preread/proxy';
import {
  cassandra,
  createSniffer,
  dns,
  kafka,
  memcached,
  minecraft,
  openvpn,
  rtmp,
  sniff,
  sniffDatagram,
  syslog,
  tcp,
} from 'preread/sniff';
import type { Matcher, Sniffed } from 'preread/sniff';
import { beforeAll, describe, expect, test } from 'vitest';
import { bytes, u16, u32 } from '../vectors/build.ts';
import type { Part } from '../vectors/build.ts';
import { datagrams, flights } from '../vectors/flights.ts';
import type { Flight } from '../vectors/flights.ts';
import { describeWith, makeCertificate, makeFolder, run, start, temporaryFolder } from './programs.ts';
import type { Started } from './programs.ts';
import { hex } from './proxy-listener.ts';

/** Every matcher for streams, those too that go by structure alone. */
const every: readonly Matcher[] = [
  ...[...tcp, dns, rtmp, kafka, cassandra],
  ...[memcached, syslog, minecraft, openvpn],
];

/** What a silent listener was told. */
interface Heard {
  readonly sniffed: Sniffed;
  /** Everything up to the chunk that decided. */
  readonly bytes: Uint8Array;
}

/** Starts a client for this port. */
type Launch = (port: number) => Started;

/** A client that runs in this process. */
function inProcess(stop: () => void): Started {
  return {
    ended: new Promise(() => {}),
    printed: () => Promise.reject(new Error('it prints nothing')),
    stop: async () => stop(),
  };
}

/** Ends the client, however it went, and rejects where it is gone and nothing was decided. */
async function untilHeard<T>(client: Started, heard: Promise<T>): Promise<T> {
  const gone = client.ended.then(async ({ output }) => {
    // What it sent at last may not have been read yet.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    throw new Error(`it left undecided: ${output}`);
  });
  gone.catch(() => {});
  try {
    return await Promise.race([heard, gone]);
  } finally {
    await client.stop();
  }
}

/** The first decision on any of the connections that a client makes: some open one that they never use. */
async function listen(launch: Launch, matchers: readonly Matcher[] = every): Promise<Heard> {
  const sockets: Socket[] = [];
  let hear!: (heard: Heard) => void;
  const first = new Promise<Heard>((resolve) => (hear = resolve));
  const server = createServer((socket) => {
    sockets.push(socket);
    const sniffer = createSniffer(matchers);
    socket.on('data', (chunk) => {
      const sniffed = sniffer.push(chunk);
      if (sniffed.status !== 'incomplete') hear({ sniffed, bytes: sniffer.bytes });
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await untilHeard(launch((server.address() as AddressInfo).port), first);
  } finally {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }
}

/** The first datagram that a client sends. */
async function receive(launch: Launch): Promise<Uint8Array> {
  const socket = createSocket('udp4');
  const first = new Promise<Uint8Array>((resolve) =>
    socket.once('message', (datagram) => resolve(new Uint8Array(datagram))),
  );
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  try {
    return await untilHeard(launch(socket.address().port), first);
  } finally {
    socket.close();
  }
}

/** A client and the flight that was recorded of it. */
interface Client {
  /** The title of that flight. */
  readonly title: string;
  readonly args: (port: number) => readonly string[];
  /** Where it is another than that of the block. */
  readonly program?: string;
  /** Whether it sends the same bytes each time. */
  readonly isConstant?: boolean;
}

function recordedAs(list: readonly Flight[], title: string): Flight {
  const flight = list.find((each) => each.title === title);
  if (flight === undefined) throw new Error(`no flight was recorded of ${title}`);
  expect(flight.source).toBe('recorded');
  return flight;
}

/** Expects that a live flight gets the name of the recorded one, however it is cut. */
function expectNameOf(flight: Flight, { sniffed, bytes: live }: Heard): void {
  const named = { status: 'complete', protocol: flight.protocol };
  expect(sniffed).toEqual(named);
  expect(sniff(live, every)).toEqual(named);
  expect(sniff(flight.bytes, every)).toEqual(named);

  const sniffer = createSniffer(every);
  let sniffedSlowly: Sniffed = { status: 'incomplete', needed: 1, candidates: [] };
  for (let at = 0; at < live.length && sniffedSlowly.status === 'incomplete'; at++) {
    sniffedSlowly = sniffer.push(live.subarray(at, at + 1));
  }
  expect(sniffedSlowly).toEqual(named);
}

/** Tests that clients over TCP are named. `block` is the program that they need and, unless one says another, run. */
function testStreams(block: string, clients: readonly Client[]): void {
  test.each(clients)('$title', async ({ title, args, program = block, isConstant = false }) => {
    const flight = recordedAs(flights, title);
    const heard = await listen((port) => start(program, args(port), 'pipe'));
    expectNameOf(flight, heard);
    // It was named before all of it came, where the client sent it in several writes.
    if (isConstant) expect(hex(heard.bytes)).toBe(hex(flight.bytes.subarray(0, heard.bytes.length)));
  });
}

/** The same over UDP. */
function testDatagrams(block: string, clients: readonly Client[]): void {
  test.each(clients)('$title', async ({ title, args, program = block }) => {
    const flight = recordedAs(datagrams, title);
    const datagram = await receive((port) => start(program, args(port), 'pipe'));
    expect(sniffDatagram(datagram)).toEqual({ status: 'complete', protocol: flight.protocol });
    expect(sniffDatagram(flight.bytes)).toEqual({ status: 'complete', protocol: flight.protocol });
  });
}

describeWith(['ssh'], 'ssh', () => {
  const options = [
    '-F',
    '/dev/null',
    '-o',
    'BatchMode=yes',
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
  ];
  testStreams('ssh', [{ title: 'ssh of OpenSSH 9.2', args: (port) => [...options, '-p', `${port}`, '127.0.0.1'] }]);
});

describeWith(['dbclient'], 'dbclient', () => {
  testStreams('dbclient', [
    { title: 'dbclient of Dropbear 2022.83', args: (port) => ['-y', '-p', `${port}`, 'a@127.0.0.1'] },
  ]);
});

describeWith(['plink'], 'plink', () => {
  testStreams('plink', [
    { title: 'plink of PuTTY 0.78', args: (port) => ['-batch', '-ssh', '-P', `${port}`, 'a@127.0.0.1'] },
    { title: 'plink of PuTTY 0.78, telnet', args: (port) => ['-batch', '-telnet', '-P', `${port}`, '127.0.0.1'] },
  ]);
});

describeWith(['redis-cli'], 'redis-cli', () => {
  testStreams('redis-cli', [
    { title: 'redis-cli 7.0', args: (port) => ['-h', '127.0.0.1', '-p', `${port}`, 'ping'], isConstant: true },
    {
      title: 'redis-cli 7.0 of RESP3',
      args: (port) => ['-3', '-h', '127.0.0.1', '-p', `${port}`, 'ping'],
      isConstant: true,
    },
  ]);
});

describeWith(['psql'], 'psql', () => {
  const to = (port: number, ...more: string[]): string =>
    ['host=127.0.0.1', `port=${port}`, 'user=alice', 'dbname=shop', ...more].join(' ');
  testStreams('psql', [
    { title: 'psql 15, SSLRequest', args: (port) => ['-w', to(port, 'sslmode=prefer')], isConstant: true },
    { title: 'psql 15, SSLRequest', args: (port) => ['-w', to(port, 'sslmode=require')], isConstant: true },
    { title: 'psql 15, startup', args: (port) => ['-w', to(port, 'sslmode=disable')] },
  ]);

  test('psql 15 with a Kerberos ticket, GSSENCRequest', async () => {
    const folder = temporaryFolder();
    const cache = join(folder, 'cache');
    const settings = join(folder, 'krb5.conf');
    writeFileSync(cache, credentialCache());
    writeFileSync(settings, '[libdefaults]\ndefault_realm = EXAMPLE.COM\ndns_lookup_kdc = false\n');
    const env = [`KRB5CCNAME=FILE:${cache}`, `KRB5_CONFIG=${settings}`];
    const flight = recordedAs(flights, 'psql 15 with a Kerberos ticket, GSSENCRequest');
    const heard = await listen((port) => start('env', [...env, 'psql', '-w', to(port, 'gssencmode=prefer')], 'pipe'));
    expectNameOf(flight, heard);
    expect(hex(heard.bytes)).toBe(hex(flight.bytes));
  });

  /** A file with a ticket that opens nothing, but lasts until tomorrow: libpq asks for GSSAPI only with one. */
  function credentialCache(): Uint8Array {
    const data = (text: string): Part => [u32(text.length), text];
    const principal = (...names: string[]): Part => [u32(1), u32(names.length), data('EXAMPLE.COM'), names.map(data)];
    const now = Math.floor(Date.now() / 1000);
    const times = [now, now, now + 86_400, now + 86_400].map(u32);
    const client = principal('alice');
    return bytes(
      [5, 4, 0, 0],
      client,
      // The ticket for more tickets: a key of AES-256, times, no flag that matters, no addresses, no data.
      [
        client,
        principal('krbtgt', 'EXAMPLE.COM'),
        u16(18),
        data('k'.repeat(32)),
        times,
        0,
        u32(0x4000_0000),
        u32(0),
        u32(0),
      ],
      [data(`\x61\x5f${'x'.repeat(95)}`), data('')],
    );
  }
});

describeWith(['mosquitto_pub'], 'mosquitto_pub', () => {
  const args = (port: number, version: string): string[] => [
    '-V',
    version,
    '-h',
    '127.0.0.1',
    '-p',
    `${port}`,
    '-t',
    'a',
    '-m',
    'b',
  ];
  testStreams('mosquitto_pub', [
    { title: 'mosquitto_pub 2.0, MQTT 3.1', args: (port) => args(port, '31') },
    { title: 'mosquitto_pub 2.0, MQTT 3.1.1', args: (port) => args(port, '311') },
    { title: 'mosquitto_pub 2.0, MQTT 5', args: (port) => args(port, '5') },
  ]);
});

describeWith(['curl'], 'curl', () => {
  /** No settings of the machine's owner, no proxy. */
  const own = ['--disable', '--silent', '--noproxy', '*'];
  const url = (port: number, scheme: string, path = ''): string => `${scheme}://127.0.0.1:${port}/${path}`;
  const through = (port: number, scheme: string): string[] => [
    '--disable',
    '--silent',
    '--proxy',
    `${scheme}://127.0.0.1:${port}`,
  ];
  testStreams('curl', [
    { title: 'curl 7.88', args: (port) => [...own, url(port, 'http')] },
    { title: 'curl 7.88, HTTP/1.0', args: (port) => [...own, '--http1.0', url(port, 'http')] },
    {
      title: 'curl 7.88, OPTIONS *',
      args: (port) => [...own, '-X', 'OPTIONS', '--request-target', '*', url(port, 'http')],
    },
    { title: 'curl 7.88, asking to upgrade to HTTP/2', args: (port) => [...own, '--http2', url(port, 'http')] },
    { title: 'curl 7.88 to a proxy', args: (port) => [...through(port, 'http'), 'http://example.com/a'] },
    { title: 'curl 7.88, CONNECT', args: (port) => [...through(port, 'http'), 'https://example.com/'] },
    { title: 'curl 7.88 with prior knowledge', args: (port) => [...own, '--http2-prior-knowledge', url(port, 'http')] },
    { title: 'curl 7.88, SOCKS4', args: (port) => [...through(port, 'socks4'), 'http://192.0.2.1/'], isConstant: true },
    {
      title: 'curl 7.88, SOCKS4a',
      args: (port) => [...through(port, 'socks4a'), 'http://example.com/'],
      isConstant: true,
    },
    { title: 'curl 7.88, SOCKS5', args: (port) => [...through(port, 'socks5'), 'http://192.0.2.1/'], isConstant: true },
    {
      title: 'curl 7.88, SOCKS5',
      args: (port) => [...through(port, 'socks5h'), 'http://example.com/'],
      isConstant: true,
    },
    {
      title: 'curl 7.88, SOCKS5 with a user',
      args: (port) => [...through(port, 'socks5'), '-U', 'u:p', 'http://192.0.2.1/'],
      isConstant: true,
    },
    { title: 'curl 7.88, RTSP', args: (port) => [...own, url(port, 'rtsp', 'stream')], isConstant: true },
    { title: 'curl 7.88, MQTT', args: (port) => [...own, url(port, 'mqtt', 'topic')] },
    {
      title: 'curl 7.88, LDAP with a password',
      args: (port) => [...own, '-u', 'cn=a:b', url(port, 'ldap', 'dc=example')],
      isConstant: true,
    },
    { title: 'curl 7.88, SMB 1', args: (port) => [...own, '-u', 'a:b', url(port, 'smb', 'share/file')] },
  ]);

  test('--haproxy-protocol: the header first, then what it stands in front of', async () => {
    const launch: Launch = (port) => start('curl', [...own, '--haproxy-protocol', url(port, 'http')]);
    expectNameOf(recordedAs(flights, 'curl 7.88 with --haproxy-protocol'), await listen(launch));

    // It sends the header by itself; a matcher that waits for the end of the head brings both.
    const whole: Matcher = {
      protocol: 'whole',
      maxBytes: 65536,
      match: (sent) => Buffer.from(sent).includes('\r\n\r\n') || 1,
    };
    const { bytes: sent } = await listen(launch, [whole]);
    const header = decodeProxyHeader(sent);
    if (header.status !== 'complete') throw new Error(JSON.stringify(header));
    expect(sniff(sent.subarray(header.size), every)).toEqual({ status: 'complete', protocol: 'http1' });
  });

  test('a protocol without a matcher is unknown before it is over', async () => {
    const { sniffed, bytes: live } = await listen((port) => start('curl', [...own, url(port, 'dict', 'd:word')]));
    expect(sniffed).toEqual({ status: 'unknown' });
    expect(sniff(live.subarray(0, 40), every)).toEqual({ status: 'unknown' });
  });

  test('of telnet it waits for the server: nothing comes that could be named', async () => {
    let received = 0;
    let connected!: () => void;
    const connection = new Promise<void>((resolve) => (connected = resolve));
    const server = createServer((socket) => {
      connected();
      socket.on('data', (chunk) => (received += chunk.length)).on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = start('curl', [...own, url((server.address() as AddressInfo).port, 'telnet')], 'pipe');
    await connection;
    await new Promise((resolve) => setTimeout(resolve, 300));
    await client.stop();
    await new Promise((resolve) => server.close(resolve));
    expect(received).toBe(0);
    expect(createSniffer(every).end()).toEqual({ status: 'unknown' });
  });
});

describeWith(['openssl'], 'openssl s_client', () => {
  const args = (port: number, ...more: string[]): string[] => ['s_client', '-connect', `127.0.0.1:${port}`, ...more];
  testStreams('openssl', [
    { title: 'openssl s_client of OpenSSL 3.0', args: (port) => args(port, '-servername', 'www.example.com') },
    { title: 'openssl s_client of OpenSSL 3.0', args: (port) => args(port, '-tls1_2', '-noservername') },
    { title: 'openssl s_client of OpenSSL 3.0', args: (port) => args(port, '-tls1', '-cipher', 'DEFAULT@SECLEVEL=0') },
    {
      title: 'openssl s_client of OpenSSL 3.0, -starttls xmpp',
      args: (port) => args(port, '-starttls', 'xmpp', '-xmpphost', 'example.com'),
      isConstant: true,
    },
    {
      title: 'openssl s_client of OpenSSL 3.0, -starttls xmpp-server',
      args: (port) => args(port, '-starttls', 'xmpp-server', '-xmpphost', 'example.com'),
      isConstant: true,
    },
    {
      title: 'ldapsearch of OpenLDAP 2.5, StartTLS',
      args: (port) => args(port, '-starttls', 'ldap'),
      isConstant: true,
    },
    { title: 'psql 15, SSLRequest', args: (port) => args(port, '-starttls', 'postgres'), isConstant: true },
  ]);
  testDatagrams('openssl', [
    { title: 'openssl s_client of OpenSSL 3.0, DTLS 1.2', args: (port) => args(port, '-dtls') },
    {
      title: 'openssl s_client of OpenSSL 3.0, DTLS 1.0',
      args: (port) => args(port, '-dtls1', '-cipher', 'DEFAULT@SECLEVEL=0'),
    },
  ]);
});

describeWith(['dig'], 'dig', () => {
  // Without the settings of the machine's owner.
  const args = (port: number, ...more: string[]): string[] => [
    '-r',
    '@127.0.0.1',
    '-p',
    `${port}`,
    '+tries=1',
    ...more,
  ];
  testStreams('dig', [
    { title: 'dig 9.18 over TCP', args: (port) => args(port, '+tcp', 'example.com') },
    {
      title: 'dig 9.18 over TCP, AAAA without EDNS',
      args: (port) => args(port, '+tcp', '+noedns', 'example.com', 'AAAA'),
    },
    { title: 'dig 9.18 over TCP, the root', args: (port) => args(port, '+tcp', '.', 'NS') },
    { title: 'dig 9.18 over TCP, PTR', args: (port) => args(port, '+tcp', '-x', '192.0.2.1') },
    {
      title: 'dig 9.18 over TCP, SRV with DNSSEC',
      args: (port) => args(port, '+tcp', '+dnssec', '_ldap._tcp.example.com', 'SRV'),
    },
    { title: 'dig 9.18, AXFR', args: (port) => args(port, 'example.com', 'AXFR') },
    { title: 'dig 9.18, IXFR', args: (port) => args(port, '+tcp', 'example.com', 'IXFR=2024010100') },
    { title: 'dig 9.18, ANY', args: (port) => args(port, 'example.com', 'ANY') },
  ]);
  testDatagrams('dig', [
    { title: 'dig 9.18', args: (port) => args(port, 'example.com') },
    { title: 'dig 9.18, AAAA without EDNS', args: (port) => args(port, '+noedns', 'example.com', 'AAAA') },
    { title: 'dig 9.18, the root', args: (port) => args(port, '.', 'NS') },
    { title: 'dig 9.18, ANY over UDP', args: (port) => args(port, '+notcp', 'example.com', 'ANY') },
    {
      title: 'dig 9.18, SRV with DNSSEC',
      args: (port) => args(port, '+dnssec', '_xmpp-client._tcp.example.com', 'SRV'),
    },
  ]);

  test('over TCP it is unknown to whoever does not ask for DNS', async () => {
    const launch: Launch = (port) => start('dig', args(port, '+tcp', 'example.com'));
    expect((await listen(launch, tcp)).sniffed).toEqual({ status: 'unknown' });
    expect((await listen(launch, [...tcp, dns])).sniffed).toEqual({ status: 'complete', protocol: 'dns' });
  });
});

describeWith(['openvpn', 'openssl'], 'openvpn', () => {
  let folder = '';
  const key = (name: string): string => join(folder, name);
  const ways: readonly [string, () => readonly string[]][] = [
    ['plain', () => []],
    ['tls-auth with SHA1', () => ['--tls-auth', key('static'), '1']],
    ['tls-auth with SHA256', () => ['--tls-auth', key('static'), '1', '--auth', 'SHA256']],
    ['tls-auth with SHA512', () => ['--tls-auth', key('static'), '1', '--auth', 'SHA512']],
    ['tls-crypt', () => ['--tls-crypt', key('static')]],
    ['tls-crypt-v2', () => ['--tls-crypt-v2', key('client')]],
  ];

  beforeAll(async () => {
    const made = makeFolder();
    folder = made.folder;
    await run('openvpn', ['--genkey', 'secret', key('static')]);
    await run('openvpn', ['--genkey', 'tls-crypt-v2-server', key('server')]);
    await run('openvpn', ['--tls-crypt-v2', key('server'), '--genkey', 'tls-crypt-v2-client', key('client')]);
    return made.remove;
  });

  /** @param protocol as `--proto` wants it; no device is opened, since no tunnel comes to be */
  function launch(protocol: string, more: readonly string[]): Launch {
    const { cert, key: privateKey } = makeCertificate();
    const identity = ['--ca', cert, '--cert', cert, '--key', privateKey];
    return (port) =>
      start('openvpn', [
        '--dev',
        'null',
        '--client',
        ...identity,
        '--nobind',
        '--remote',
        '127.0.0.1',
        `${port}`,
        '--proto',
        protocol,
        ...more,
      ]);
  }

  test.each(ways)('over TCP, %s', async (title, args) => {
    expectNameOf(recordedAs(flights, `openvpn 2.6, ${title}`), await listen(launch('tcp-client', args())));
  });

  test.each(ways)('over UDP, %s', async (title, args) => {
    const flight = recordedAs(datagrams, `openvpn 2.6 over UDP, ${title}`);
    const datagram = await receive(launch('udp', args()));
    expect(datagram.length).toBe(flight.bytes.length);
    expect(sniffDatagram(datagram)).toEqual({ status: 'complete', protocol: 'openvpn' });
    expect(sniffDatagram(flight.bytes)).toEqual({ status: 'complete', protocol: 'openvpn' });
  });
});

describeWith(['ldapsearch'], 'ldapsearch', () => {
  const args = (port: number, ...more: string[]): string[] => [
    '-H',
    `ldap://127.0.0.1:${port}`,
    '-b',
    'dc=example,dc=com',
    ...more,
  ];
  const bind = ['-x', '-D', 'cn=admin,dc=example,dc=com', '-w', 'secret'];
  testStreams('ldapsearch', [
    { title: 'ldapsearch of OpenLDAP 2.5, anonymous bind', args: (port) => args(port, '-x'), isConstant: true },
    { title: 'ldapsearch of OpenLDAP 2.5, simple bind', args: (port) => args(port, ...bind), isConstant: true },
    { title: 'ldapsearch of OpenLDAP 2.5, LDAP 2', args: (port) => args(port, '-x', '-P', '2'), isConstant: true },
    { title: 'ldapsearch of OpenLDAP 2.5, StartTLS', args: (port) => args(port, '-x', '-Z'), isConstant: true },
    // There is no such mechanism over TCP.
    {
      title: 'ldapsearch of OpenLDAP 2.5, unbind after nothing',
      args: (port) => args(port, '-Y', 'EXTERNAL'),
      isConstant: true,
    },
  ]);
});

describeWith(['kcat'], 'kcat', () => {
  const args = (port: number, ...settings: string[]): string[] => [
    '-b',
    `127.0.0.1:${port}`,
    '-L',
    ...settings.flatMap((setting) => ['-X', setting]),
  ];
  const old = (version: string): string[] => ['api.version.request=false', `broker.version.fallback=${version}`];
  testStreams('kcat', [
    { title: 'kcat 1.7', args: (port) => args(port) },
    { title: 'kcat 1.7, Metadata without asking for versions', args: (port) => args(port, ...old('0.9.0')) },
    { title: 'kcat 1.7, a client id of one letter', args: (port) => args(port, 'client.id=x', ...old('0.8.2')) },
  ]);
});

describeWith(['memccat'], 'libmemcached', () => {
  const servers = (port: number): string => `--servers=127.0.0.1:${port}`;
  testStreams('memccat', [
    { title: 'memccat of libmemcached 1.1, get', args: (port) => [servers(port), 'key1'], isConstant: true },
    {
      title: 'memccat of libmemcached 1.1, binary getk',
      args: (port) => ['--binary', servers(port), 'key1'],
      isConstant: true,
    },
    {
      title: 'memcping of libmemcached 1.1, version',
      program: 'memcping',
      args: (port) => [servers(port)],
      isConstant: true,
    },
    { title: 'memcexist of libmemcached 1.1, add', program: 'memcexist', args: (port) => [servers(port), 'key1'] },
    {
      title: 'memcrm of libmemcached 1.1, delete',
      program: 'memcrm',
      args: (port) => [servers(port), 'key1'],
      isConstant: true,
    },
    {
      title: 'memctouch of libmemcached 1.1, touch',
      program: 'memctouch',
      args: (port) => [servers(port), 'key1'],
      isConstant: true,
    },
    {
      title: 'memcflush of libmemcached 1.1, flush_all',
      program: 'memcflush',
      args: (port) => [servers(port)],
      isConstant: true,
    },
    {
      title: 'memcstat of libmemcached 1.1, binary version',
      program: 'memcstat',
      args: (port) => ['--binary', servers(port)],
      isConstant: true,
    },
  ]);
});

describeWith(['rtmpdump'], 'rtmpdump', () => {
  testStreams('rtmpdump', [
    { title: 'rtmpdump 2.4', args: (port) => ['-r', `rtmp://127.0.0.1:${port}/live/a`, '-o', '/dev/null'] },
  ]);
});

describeWith(['nc.openbsd'], 'nc', () => {
  const args = (port: number, protocol: string): string[] => [
    '-X',
    protocol,
    '-x',
    `127.0.0.1:${port}`,
    '192.0.2.1',
    '80',
  ];
  testStreams('nc.openbsd', [
    { title: 'nc 1.219 of OpenBSD, SOCKS4', args: (port) => args(port, '4'), isConstant: true },
    { title: 'nc 1.219 of OpenBSD, SOCKS5', args: (port) => args(port, '5'), isConstant: true },
    { title: 'nc 1.219 of OpenBSD, CONNECT', args: (port) => args(port, 'connect'), isConstant: true },
  ]);
});

describeWith(['sslscan'], 'sslscan', () => {
  testStreams('sslscan', [{ title: 'sslscan 2.0', args: (port) => ['--ssl2', `127.0.0.1:${port}`], isConstant: true }]);
});

describeWith(['sipsak'], 'sipsak', () => {
  const to = (port: number): string[] => ['-s', `sip:bob@127.0.0.1:${port}`];
  testStreams('sipsak', [{ title: 'sipsak 0.9, OPTIONS', args: (port) => ['-E', 'tcp', ...to(port)] }]);
  testDatagrams('sipsak', [
    { title: 'sipsak 0.9 over UDP, OPTIONS', args: (port) => to(port) },
    { title: 'sipsak 0.9 over UDP, REGISTER', args: (port) => ['-U', '-C', 'sip:me@127.0.0.1', ...to(port)] },
  ]);
});

describeWith(['nghttp'], 'nghttp', () => {
  testStreams('nghttp', [{ title: 'nghttp 1.52', args: (port) => [`http://127.0.0.1:${port}/`] }]);
});

describeWith(['wget'], 'wget', () => {
  testStreams('wget', [
    {
      title: 'wget 1.21',
      args: (port) => ['--no-config', '--no-proxy', '-q', '-O', '/dev/null', `http://127.0.0.1:${port}/`],
    },
  ]);
});

describeWith(['amqp-publish'], 'amqp-publish', () => {
  testStreams('amqp-publish', [
    {
      title: 'amqp-publish of rabbitmq-c 0.11',
      args: (port) => ['-u', `amqp://127.0.0.1:${port}`, '-r', 'a', '-b', 'b'],
      isConstant: true,
    },
  ]);
});

describeWith(['logger'], 'logger', () => {
  const args = (port: number, ...more: string[]): string[] => [
    '-T',
    '-n',
    '127.0.0.1',
    '-P',
    `${port}`,
    '-t',
    'app',
    ...more,
    'hello',
  ];
  testStreams('logger', [
    { title: 'logger of util-linux 2.38, RFC 3164', args: (port) => args(port, '--rfc3164') },
    { title: 'logger of util-linux 2.38, RFC 5424', args: (port) => args(port, '--rfc5424') },
    { title: 'logger of util-linux 2.38, octet counting', args: (port) => args(port, '--rfc5424', '--octet-count') },
  ]);
});

describeWith(['aria2c'], 'aria2c', () => {
  const magnet = 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567';
  const args = (...more: string[]): string[] => {
    const folder = temporaryFolder();
    return [
      '--no-conf',
      '--enable-dht=true',
      `--dht-file-path=${join(folder, 'dht')}`,
      '-d',
      folder,
      '--stop=20',
      ...more,
    ];
  };
  testStreams('aria2c', [
    {
      title: 'aria2c 1.36',
      args: (port) => ['--no-conf', '--no-proxy=127.0.0.1', '-d', temporaryFolder(), `http://127.0.0.1:${port}/f`],
    },
  ]);
  testDatagrams('aria2c', [
    { title: 'aria2c 1.36, ping of the DHT', args: (port) => args(`--dht-entry-point=127.0.0.1:${port}`, magnet) },
    {
      title: 'aria2c 1.36, connecting to a tracker',
      args: (port) => args(`${magnet}&tr=${encodeURIComponent(`udp://127.0.0.1:${port}/announce`)}`),
    },
  ]);
});

describe('Node.js', () => {
  test.each<[string, (port: number) => () => void]>([
    [
      'node:http of Node.js 20',
      (port) => {
        const request = get({ host: '127.0.0.1', port, agent: false }).on('error', () => {});
        return () => request.destroy();
      },
    ],
    [
      'fetch of Node.js 20',
      (port) => {
        const abort = new AbortController();
        fetch(`http://127.0.0.1:${port}/`, { signal: abort.signal }).catch(() => {});
        return () => abort.abort();
      },
    ],
    [
      'node:http2 of Node.js 20',
      (port) => {
        const session = connectHttp2(`http://127.0.0.1:${port}`).on('error', () => {});
        session
          .request({ ':path': '/' })
          .on('error', () => {})
          .end();
        return () => session.destroy();
      },
    ],
  ])('%s', async (title, connect) => {
    expectNameOf(recordedAs(flights, title), await listen((port) => inProcess(connect(port))));
  });
});

describeWith(['chromium'], 'headless chromium', () => {
  /** @param rules who is at which address: of itself it asks servers of its maker too */
  function launch(url: (port: number) => string, rules: (port: number) => string, ...more: readonly string[]): Launch {
    return (port) =>
      start('chromium', [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync', '--no-proxy-server'],
        ...['--disable-background-networking', '--disable-component-update', `--user-data-dir=${temporaryFolder()}`],
        ...[`--host-resolver-rules=${rules(port)}`, ...more, url(port)],
      ]);
  }

  test('chromium 156', async () => {
    // It would try HTTPS first.
    const plain = '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,HttpsFirstBalancedMode';
    const browse = launch(
      (port) => `http://127.0.0.1:${port}/`,
      () => 'MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      plain,
    );
    expectNameOf(recordedAs(flights, 'chromium 156'), await listen(browse));
  });

  test('chromium 156, QUIC 1', async () => {
    const browse = launch(
      () => 'https://quic.example/',
      (port) => `MAP quic.example 127.0.0.1:${port}, MAP * ~NOTFOUND`,
      ...['--enable-quic', '--origin-to-force-quic-on=quic.example:443'],
    );
    const datagram = await receive(browse);
    expect(sniffDatagram(datagram)).toEqual({ status: 'complete', protocol: 'quic' });
    const flight = recordedAs(datagrams, 'chromium 156, QUIC 1');
    expect(sniffDatagram(flight.bytes)).toEqual({ status: 'complete', protocol: 'quic' });
  });
});
