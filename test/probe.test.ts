/** `probeTls` over loopback: what it finds of servers that answer, refuse, hang up, or say nothing, and what it leaves. */
import { X509Certificate } from 'node:crypto';
import { getEventListeners } from 'node:events';
import http from 'node:http';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import tls from 'node:tls';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { prereadSocket, probeTls } from '../src/node.ts';
import type { ProbeOptions, TlsProbe } from '../src/node.ts';
import {
  alertDescriptions,
  alertForMissingName,
  createClientHelloParser,
  decodeClientHello,
  encodeAlert,
  encodeClientHello,
} from '../src/tls/index.ts';
import type { ClientHello } from '../src/tls/index.ts';
import { listening, send, until } from './loopback.ts';
import type { Place } from './loopback.ts';
import { bytes, concat, extension, fromHex, handshake, record, records, u16, u24, vector16, vector8 } from './vectors/build.ts';
import { cert, key } from './vectors/certificate.ts';

const localhost = { key, cert };
const der = new Uint8Array(new X509Certificate(cert).raw);
const hasIPv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

// As a server writes them.
const X25519 = 29;
const RETRY = fromHex('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c');
const serverHello = (cipherSuite: number, random: Uint8Array, ...extensions: Uint8Array[]): Uint8Array =>
  handshake(bytes([3, 3], random, vector8(), u16(cipherSuite), 0, vector16(extensions)), 2);
const tls13 = extension(43, u16(0x0304));
const keyShare = extension(51, u16(X25519), vector16(new Uint8Array(32).fill(9)));
const hello13 = serverHello(0x1301, new Uint8Array(32).fill(1), tls13, keyShare);
const retry = serverHello(0x1302, RETRY, tls13, extension(51, u16(24)), extension(44, vector16('a cookie')));
const hello12 = serverHello(0xc02b, new Uint8Array(32).fill(2), extension(16, vector16(vector8('h2'))));
const certificates = (...list: Uint8Array[]): Uint8Array => {
  const entries = concat(list.map((one) => bytes(u24(one.length), one)));
  return handshake(bytes(u24(entries.length), entries), 11);
};
const done12 = handshake(bytes(), 14);
const first12 = concat([hello12, certificates(der), done12]);

/** What a server heard on one connection, until that was over. */
interface Connection {
  readonly bytes: Buffer;
}

/**
 * Probes a server, and waits until it has seen the end of each connection.
 *
 * @param serve called once the hello is there whole
 */
async function ask(
  serve: (socket: Socket, hello: ClientHello) => unknown,
  options: Partial<ProbeOptions> = {},
): Promise<{ readonly probe: TlsProbe; readonly connections: readonly Connection[]; readonly place: ProbeOptions }> {
  const connections: Connection[] = [];
  let open = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    open++;
    const chunks: Buffer[] = [];
    const parser = createClientHelloParser({ maxBytes: 1 << 18 });
    let isServed = false;
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const outcome = parser.push(chunk);
      if (isServed || outcome.status !== 'complete') return;
      isServed = true;
      serve(socket, outcome.value);
    });
    socket.on('close', () => {
      open--;
      connections.push({ bytes: Buffer.concat(chunks) });
    });
  });
  return listening(server, async (place) => {
    const target: ProbeOptions = { ...(place as { host: string; port: number }), timeout: 5000, ...options };
    const probe = await probeTls(target);
    await until(() => open === 0);
    return { probe, connections, place: target };
  });
}

/** Probes a server that answers with these bytes, and leaves the connection open. */
const answered = async (...parts: Uint8Array[]): Promise<TlsProbe> => (await ask((socket) => socket.write(concat(parts)))).probe;

/** Probes a server of TLS, which must never come to serve anybody. */
async function askTls(server: tls.TlsOptions, options: Partial<ProbeOptions> = {}): Promise<TlsProbe> {
  const tlsServer = tls.createServer({ ...localhost, ...server });
  let served = 0;
  const failures: string[] = [];
  tlsServer.on('secureConnection', () => served++).on('tlsClientError', ({ message }) => failures.push(message));
  let open = 0;
  tlsServer.on('connection', (socket: Socket) => {
    open++;
    socket.on('close', () => open--);
  });
  return listening(tlsServer, async (place) => {
    const probe = await probeTls({ ...(place as { host: string; port: number }), timeout: 5000, ...options });
    await until(() => open === 0 && failures.length > 0);
    expect(served).toBe(0);
    return probe;
  });
}

const healthy = { healthy: true, reachable: true, reason: undefined, alert: undefined };
const unhealthy = { healthy: false, reachable: true, version: undefined, cipherSuite: undefined };
const silent = { ...unhealthy, alert: undefined, answer: undefined };

describe('a server of TLS that answers is healthy', () => {
  test('TLS 1.3', async () => {
    const probe = await askTls({ minVersion: 'TLSv1.3', ciphers: 'TLS_CHACHA20_POLY1305_SHA256' });
    expect(probe).toMatchObject({ ...healthy, version: 0x0304, cipherSuite: 0x1303 });
    expect(probe.answer).toMatchObject({ kind: 'server_hello', legacyVersion: 0x0303, group: X25519 });
    expect(probe.answer).toMatchObject({ alpnProtocol: undefined, certificates: [], warnings: [] });
  });

  test('TLS 1.2, with its certificate and protocol', async () => {
    const server: tls.TlsOptions = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', ALPNProtocols: ['http/1.1'] };
    const probe = await askTls(server, { alpnProtocols: ['h2', 'http/1.1'] });
    expect(probe).toMatchObject({ ...healthy, version: 0x0303, cipherSuite: 0xc02b });
    expect(probe.answer).toMatchObject({ kind: 'server_hello', alpnProtocol: 'http/1.1', certificates: [der] });
    if (probe.answer?.kind !== 'server_hello') throw new Error('no ServerHello');
    for (const view of [...probe.answer.certificates, probe.answer.random]) {
      expect(Object.getPrototypeOf(view)).toBe(Uint8Array.prototype);
    }
  });

  test.each([
    [0x0302, 'TLSv1.1'],
    [0x0301, 'TLSv1'],
  ] as const)('version %i, where both still speak it', async (version, name) => {
    const server: tls.TlsOptions = { minVersion: name, maxVersion: name, ciphers: 'DEFAULT@SECLEVEL=0' };
    expect(await askTls(server, { versions: [version] })).toMatchObject({ ...healthy, version, answer: { certificates: [der] } });
  });

  // The keys of the default are taken, those of a group that the server does not have are asked for again.
  test.each<[string, Partial<ProbeOptions>, tls.TlsOptions, object]>([
    ['x25519', {}, { ecdhCurve: 'X25519' }, { kind: 'server_hello', group: 29 }],
    ['secp256r1', { groups: [23] }, { ecdhCurve: 'P-256' }, { kind: 'server_hello', group: 23 }],
    ['secp384r1', { groups: [24] }, { ecdhCurve: 'P-384' }, { kind: 'server_hello', group: 24 }],
    ['another group than that of the key share', {}, { ecdhCurve: 'P-521' }, { kind: 'hello_retry_request', group: 25 }],
    ['no key share', { keyShares: [] }, { ecdhCurve: 'X25519' }, { kind: 'hello_retry_request', group: 29 }],
    ['a group without a ready key', { groups: [25] }, { ecdhCurve: 'P-521' }, { kind: 'hello_retry_request', group: 25 }],
  ])('%s', async (_, options, server, answer) => {
    const probe = await askTls({ minVersion: 'TLSv1.3', ...server }, options);
    expect(probe).toMatchObject({ ...healthy, version: 0x0304, answer });
    expect(probe.cipherSuite).toBeOneOf([0x1301, 0x1302, 0x1303]);
  });

  test.each<[string, object, Uint8Array]>([
    ['ServerHello', { version: 0x0304, cipherSuite: 0x1301, answer: { kind: 'server_hello', group: X25519 } }, record(hello13, 22, 0x0303)],
    ['HelloRetryRequest', { version: 0x0304, cipherSuite: 0x1302, answer: { kind: 'hello_retry_request', cookie: bytes('a cookie') } }, record(retry)],
    ['ServerHello and certificates in one record', { version: 0x0303, answer: { alpnProtocol: 'h2', certificates: [der] } }, record(first12)],
    ['the same in records of one byte', { version: 0x0303, answer: { alpnProtocol: 'h2', certificates: [der] } }, records(first12, 1)],
    ['several certificates', { answer: { certificates: [der, bytes(1)] } }, record(concat([hello12, certificates(der, bytes(1))]))],
    ['a session that is resumed: no certificate', { answer: { certificates: [] } }, concat([record(hello12), record(bytes(1), 20)])],
    ['ServerHello and a flood behind it', { version: 0x0304 }, concat([record(hello13), new Uint8Array(1 << 20).fill(23)])],
  ])('%s, made by hand', async (_, expected, answer) => {
    expect(await answered(answer)).toMatchObject({ ...healthy, ...expected });
  });

  test.each<[string, Uint8Array]>([
    ['TLS 1.3', record(hello13)],
    ['TLS 1.2', records(first12, 200)],
    ['an alert', concat([encodeAlert('unrecognized_name', 'warning'), encodeAlert('access_denied')])],
  ])('an answer that comes byte by byte is the same: %s', async (_, answer) => {
    const { milliseconds: _whole, ...whole } = await answered(answer);
    const { probe } = await ask((socket) => send(socket, Array.from(answer, (byte) => Uint8Array.of(byte))));
    const { milliseconds: _cut, ...cut } = probe;
    expect(cut).toEqual(whole);
  });
});

describe('a server that refuses says why', () => {
  test.each<[refusal: string, server: tls.TlsOptions, options: Partial<ProbeOptions>]>([
    ['protocol_version', { minVersion: 'TLSv1.3' }, { versions: [0x0303] }],
    ['protocol_version', { maxVersion: 'TLSv1.2' }, { versions: [0x0304] }],
    ['no_application_protocol', { ALPNProtocols: ['acme-tls/1'] }, { alpnProtocols: ['h2'] }],
    ['handshake_failure', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }, {}],
    ['handshake_failure', { minVersion: 'TLSv1.3', ecdhCurve: 'P-384' }, { groups: [X25519] }],
  ])('%s, by node:tls', async (refusal, server, options) => {
    expect(await askTls(server, options)).toMatchObject({
      ...{ ...unhealthy, reason: refusal, alert: refusal },
      answer: { kind: 'alert', level: 'fatal', description: refusal, warnings: [] },
    });
  });

  test('every alert by its name', async () => {
    const probes = Object.values(alertDescriptions).map(async (name) => [name, await answered(encodeAlert(name))] as const);
    for (const [name, probe] of await Promise.all(probes)) {
      expect(probe).toMatchObject({ ...unhealthy, reason: name, alert: name, answer: { level: 'fatal' } });
    }
  });

  test('an alert without a name: the number', async () => {
    expect(await answered(encodeAlert(200))).toMatchObject({ ...unhealthy, reason: 'alert 200', alert: 200 });
  });

  test('close_notify, though it is a warning', async () => {
    expect(await answered(encodeAlert('close_notify', 'warning'))).toMatchObject({
      ...{ ...unhealthy, reason: 'close_notify', alert: 'close_notify' },
      answer: { level: 'warning', description: 'close_notify' },
    });
  });

  // RFC 6066 3: a server that does not know the name may warn, and go on.
  test('a warning, then ServerHello: healthy, and the warning is told', async () => {
    for (const hello of [record(hello13), record(retry), record(first12)]) {
      expect(await answered(encodeAlert('unrecognized_name', 'warning'), hello)).toMatchObject({
        ...{ healthy: true, reachable: true, reason: undefined, alert: 'unrecognized_name' },
        answer: { warnings: ['unrecognized_name'] },
      });
    }
  });

  test('a warning, then a fatal alert: that is why', async () => {
    expect(await answered(encodeAlert('unrecognized_name', 'warning'), encodeAlert(40))).toMatchObject({
      ...{ ...unhealthy, reason: 'handshake_failure', alert: 'handshake_failure' },
      answer: { level: 'fatal', warnings: ['unrecognized_name'] },
    });
  });

  test.each<[string, string | number, string]>([
    ['a name', 'unrecognized_name', 'unrecognized_name'],
    ['a number', 199, 'alert 199'],
  ])('only a warning, then the end: %s', async (_, description, reason) => {
    const warning = encodeAlert(description as 'unrecognized_name', 'warning');
    const { probe } = await ask((socket) => socket.end(warning));
    expect(probe).toMatchObject({ ...unhealthy, reason, alert: description, answer: { kind: 'alert', level: 'warning' } });
  });

  test('an alert, and a reset right behind it', async () => {
    const { probe } = await ask((socket) => socket.write(encodeAlert('internal_error'), () => socket.resetAndDestroy()));
    expect(probe).toMatchObject({ ...unhealthy, reason: 'internal_error' });
  });
});

describe('a server that wants a name', () => {
  /** Hands connections with the right name to a server of TLS, and answers the others with an alert. */
  async function askRouter(options: Partial<ProbeOptions>): Promise<TlsProbe> {
    const site = tls.createServer(localhost).on('tlsClientError', () => {});
    const router = createServer(async (socket) => {
      const { bytes: opening } = await prereadSocket(socket, { timeout: 5000 });
      const hello = decodeClientHello(opening);
      if (hello.status !== 'complete') return socket.destroy();
      const { serverName } = hello.value;
      if (serverName?.kind === 'dns' && serverName.host === 'www.example.com') return site.emit('connection', socket);
      return socket.end(encodeAlert(serverName === undefined ? alertForMissingName(hello.value) : 'unrecognized_name'));
    });
    return listening(router, (place) => probeTls({ ...(place as ProbeOptions), timeout: 5000, ...options }));
  }

  test.each(['www.example.com', 'WWW.Example.Com', 'www.example.com.'])('healthy with it: %s', async (serverName) => {
    expect(await askRouter({ serverName })).toMatchObject({ ...healthy, version: 0x0304 });
  });

  test.each<[Partial<ProbeOptions>, string]>([
    [{}, 'missing_extension'],
    // The host is whom to connect to, and nothing else.
    [{ host: 'localhost' }, 'missing_extension'],
    [{ versions: [0x0303] }, 'unrecognized_name'],
    [{ serverName: 'example.com' }, 'unrecognized_name'],
    [{ serverName: 'other.www.example.com' }, 'unrecognized_name'],
  ])('with %j: %s', async (options, reason) => {
    expect(await askRouter(options)).toMatchObject({ ...unhealthy, reason, alert: reason });
  });
});

describe('a server that does not answer', () => {
  test('closes without a word', async () => {
    const { probe } = await ask((socket) => socket.end());
    expect(probe).toMatchObject({ ...silent, reason: 'end' });
  });

  test('closes before it has read anything', async () => {
    await listening(createServer((socket) => socket.end()), async (place) => {
      const probe = await probeTls(place as ProbeOptions);
      // What comes of the hello on a connection that is closed already may be told first.
      expect(probe.reason).toBeOneOf(['end', 'ECONNRESET', 'EPIPE']);
      expect(probe).toMatchObject(silent);
    });
  });

  test('resets', async () => {
    const { probe } = await ask((socket) => socket.resetAndDestroy());
    expect(probe).toMatchObject({ ...silent, reason: 'ECONNRESET' });
  });

  test('says nothing', async () => {
    const { probe, connections } = await ask(() => {}, { timeout: 60 });
    expect(probe).toMatchObject({ ...silent, reason: 'timeout' });
    // A timer may be early by less than a millisecond.
    expect(probe.milliseconds).toBeGreaterThan(58);
    expect(connections).toHaveLength(1);
  });

  test('says nothing, with no time at all', async () => {
    await listening(createServer(), async (place) => {
      const probe = await probeTls({ ...(place as ProbeOptions), timeout: 0 });
      expect(probe).toMatchObject({ healthy: false, reason: 'timeout', answer: undefined });
    });
  });

  test('is not there', async () => {
    const place = await listening(createServer(), (where) => Promise.resolve(where));
    for (const host of ['127.0.0.1', 'localhost']) {
      const probe = await probeTls({ ...(place as ProbeOptions), host });
      expect(probe).toMatchObject({ ...silent, reachable: false, reason: 'ECONNREFUSED' });
    }
  });

  test('has a name that no resolver can ask for', async () => {
    // The label is too long to be sent, so that nothing goes out.
    const probe = await probeTls({ host: `${'a'.repeat(64)}.example`, port: 443, timeout: 20_000 });
    expect(probe).toMatchObject({ ...silent, reachable: false });
    expect(probe.reason).toMatch(/^(?:ENOTFOUND|EAI_[A-Z]+)$/);
  });
});

describe('a server that answers with something else, or in part', () => {
  test('HTTP', async () => {
    const server = http.createServer().on('clientError', (_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await listening(server, async (place) => {
      expect(await probeTls(place as ProbeOptions)).toMatchObject({ ...silent, reason: 'tls.not_tls' });
    });
  });

  test('SSH, which speaks first', async () => {
    await listening(createServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')), async (place) => {
      expect(await probeTls(place as ProbeOptions)).toMatchObject({ ...silent, reason: 'tls.not_tls' });
    });
  });

  const half = record(hello13).subarray(0, 40);
  /** Resets once the other end, in this process, has read: a reset right behind the bytes would look like the end. */
  const writeAndReset = async (socket: Socket, data: Uint8Array): Promise<void> => {
    await send(socket, [data, bytes(), bytes()]);
    socket.resetAndDestroy();
  };
  test.each<[string, (socket: Socket) => unknown, string]>([
    ['half a ServerHello, then the end', (socket) => socket.end(half), 'tls.server_hello.truncated'],
    ['one byte, then the end', (socket) => socket.end(half.subarray(0, 1)), 'tls.server_hello.truncated'],
    ['a warning and half a ServerHello, then the end', (socket) => socket.end(concat([encodeAlert(112, 'warning'), half])), 'tls.server_hello.truncated'],
    ['half a ServerHello, then a reset', (socket) => writeAndReset(socket, half), 'ECONNRESET'],
    ['half a ServerHello, then nothing', (socket) => socket.write(half), 'timeout'],
    ['half an alert, then the end', (socket) => socket.end(encodeAlert(40).subarray(0, 6)), 'tls.server_hello.truncated'],
    ['its own ClientHello', (socket) => socket.write(encodeClientHello()), 'tls.handshake.type'],
    ['application data', (socket) => socket.write(record(bytes(1, 2, 3), 23)), 'tls.record.type'],
    ['an alert that is none', (socket) => socket.write(record(bytes(1, 2, 3), 21)), 'tls.alert.length'],
    ['a ServerHello that lies', (socket) => socket.write(record(handshake(bytes([3, 3], new Uint8Array(32), 33), 2))), 'tls.server_hello.length'],
    // Nothing is kept of a server that never comes to the point.
    ['warnings without end', (socket) => socket.write(concat(Array.from({ length: 20_000 }, () => encodeAlert(112, 'warning')))), 'tls.handshake.limit'],
  ])('%s', async (_, serve, reason) => {
    const { probe } = await ask(serve, { timeout: reason === 'timeout' ? 60 : 5000 });
    expect(probe).toMatchObject({ healthy: false, reachable: true, reason, version: undefined, answer: undefined });
  });
});

test.each<[string, (socket: Socket) => unknown, string]>([
  ['nothing more', () => {}, 'timeout'],
  ['a reset', (socket) => setTimeout(() => socket.resetAndDestroy(), 30), 'ECONNRESET'],
  ['the end', (socket) => socket.end(), 'unrecognized_name'],
  ['garbage', (socket) => socket.write('GET'), 'tls.not_tls'],
  ['half a ServerHello', (socket) => socket.end(record(hello13).subarray(0, 40)), 'tls.server_hello.truncated'],
])('a warning and then %s: what was said is told, whatever the reason', async (_, then, reason) => {
  const serve = (socket: Socket): unknown => (socket.write(encodeAlert('unrecognized_name', 'warning')), then(socket));
  const { probe } = await ask(serve, { timeout: reason === 'timeout' ? 100 : 5000 });
  expect(probe).toMatchObject({ healthy: false, reachable: true, reason, alert: 'unrecognized_name' });
  if (reason === 'unrecognized_name') expect(probe.answer).toMatchObject({ kind: 'alert', level: 'warning' });
  else expect(probe.answer).toBeUndefined();
});

test('a port that is none leaves no handle behind', async () => {
  const handles = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
  const before = handles();
  for (let i = 0; i < 5; i++) await expect(probeTls({ host: '127.0.0.1', port: 65536 })).rejects.toThrow(RangeError);
  expect(handles()).toBe(before);
});

describe('what is sent', () => {
  test('the preamble in front of the hello', async () => {
    const random = new Uint8Array(32);
    const preamble = bytes('PROXY UNKNOWN\r\n');
    const expected = concat([preamble, encodeClientHello({ random })]);
    const chunks: Uint8Array[] = [];
    const server = createServer((socket) =>
      socket.on('data', (chunk: Uint8Array) => {
        chunks.push(chunk);
        if (concat(chunks).length >= expected.length) socket.write(record(hello13));
      }),
    );
    await listening(server, async (place) => {
      expect(await probeTls({ ...(place as ProbeOptions), random, preamble })).toMatchObject(healthy);
    });
    expect(concat(chunks)).toEqual(expected);
  });

  test('one ClientHello of the fields given, byte for byte, and then it hangs up', async () => {
    const options = {
      ...{ serverName: 'www.example.com', alpnProtocols: ['h2', 'http/1.1'], versions: [0x0304], cipherSuites: [0x1301, 0x1302] },
      ...{ groups: [23, X25519], signatureAlgorithms: [0x0403], keyShares: [{ group: X25519, keyExchange: new Uint8Array(32).fill(5) }] },
      ...{ random: new Uint8Array(32).fill(6), sessionId: bytes(7), extensions: [{ type: 21, data: bytes(0, 0) }] },
    };
    const { connections } = await ask((socket) => socket.write(record(hello13)), options);
    expect(connections.map((one) => one.bytes.toString('hex'))).toEqual([Buffer.from(encodeClientHello(options)).toString('hex')]);
  });

  test.each<[string, Partial<ProbeOptions>, object]>([
    ['a name', { serverName: 'Www.Example.com.' }, { serverName: { kind: 'dns', host: 'www.example.com' }, alpnProtocols: [] }],
    ['protocols', { alpnProtocols: ['h2', '\xff'] }, { serverName: undefined, alpnProtocols: ['h2', '\xff'] }],
    ['no name where there is none, whatever the host', { host: 'localhost' }, { serverName: undefined, alpnProtocols: [] }],
  ])('%s', async (_, options, expected) => {
    for (const serve of [(socket: Socket) => socket.write(record(retry)), (socket: Socket) => socket.end(encodeAlert(40))]) {
      const { connections } = await ask(serve, options);
      expect(connections).toHaveLength(1);
      const hello = decodeClientHello(connections[0]!.bytes);
      expect(hello).toMatchObject({ status: 'complete', size: connections[0]!.bytes.length, value: expected });
    }
  });

  test('a hello of several records', async () => {
    const options = { random: new Uint8Array(32), extensions: [{ type: 21, data: new Uint8Array(60_000) }] };
    const { probe, connections } = await ask((socket) => socket.write(record(hello13)), options);
    expect(probe).toMatchObject(healthy);
    expect(connections[0]!.bytes.equals(encodeClientHello(options))).toBe(true);
  });

  test.runIf(hasIPv6)('to an address of IPv6', async () => {
    const server = createServer((socket) => socket.end(encodeAlert('access_denied')));
    const ask6 = (place: Place): Promise<TlsProbe> => probeTls(place as ProbeOptions);
    expect(await listening(server, ask6, { host: '::1', port: 0 })).toMatchObject({ reason: 'access_denied' });
  });
});

test('`healthy` tells the types of all else', async () => {
  const probe = await answered(record(hello13));
  if (!probe.healthy) {
    expectTypeOf(probe.reason).toEqualTypeOf<string>();
    expectTypeOf(probe.version).toEqualTypeOf<undefined>();
    throw new Error(probe.reason);
  }
  expectTypeOf(probe.reason).toEqualTypeOf<undefined>();
  expectTypeOf(probe.version).toEqualTypeOf<number>();
  expectTypeOf(probe.answer.kind).toEqualTypeOf<'server_hello' | 'hello_retry_request'>();
  expect(probe.version).toBe(probe.answer.version);
});

test('with as much time as it takes', async () => {
  const { probe } = await ask((socket) => setTimeout(() => socket.write(record(hello13)), 20), { timeout: Infinity });
  expect(probe).toMatchObject(healthy);
});

test('milliseconds: from the call to the answer', async () => {
  const server = createServer((socket) => socket.once('data', () => setTimeout(() => socket.write(record(hello13)), 30)));
  await listening(server, async (place) => {
    const started = performance.now();
    const { milliseconds } = await probeTls(place as ProbeOptions);
    expect(milliseconds).toBeLessThanOrEqual(performance.now() - started);
    expect(milliseconds).toBeGreaterThan(28);
  });
});

describe('signal', () => {
  /** A server that says nothing, and how many connections it has and had. */
  async function besideSilence(
    use: (options: ProbeOptions, connections: { readonly open: number; readonly all: number }) => Promise<void>,
  ): Promise<void> {
    const connections = { open: 0, all: 0 };
    const server = createServer((socket) => {
      connections.open++;
      connections.all++;
      socket.resume().on('close', () => connections.open--);
    });
    await listening(server, (place) => use(place as ProbeOptions, connections));
  }

  test('aborted before: rejects with its reason and connects to nobody', async () => {
    await besideSilence(async (options, connections) => {
      const reason = new Error('not any more');
      await expect(probeTls({ ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      // Whoever comes later would come behind it.
      expect(await probeTls({ ...options, timeout: 30 })).toMatchObject({ reason: 'timeout' });
      expect(connections.all).toBe(1);
    });
  });

  test.each<[string, unknown]>([
    ['an error', new Error('enough')],
    ['anything', 'enough'],
  ])('aborted while it waits: rejects with its reason, %s, and hangs up', async (_, reason) => {
    await besideSilence(async (options, connections) => {
      const controller = new AbortController();
      const probe = probeTls({ ...options, signal: controller.signal });
      const rejected = expect(probe).rejects.toBe(reason);
      await until(() => connections.open === 1);
      controller.abort(reason);
      await rejected;
      await until(() => connections.open === 0);
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    });
  });

  test('aborted before the connection is there', async () => {
    await besideSilence(async (options, connections) => {
      const controller = new AbortController();
      const rejected = expect(probeTls({ ...options, signal: controller.signal })).rejects.toBe('at once');
      controller.abort('at once');
      await rejected;
      await until(() => connections.open === 0);
    });
  });

  test('of a timeout', async () => {
    await besideSilence(async (options) => {
      await expect(probeTls({ ...options, signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ name: 'TimeoutError' });
    });
  });

  test('after the answer it has no part in it', async () => {
    const controller = new AbortController();
    const { probe } = await ask((socket) => socket.write(record(hello13)), { signal: controller.signal });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    controller.abort();
    expect(probe).toMatchObject(healthy);
  });
});

describe('options that are none are refused by name', () => {
  const bad = (options: unknown): Partial<ProbeOptions> => options as Partial<ProbeOptions>;
  test.each<[field: string, error: ErrorConstructor, options: Partial<ProbeOptions>]>([
    ['host', TypeError, { host: '' }],
    ...[undefined, null, 7, {}, ['127.0.0.1']].map((host): [string, ErrorConstructor, Partial<ProbeOptions>] => ['host', TypeError, bad({ host })]),
    ['port', TypeError, bad({ port: undefined })],
    ...[-1, 65536, 1.5, NaN].map((port): [string, ErrorConstructor, Partial<ProbeOptions>] => ['port', RangeError, { port }]),
    ['port', TypeError, bad({ port: null })],
    ...['PROXY', null, [1]].map((preamble): [string, ErrorConstructor, Partial<ProbeOptions>] => ['preamble', TypeError, bad({ preamble })]),
    ['timeout', TypeError, bad({ timeout: '3000' })],
    ['timeout', TypeError, bad({ timeout: null })],
    ...[-1, NaN, 2 ** 31].map((timeout): [string, ErrorConstructor, Partial<ProbeOptions>] => ['timeout', RangeError, { timeout }]),
    ['serverName', RangeError, { serverName: '127.0.0.1' }],
    ['serverName', RangeError, { serverName: '' }],
    ['serverName', TypeError, bad({ serverName: null })],
    ['alpnProtocols[0]', RangeError, { alpnProtocols: [''] }],
    ['versions', RangeError, { versions: [] }],
    ['random', RangeError, { random: new Uint8Array(31) }],
    ['extensions[0].type', RangeError, { extensions: [{ type: 43, data: bytes() }] }],
  ])('%# %s', async (field, error, options) => {
    let connections = 0;
    await listening(createServer(() => connections++), async (place) => {
      const wrong = { ...(place as ProbeOptions), ...options };
      const rejection: unknown = await probeTls(wrong).catch((reason: unknown) => reason);
      expect(rejection).toBeInstanceOf(error);
      expect((rejection as Error).message.toLowerCase()).toContain(field.toLowerCase());
    });
    expect(connections).toBe(0);
  });

  test('never thrown, but as a promise that rejects', async () => {
    for (const options of [undefined, null, {}]) {
      const probe = probeTls(options as unknown as ProbeOptions);
      expect(probe).toBeInstanceOf(Promise);
      await expect(probe).rejects.toThrow(TypeError);
    }
  });
});

describe('nothing is left behind', () => {
  const ways: Readonly<Record<string, (socket: Socket) => unknown>> = {
    answer: (socket) => socket.write(record(hello13)),
    alert: (socket) => socket.end(encodeAlert(40)),
    nonsense: (socket) => socket.write('nonsense'),
    end: (socket) => socket.end(),
    reset: (socket) => socket.resetAndDestroy(),
  };
  const count = (what: string): number => process.getActiveResourcesInfo().filter((name) => name === what).length;

  test.each(Object.entries(ways))('neither a timer nor a socket: %s', async (_, serve) => {
    const before = { Timeout: count('Timeout'), TCPSocketWrap: count('TCPSocketWrap') };
    await ask(serve, { timeout: 2 ** 31 - 1 });
    for (const [what, many] of Object.entries(before)) await until(() => count(what) <= many);
  });

  test('nor after a timeout, a port that is closed, and a signal', async () => {
    const before = { Timeout: count('Timeout'), TCPSocketWrap: count('TCPSocketWrap') };
    const place = await listening(createServer(), async (where) => {
      await probeTls({ ...(where as ProbeOptions), timeout: 5 });
      const signal = AbortSignal.abort();
      await probeTls({ ...(where as ProbeOptions), signal }).catch(() => {});
      const controller = new AbortController();
      const aborted = probeTls({ ...(where as ProbeOptions), signal: controller.signal }).catch(() => {});
      controller.abort();
      await aborted;
      return where;
    });
    await probeTls(place as ProbeOptions);
    for (const [what, many] of Object.entries(before)) await until(() => count(what) <= many);
  });

  test('nor the other half of a connection that the server does not close', async () => {
    const closed: boolean[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {}).on('close', () => closed.push(true));
      socket.resume().write(record(hello13));
      // It goes on, until it is told that nobody listens.
      const more = setInterval(() => socket.write('more'), 2);
      socket.on('close', () => clearInterval(more));
    });
    await listening(server, async (place) => {
      expect(await probeTls(place as ProbeOptions)).toMatchObject(healthy);
      await until(() => closed.length === 1);
    });
  });

  test('many at once, each with its own answer', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `n${i}.example`);
    const server = createServer((socket) => {
      socket.once('data', (chunk) => {
        const hello = decodeClientHello(chunk);
        const name = hello.status === 'complete' && hello.value.serverName?.kind === 'dns' ? hello.value.serverName.host : '';
        socket.end(encodeAlert(Number(/\d+/.exec(name)) + 130));
      });
    });
    await listening(server, async (place: Place) => {
      const probes = names.map((serverName) => probeTls({ ...(place as ProbeOptions), serverName }));
      expect((await Promise.all(probes)).map(({ reason }) => reason)).toEqual(names.map((_, i) => `alert ${i + 130}`));
    });
  });
});
