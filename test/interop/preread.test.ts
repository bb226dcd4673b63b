/**
 * What opens real connections, read in one go: through HAProxy and nginx as they are put in front of a service, and
 * without them, in each of the three modes.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { decodeTlv, encodeProxyV1, encodeProxyV2, encodeTlv, readSsl } from 'preread';
import type { Endpoint, IPEndpoint, PrereadCode } from 'preread';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytes } from '../vectors/build.ts';
import { listenOnLoopback } from './listener.ts';
import { curl, firstFlight, listenAndPreread, openssl, speak, speakSlowly, until } from './preread-listener.ts';
import type { Opened, Own, PrereadListener } from './preread-listener.ts';
import { tlvTypes } from './proxy-headers.ts';
import { freePort, hex, say } from './proxy-listener.ts';
import { describeWith, makeCertificate, makeFolder, nginxStreamModule, run, temporaryFolder } from './programs.ts';
import type { Program, Started } from './programs.ts';
import { startHaproxy, startNginx } from './servers.ts';

const { ALPN, AUTHORITY, CRC32C, UNIQUE_ID, SSL } = tlvTypes;

type Mode = 'forbid' | 'require' | 'optional';
const modes: readonly Mode[] = ['forbid', 'require', 'optional'];
/** As a title says it. */
const spelled = { forbid: 'forbidden', require: 'required', optional: 'optional' } as const;

/** In milliseconds: how long to wait for a client that waits itself. */
const PATIENCE = 300;

let folder: string;
let remove = (): void => {};
/** One per mode, for clients that speak, and one that loses patience with those that do not. */
let listeners: Record<Mode, PrereadListener>;
let hasty: Record<Mode, PrereadListener>;

beforeAll(async () => {
  ({ folder, remove } = makeFolder());
  const listen = async (deadline?: number): Promise<Record<Mode, PrereadListener>> => ({
    // As it is unless asked otherwise.
    forbid: await listenAndPreread({}, { deadline }),
    require: await listenAndPreread({ proxy: 'require' }, { deadline }),
    optional: await listenAndPreread({ proxy: 'optional' }, { deadline }),
  });
  [listeners, hasty] = [await listen(), await listen(PATIENCE)];
});
afterAll(async () => {
  for (const mode of modes) {
    await listeners?.[mode].close();
    await hasty?.[mode].close();
  }
  remove();
});
const allListeners = (): PrereadListener[] => [...Object.values(listeners), ...Object.values(hasty)];

/** What a client comes through. */
interface Front {
  readonly title: string;
  /** Of the header that it sends; undefined where it sends none. */
  readonly version: 1 | 2 | undefined;
  /** The types of the TLVs in that. */
  readonly types: readonly number[];
  /** Where clients of a listener have to connect to. */
  portTo(listener: PrereadListener): number;
  /** Expects that it serves the client at one port over a connection from another, as it says itself. */
  expectServed(client: number, from: number): Promise<void>;
}

/** HAProxy that says of each connection from where it came and how it goes on. */
function startHaproxyInFront(sections: () => Promise<string>): Promise<Started> {
  const defaults = ['mode tcp', 'option logasap', 'log-format "from %cp via %bp"', 'unique-id-format id-%ci-%cp'];
  return startHaproxy(folder, sections, defaults.join('\n'));
}

/** Expects that a server logs that soon. */
async function expectLogged(server: Started, pattern: RegExp): Promise<void> {
  const late = sleep(10_000, 'nothing', { ref: false });
  expect(await Promise.race([server.printed(pattern).then(() => 'that'), late]), `${pattern}`).toBe('that');
}

/** An end of a connection over 127.0.0.1. */
const loopback = (port: number): IPEndpoint => ({ family: 'IPv4', address: '127.0.0.1', port });

interface Client {
  readonly title: string;
  readonly needs: readonly Program[];
  connect(port: number): Promise<Own>;
  /** What it opens its connection with. */
  readonly opens: object;
  /** How many bytes of that show that it is no header: the first one unless given. */
  readonly noHeaderAt?: number;
}

/** A hello, after which nobody answers. */
function hello(options: ConnectionOptions): (connection: Duplex) => void {
  return (socket) => void connectTls({ ...options, socket }).on('error', () => {});
}

/** What goes to 127.0.0.1, whatever name is in the URL. */
function resolved(name: string, port: number): string[] {
  return ['--noproxy', '*', '--resolve', `${name}:${port}:127.0.0.1`];
}

function curlOf(scheme: string, port: number, path = ''): Promise<Own> {
  return curl(['--noproxy', '*', `${scheme}://127.0.0.1:${port}/${path}`]);
}

/** What the machine's owner has set for ssh counts for nothing. */
const sshAlone = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'];

const clients: readonly Client[] = [
  {
    title: 'node:tls with a name and ALPN is TLS for that name',
    needs: [],
    connect: (port) => speak(port, hello({ servername: 'Node.Example', ALPNProtocols: ['h2', 'http/1.1'] })),
    opens: { protocol: 'tls', host: 'node.example', tls: { alpnProtocols: ['h2', 'http/1.1'] } },
  },
  {
    title: 'node:tls without a name is TLS for no host',
    needs: [],
    connect: (port) => speak(port, hello({})),
    opens: { protocol: 'tls', host: undefined, tls: { alpnProtocols: [], serverName: undefined } },
  },
  {
    title: 'node:http is HTTP/1 for the host in Host',
    needs: [],
    connect: (port) =>
      speak(port, (connection) => {
        const headers = { host: 'Node.Example:8080' };
        const body = request({ createConnection: () => connection, method: 'POST', path: '/a?b=c', headers });
        body.on('error', () => {}).end('a body');
      }),
    opens: {
      ...{ protocol: 'http1', host: 'node.example' },
      http: { method: 'POST', target: '/a?b=c', version: '1.1', authority: { host: 'node.example', port: 8080 } },
    },
    noHeaderAt: 2,
  },
  {
    title: 'node:http2 with prior knowledge is HTTP/2',
    needs: [],
    connect: (port) =>
      speak(port, (connection) => {
        const session = connectHttp2('http://node.example', { createConnection: () => connection });
        session.on('error', () => {}).request({ ':path': '/' }).on('error', () => {}).end();
      }),
    opens: { protocol: 'http2' },
    noHeaderAt: 3,
  },
  {
    title: 'openssl s_client with a name is TLS for that name',
    needs: ['openssl'],
    connect: (port) => openssl(port, ['-servername', 'OpenSSL.Example.', '-alpn', 'acme-tls/1']),
    opens: { protocol: 'tls', host: 'openssl.example', tls: { alpnProtocols: ['acme-tls/1'] } },
  },
  {
    title: 'openssl s_client with an address as a name is TLS for that address',
    needs: ['openssl'],
    connect: (port) => openssl(port, ['-servername', '127.0.0.1']),
    opens: { protocol: 'tls', host: '127.0.0.1', tls: { serverName: { kind: 'ip', address: '127.0.0.1' } } },
  },
  {
    title: 'curl over https is TLS for the host in the URL',
    needs: ['curl'],
    connect: (port) => curl([...resolved('curl.example', port), `https://Curl.Example:${port}/`]),
    opens: { protocol: 'tls', host: 'curl.example', tls: { alpnProtocols: ['h2', 'http/1.1'] } },
  },
  {
    title: 'curl over http is HTTP/1 for the host in Host',
    needs: ['curl'],
    connect: (port) => curl([...resolved('a.example', port), '-H', 'Host: Curl.Example', `a.example:${port}/d`]),
    opens: { protocol: 'http1', host: 'curl.example', http: { method: 'GET', target: '/d', version: '1.1' } },
  },
  {
    title: 'curl of HTTP/1.0 without Host is HTTP/1 for no host',
    needs: ['curl'],
    connect: (port) => curl(['--noproxy', '*', '--http1.0', '-H', 'Host:', `http://127.0.0.1:${port}/`]),
    opens: { protocol: 'http1', host: undefined, http: { method: 'GET', version: '1.0', authority: undefined } },
  },
  {
    title: 'curl that asks a proxy to CONNECT is HTTP/1 for the host in the target',
    needs: ['curl'],
    connect: (port) => curl(['--proxy', `http://127.0.0.1:${port}`, 'https://far.example/']),
    opens: { protocol: 'http1', host: 'far.example', http: { method: 'CONNECT', target: 'far.example:443' } },
  },
  {
    title: 'curl with PROPFIND, which begins as PROXY does, is HTTP/1',
    needs: ['curl'],
    connect: (port) => curl([...resolved('curl.example', port), '-X', 'PROPFIND', `curl.example:${port}/`]),
    opens: { protocol: 'http1', host: 'curl.example', http: { method: 'PROPFIND', target: '/' } },
    noHeaderAt: 4,
  },
  {
    title: 'ssh is SSH',
    needs: ['ssh'],
    async connect(port) {
      const options = sshAlone.flatMap((option) => ['-o', option]);
      const { output } = await run('ssh', ['-v', '-F', '/dev/null', ...options, '-p', `${port}`, '127.0.0.1']);
      const version = /Local version string (.*?)\r?\n/.exec(output)?.[1];
      return { port: undefined, sent: bytes(version ?? `no version: ${output}`, '\r\n') };
    },
    opens: { protocol: 'ssh' },
  },
  {
    title: 'redis-cli is Redis',
    needs: ['redis-cli'],
    async connect(port) {
      await run('redis-cli', ['-h', '127.0.0.1', '-p', `${port}`, 'echo', 'hello']);
      return { port: undefined, sent: bytes('*2\r\n$4\r\necho\r\n$5\r\nhello\r\n') };
    },
    opens: { protocol: 'redis' },
  },
];

/** Runs these tests in a block of their own where one of them needs a program. */
function testClients(body: (client: Client) => void): void {
  for (const program of new Set(clients.flatMap(({ needs }) => needs))) {
    describeWith([program], program, () => clients.filter(({ needs }) => needs.includes(program)).forEach(body));
  }
  clients.filter(({ needs }) => needs.length === 0).forEach(body);
}

/** Both ends of a client's connection, as it made it to what stands in front. */
interface Ends {
  readonly source: IPEndpoint;
  readonly destination: IPEndpoint;
}

/** The next connection to a listener, with the client that makes it through what stands in front. */
async function meet(
  front: Front,
  to: PrereadListener,
  connectTo: (port: number) => Promise<Own>,
): Promise<{ opened: Opened; own: Own; ends: Ends }> {
  const port = front.portTo(to);
  const [opened, own] = await Promise.all([to.next(), connectTo(port)]);
  if (opened.from === undefined) throw new Error('the other end was gone before it was accepted');
  // Of a client that does not say where it came from, whatever the header says must be what the front says too.
  const source = own.port ?? portOf(opened.proxy?.source);
  if (source !== undefined) await front.expectServed(source, opened.from);
  return { opened, own, ends: { source: loopback(source ?? 0), destination: loopback(port) } };
}

function portOf(endpoint: Endpoint | undefined): number | undefined {
  return endpoint?.family === 'unix' ? undefined : endpoint?.port;
}

/** Expects the header that this front sends for a client, or none, and gives its length. */
function expectHeader(opened: Opened, { version, types }: Pick<Front, 'version' | 'types'>, ends: Ends): number {
  const { proxy, bytes } = opened;
  if (version === undefined || proxy === undefined) {
    expect(proxy).toBeUndefined();
    expect(version).toBeUndefined();
    return 0;
  }
  const { tlvs, ...rest } = proxy;
  expect(rest).toEqual({ version, command: 'PROXY', transport: 'stream', ...ends });
  expect(tlvs.map(({ type }) => type)).toEqual(types);
  const uniqueId = tlvs.find(({ type }) => type === UNIQUE_ID)?.value;
  if (uniqueId !== undefined) expect(Buffer.from(uniqueId).toString()).toBe(`id-127.0.0.1-${ends.source.port}`);
  // It stands in front, as it would be written here.
  const written = version === 1 ? encodeProxyV1(proxy) : encodeProxyV2(proxy);
  expect(hex(bytes.subarray(0, written.length))).toBe(hex(written));
  return written.length;
}

/** Expects that what came from an offset on is what the client sent, from its first byte on. */
function expectSent({ bytes }: Opened, offset: number, { sent }: Own): void {
  const payload = bytes.subarray(offset);
  expect(payload.length).toBeGreaterThan(0);
  expect(hex(sent.subarray(0, payload.length))).toBe(hex(payload));
}

function refused(code: PrereadCode, offset: number): object {
  return { status: 'malformed', code, offset };
}

/** How many bytes name a header: the word of version 1 and its space, the signature of version 2. */
const namedAt = { 1: 'PROXY '.length, 2: 12 } as const;

interface Refusal {
  readonly code: PrereadCode;
  /** How many bytes that takes. */
  readonly decidedAt: number;
}

/** Why nothing that comes through a front is taken in a mode. */
function refusal({ version }: Front, mode: Mode, noHeaderAt = 1): Refusal | undefined {
  if (version !== undefined && mode === 'forbid') {
    return { code: 'preread.proxy.unexpected', decidedAt: namedAt[version] };
  }
  if (version === undefined && mode === 'require') return { code: 'preread.proxy.missing', decidedAt: noHeaderAt };
  return undefined;
}

/** Expects an outcome that is no fault of the client's, with the first bytes. */
function expectRefused({ outcome, by, proxy, decidedAt }: Opened, expected: Refusal): void {
  expect(outcome).toEqual(refused(expected.code, 0));
  expect(decidedAt).toBe(expected.decidedAt);
  expect(by).toBe('bytes');
  expect(proxy).toBeUndefined();
}

/** Tests that hold whatever stands in front. */
function testFront(front: Front): void {
  describe.each(modes.map((mode) => [spelled[mode], mode] as const))('where headers are %s', (_, mode) => {
    const whyNot = refusal(front, mode);

    testClients(({ title, connect, opens, noHeaderAt }) => {
      test(whyNot === undefined ? title : title.replace(/ is .*/, ` is refused: ${whyNot.code}`), async () => {
        const to = listeners[mode];
        const { opened, own, ends } = await meet(front, to, connect);
        const reason = refusal(front, mode, noHeaderAt);
        if (reason !== undefined) {
          expectRefused(opened, reason);
          if (front.version === undefined) expectSent(opened, 0, own);
          return;
        }
        const { outcome, by, proxy } = opened;
        const payloadOffset = expectHeader(opened, front, ends);
        expect(outcome).toMatchObject({ status: 'complete', size: payloadOffset, value: { ...opens, payloadOffset } });
        if (outcome.status === 'complete') expect(outcome.value.proxy).toBe(proxy);
        expect(by).toBe('bytes');
        expectSent(opened, payloadOffset, own);
      });
    });

    describeWith(['curl'], 'curl with a header of its own', () => {
      test('is HTTP/1 behind it, unless there is one already', async () => {
        const to = listeners[mode];
        const { opened, own, ends } = await meet(front, to, (port) =>
          curl([...resolved('curl.example', port), '--haproxy-protocol', `curl.example:${port}/`]),
        );
        const { outcome, proxy, decidedAt } = opened;
        if (mode === 'forbid') {
          expect(outcome).toEqual(refused('preread.proxy.unexpected', 0));
          expect(proxy).toBeUndefined();
          expect(decidedAt).toBe(namedAt[front.version ?? 1]);
        } else if (front.version !== undefined) {
          const payloadOffset = expectHeader(opened, front, ends);
          expect(outcome).toEqual(refused('preread.proxy.unexpected', payloadOffset));
          expect(decidedAt).toBe(payloadOffset + namedAt[1]);
        } else {
          const payloadOffset = expectHeader(opened, { version: 1, types: [] }, ends);
          const http = { method: 'GET', target: '/' };
          const value = { payloadOffset, protocol: 'http1', host: 'curl.example', http };
          expect(outcome).toMatchObject({ status: 'complete', size: payloadOffset, value });
          expectSent(opened, payloadOffset, own);
        }
      });
    });

    test('a client that leaves without a word is silent, where a header is not wrong', async () => {
      const to = listeners[mode];
      const { opened, ends } = await meet(front, to, (port) => leave(port, to, front.version !== undefined));
      expectSilent(opened, 'close', front, mode, ends);
    });

    describeWith(['openssl'], 'openssl s_client with a name that is none', () => {
      test('is refused where that name begins', async () => {
        const to = listeners[mode];
        const { opened, own, ends } = await meet(front, to, (port) => openssl(port, ['-servername', 'a..b']));
        if (whyNot !== undefined) {
          expectRefused(opened, whyNot);
          return;
        }
        const payloadOffset = expectHeader(opened, front, ends);
        const offset = payloadOffset + Buffer.from(own.sent).indexOf('a..b');
        expect(offset).toBeGreaterThan(payloadOffset);
        expect(opened.outcome).toEqual(refused('tls.server_name.invalid', offset));
        expectSent(opened, payloadOffset, own);
      });
    });
  });

  describeWith(['curl'], 'curl, which waits for the server to speak', () => {
    test('over smtp is silent, where a header is not wrong', async () => {
      // All at once, since it takes its time.
      await Promise.all(
        modes.map(async (mode) => {
          const to = hasty[mode];
          const { opened, own, ends } = await meet(front, to, (port) => curlOf('smtp', port));
          expect(own.sent).toHaveLength(0);
          expectSilent(opened, 'deadline', front, mode, ends);
        }),
      );
    });
  });

  const fitting: Mode = front.version === undefined ? 'forbid' : 'require';
  const fittingModes = [[spelled[fitting], fitting], [spelled.optional, 'optional']] as const;

  describe('a client that leaves in the middle', () => {
    /** Expects that a part of a payload is truncated, though the header in front of it is whole. */
    async function expectTruncated(mode: Mode, part: Uint8Array, code: PrereadCode): Promise<void> {
      const to = listeners[mode];
      const { opened, ends } = await meet(front, to, async (port) => {
        const said = await say({ host: '127.0.0.1', port }, part);
        return { port: said.ends!.source.port, sent: part };
      });
      const payloadOffset = expectHeader(opened, front, ends);
      expect(hex(opened.bytes.subarray(payloadOffset))).toBe(hex(part));
      expect(opened.outcome).toEqual(refused(code, payloadOffset + part.length));
      expect(opened.by).toBe('close');
      expect(opened.headerAt).toBe(front.version === undefined ? undefined : payloadOffset);
    }

    test.each(fittingModes)('of its hello is told so, where headers are %s', async (_, mode) => {
      const whole = await firstFlight(hello({ servername: 'node.example' }));
      await expectTruncated(mode, whole.subarray(0, whole.length >> 1), 'tls.client_hello.truncated');
      await expectTruncated(mode, whole.subarray(0, -1), 'tls.client_hello.truncated');
    });

    test.each(fittingModes)('of its head is told so, where headers are %s', async (_, mode) => {
      const head = 'GET /index.html HTTP/1.1\r\nHost: node.example\r\n';
      await expectTruncated(mode, bytes(head.slice(0, -10)), 'http.head.truncated');
      await expectTruncated(mode, bytes(head), 'http.head.truncated');
    });
  });

  describe('a client that sends one byte at a time', () => {
    async function expectSlowly(mode: Mode, payload: Uint8Array, opens: object): Promise<void> {
      const to = listeners[mode];
      const hasHeader = front.version !== undefined;
      const slowly = (port: number): Promise<Own> => speakSlowly(port, to, payload, hasHeader);
      const { opened, own, ends } = await meet(front, to, slowly);
      const payloadOffset = expectHeader(opened, front, ends);
      expect(own.sent).toHaveLength(payload.length);
      expect(opened.chunks).toBe((hasHeader ? 1 : 0) + payload.length);
      const value = { payloadOffset, ...opens };
      expect(opened.outcome).toMatchObject({ status: 'complete', size: payloadOffset, value });
      expect(hex(opened.bytes.subarray(payloadOffset))).toBe(hex(payload));
      expect(opened.decidedAt).toBe(opened.bytes.length);
      expect(opened.headerAt).toBe(hasHeader ? payloadOffset : undefined);
    }

    test.each(fittingModes)('of its hello gets the same, where headers are %s', async (_, mode) => {
      const payload = await firstFlight(hello({ servername: 'node.example', ALPNProtocols: ['h2'] }));
      await expectSlowly(mode, payload, { protocol: 'tls', host: 'node.example', tls: { alpnProtocols: ['h2'] } });
    });

    test.each(fittingModes)('of its head gets the same, where headers are %s', async (_, mode) => {
      const payload = bytes('PROPFIND /a HTTP/1.1\r\nHost: Node.Example\r\nDepth: 0\r\n\r\n');
      const http = { method: 'PROPFIND', target: '/a' };
      await expectSlowly(mode, payload, { protocol: 'http1', host: 'node.example', http });
    });
  });
}

/** Connects, waits until that is known at the other end, with the header if one comes, and leaves. */
async function leave(port: number, to: PrereadListener, hasHeader: boolean): Promise<Own> {
  const before = { ...to.received };
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const { localPort } = socket;
  const { received } = to;
  await until(() => received.connections > before.connections, 'a connection');
  if (hasHeader) await until(() => received.bytes > before.bytes, 'a header');
  socket.on('error', () => {}).resume().end();
  await once(socket, 'close');
  return { port: localPort, sent: bytes() };
}

/** Expects that nothing came, but for what the front sends. */
function expectSilent(opened: Opened, by: Opened['by'], front: Front, mode: Mode, ends: Ends): void {
  if (mode === 'forbid' && front.version !== undefined) {
    expectRefused(opened, refusal(front, mode)!);
    return;
  }
  const { outcome, proxy } = opened;
  const payloadOffset = expectHeader(opened, front, ends);
  expect(opened.bytes).toHaveLength(payloadOffset);
  expect(opened.by).toBe(by);
  if (mode === 'require' && front.version === undefined) {
    expect(outcome).toEqual(refused('preread.proxy.missing', 0));
  } else {
    const value = { protocol: 'silent', proxy, payloadOffset };
    expect(outcome).toEqual({ status: 'complete', size: payloadOffset, value });
  }
}

const direct: Front = {
  title: 'nothing in front',
  version: undefined,
  types: [],
  portTo: ({ port }) => port,
  expectServed: async (client, from) => expect(from).toBe(client),
};

describe(direct.title, () => {
  testFront(direct);

  describeWith(['nc.openbsd'], 'nc', () => {
    const netcat = (...args: string[]) => async (port: number): Promise<Own> => {
      await run('nc.openbsd', [...args, '127.0.0.1', `${port}`]);
      return { port: undefined, sent: bytes() };
    };

    test.each(modes)('that closes at once is silent, or lacks a header (%s)', async (mode) => {
      const { opened, ends } = await meet(direct, listeners[mode], netcat('-N'));
      expectSilent(opened, 'close', direct, mode, ends);
    });

    test('that says nothing is silent, or lacks a header', async () => {
      await Promise.all(
        modes.map(async (mode) => {
          const { opened, ends } = await meet(direct, hasty[mode], netcat());
          expectSilent(opened, 'deadline', direct, mode, ends);
        }),
      );
    });
  });

  describeWith(['curl'], 'curl, which waits for the server to speak', () => {
    test.each(['ftp', 'pop3'])('over %s is silent too', async (scheme) => {
      const { opened, own, ends } = await meet(direct, hasty.forbid, (port) => curlOf(scheme, port));
      expect(own.sent).toHaveLength(0);
      expectSilent(opened, 'deadline', direct, 'forbid', ends);
    });

    test('goes on over smtp, once whoever serves the silent has greeted it', async () => {
      let hear!: (text: string) => void;
      const said = new Promise<string>((resolve) => (hear = resolve));
      const serve = (socket: Socket): void => {
        socket.setEncoding('latin1').once('data', (text: string) => {
          hear(text);
          socket.destroy();
        });
        socket.write('220 mail.example ESMTP\r\n');
      };
      const to = await listenAndPreread({}, { deadline: PATIENCE, serve });
      try {
        const { opened, ends } = await meet(direct, to, (port) => curlOf('smtp', port, 'client.example'));
        expectSilent(opened, 'deadline', direct, 'forbid', ends);
        expect(await said).toBe('EHLO client.example\r\n');
      } finally {
        await to.close();
      }
    });
  });

  // No program sends a header slowly, or half of it.
  describe('a client with a header of its own', () => {
    const ends = { source: { address: '192.0.2.1', port: 56324 }, destination: { address: '198.51.100.1', port: 443 } };
    const versions: [version: 1 | 2, header: Uint8Array][] = [
      [1, encodeProxyV1(ends)],
      [2, encodeProxyV2({ ...ends, tlvs: [encodeTlv({ name: 'authority', authority: 'front.example' })] })],
    ];
    const source = { family: 'IPv4', ...ends.source };
    const trusting = (['require', 'optional'] as const).flatMap((mode) =>
      versions.map(([version, header]) => ({ mode, version, header })),
    );

    async function sendAll(mode: Mode, part: Uint8Array): Promise<Opened> {
      const to = listeners[mode];
      return (await Promise.all([to.next(), say({ host: '127.0.0.1', port: to.port }, part)]))[0];
    }

    test.each(trusting)('of version $version, byte by byte, gets the same as at once ($mode)', async (one) => {
      const { mode, header } = one;
      const to = listeners[mode];
      const payload = await firstFlight(hello({ servername: 'slow.example' }));
      const all = bytes(header, payload);
      const [opened, own] = await Promise.all([to.next(), speakSlowly(to.port, to, all, false)]);
      const value = { protocol: 'tls', host: 'slow.example', payloadOffset: header.length, proxy: { source } };
      expect(opened.outcome).toMatchObject({ status: 'complete', size: header.length, value });
      expect(opened).toMatchObject({ chunks: all.length, headerAt: header.length, decidedAt: all.length });
      expect(hex(opened.bytes)).toBe(hex(all));
      expect(own.sent).toHaveLength(all.length);

      const atOnce = await sendAll(mode, all);
      expect(JSON.stringify(atOnce.outcome)).toBe(JSON.stringify(opened.outcome));
    });

    test.each(versions)('of version %i, byte by byte, is refused before it is whole', async (version, header) => {
      const to = listeners.forbid;
      const [opened] = await Promise.all([to.next(), speakSlowly(to.port, to, header, false)]);
      expectRefused(opened, { code: 'preread.proxy.unexpected', decidedAt: namedAt[version] });
      expect(hex(opened.bytes)).toBe(hex(header.subarray(0, namedAt[version])));
    });

    test.each(trusting)('of version $version, who leaves in it, is told so ($mode)', async ({ mode, header }) => {
      for (const length of [header.length >> 1, header.length - 1]) {
        const opened = await sendAll(mode, header.subarray(0, length));
        expect(opened.outcome).toEqual(refused('proxy.header.truncated', length));
        expect(opened).toMatchObject({ by: 'close', proxy: undefined, headerAt: undefined });
        expect(opened.bytes).toHaveLength(length);
      }
    });
  });
});

describeWith(['haproxy'], 'HAProxy in front', () => {
  const withTlvs = 'send-proxy-v2-ssl-cn proxy-v2-options crc32c,unique-id';
  const senders: [title: string, options: string, version: 1 | 2 | undefined, types: number[]][] = [
    ['without a header', '', undefined, []],
    ['with send-proxy', 'send-proxy', 1, []],
    ['with send-proxy-v2', 'send-proxy-v2', 2, []],
    [`with ${withTlvs}`, withTlvs, 2, [CRC32C, UNIQUE_ID, SSL]],
  ];
  const ports = new Map<string, number>();
  let haproxy: Started;

  beforeAll(async () => {
    haproxy = await startHaproxyInFront(async () => {
      const sections: string[] = [];
      for (const [title, options] of senders) {
        for (const { port: to } of allListeners()) {
          const port = await freePort();
          ports.set(`${title} to ${to}`, port);
          sections.push(`
            listen f${port}
              bind 127.0.0.1:${port}
              server s 127.0.0.1:${to} ${options}`);
        }
      }
      return sections.join('');
    });
  });
  afterAll(() => haproxy?.stop());

  describe.each(senders)('%s', (title, _, version, types) => {
    testFront({
      ...{ title, version, types },
      portTo: (listener) => ports.get(`${title} to ${listener.port}`)!,
      expectServed: (client, from) => expectLogged(haproxy, new RegExp(`from ${client} via ${from}\n`)),
    });
  });
});

describeWith(['nginx', nginxStreamModule], 'nginx in front', () => {
  const senders: [title: string, onOrOff: string, version: 1 | undefined][] = [
    ['without a header', 'off', undefined],
    ['with proxy_protocol on', 'on', 1],
  ];
  const ports = new Map<string, number>();
  let nginx: Started;

  beforeAll(async () => {
    nginx = await startNginx(folder, async () => {
      const servers: string[] = [];
      for (const [title, onOrOff] of senders) {
        for (const { port: to } of allListeners()) {
          const port = await freePort();
          ports.set(`${title} to ${to}`, port);
          const pass = `proxy_pass 127.0.0.1:${to}; proxy_protocol ${onOrOff};`;
          servers.push(`server { listen 127.0.0.1:${port}; ${pass} }\n`);
        }
      }
      return `stream { ${servers.join('')} }`;
    });
  });
  afterAll(() => nginx?.stop());

  describe.each(senders)('%s', (title, _, version) => {
    testFront({
      ...{ title, version, types: [] },
      portTo: (listener) => ports.get(`${title} to ${listener.port}`)!,
      // Each connection has a number.
      expectServed(client, from) {
        const [accepted, opened] = [`client 127.0.0.1:${client} connected`, `proxy 127.0.0.1:${from} connected`];
        return expectLogged(nginx, new RegExp(`\\*(\\d+) ${accepted}[^]*\\*\\1 ${opened}`));
      },
    });
  });
});

describeWith(['haproxy', 'openssl', 'curl'], 'HAProxy that ends TLS', () => {
  let pem: string;
  let haproxy: Started;
  let port: number;
  let to: PrereadListener;

  beforeAll(async () => {
    pem = join(folder, 'both.pem');
    const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    // Of both sides: HAProxy trusts in what it shows itself.
    const made = await run('openssl', [
      ...['req', '-x509', ...p256, '-days', '2', '-subj', '/CN=relayed.example', '-keyout', pem, '-out', pem],
    ]);
    if (made.status !== 0) throw new Error(made.output);
    to = listeners.require;
    haproxy = await startHaproxyInFront(async () => {
      port = await freePort();
      return `
        listen tls
          bind 127.0.0.1:${port} ssl crt ${pem} ca-file ${pem} verify optional alpn h2,http/1.1
          server s 127.0.0.1:${to.port} send-proxy-v2-ssl-cn proxy-v2-options ssl,crc32c,unique-id,authority`;
    });
  });
  afterAll(() => haproxy?.stop());

  /** Expects what HAProxy knows of a client over TLS, and gives where the header ends. */
  function expectTold({ proxy, bytes: all }: Opened, own: Own, alpn: string, cn: string | undefined): number {
    expect(proxy).toMatchObject({ version: 2, source: loopback(own.port!), destination: loopback(port) });
    const tlvs = proxy!.tlvs.map((tlv) => {
      const decoded = decodeTlv(tlv);
      if (decoded.status !== 'complete') throw new Error(decoded.code);
      return decoded.value;
    });
    expect(tlvs.map(({ type }) => type)).toEqual([CRC32C, ALPN, AUTHORITY, UNIQUE_ID, SSL]);
    const uniqueId = bytes(`id-127.0.0.1-${own.port}`);
    expect(tlvs.slice(1, 4)).toMatchObject([{ protocol: alpn }, { authority: 'outer.example' }, { uniqueId }]);
    const isCertified = cn !== undefined;
    const ssl = { clientSsl: true, clientCert: isCertified, verified: isCertified, version: 'TLSv1.3', cn };
    const { clientCertConn: clientCert, ...told } = readSsl(proxy!.tlvs)!;
    expect({ ...told, clientCert }).toMatchObject(ssl);
    const written = encodeProxyV2(proxy!);
    expect(hex(all.subarray(0, written.length))).toBe(hex(written));
    return written.length;
  }

  test.each(['with a certificate', 'without one'])('HTTP/1 %s is for Host, whatever the name in SNI', async (which) => {
    const certificate = which === 'without one' ? [] : ['--cert', pem, '--key', pem];
    const args = ['--http1.1', ...certificate, ...resolved('outer.example', port), '-H', 'Host: inner.example'];
    const [opened, own] = await Promise.all([to.next(), curl([...args, `https://outer.example:${port}/in`])]);
    const cn = which === 'without one' ? undefined : 'relayed.example';
    const payloadOffset = expectTold(opened, own, 'http/1.1', cn);
    const http = { method: 'GET', target: '/in', version: '1.1' };
    const value = { payloadOffset, protocol: 'http1', host: 'inner.example', http };
    expect(opened.outcome).toMatchObject({ status: 'complete', size: payloadOffset, value });
    const sent = /^=> Send header, (\d+) bytes/m.exec(own.output)?.[1];
    expect(opened.bytes).toHaveLength(payloadOffset + Number(sent));
    expect(hex(own.sent)).toContain(hex(opened.bytes.subarray(payloadOffset)));
  });

  test('HTTP/2 is just that, since nothing in its preface is a host', async () => {
    let own: Own = { port: undefined, sent: bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') };
    const url = `https://127.0.0.1:${port}`;
    const session = connectHttp2(url, { servername: 'outer.example', rejectUnauthorized: false }, (_, socket) => {
      own = { ...own, port: (socket as TLSSocket).localPort };
    });
    session.on('error', () => {}).request({ ':path': '/' }).on('error', () => {}).end();
    const [opened] = await Promise.all([to.next(), once(session, 'close')]);
    const payloadOffset = expectTold(opened, own, 'h2', undefined);
    const value = { protocol: 'http2', payloadOffset, proxy: opened.proxy };
    expect(opened.outcome).toEqual({ status: 'complete', size: payloadOffset, value });
    const preface = opened.bytes.subarray(payloadOffset, payloadOffset + own.sent.length);
    expect(hex(preface)).toBe(hex(own.sent));
  });
});

describeWith(['haproxy'], 'HAProxy checks the health of a server', () => {
  const header = {
    ...{ version: 2, command: 'LOCAL', transport: 'unspecified', tlvs: [] },
    ...{ source: undefined, destination: undefined },
  };
  const silent = (payloadOffset: number): object => ({
    ...{ status: 'complete', size: payloadOffset, value: { protocol: 'silent', payloadOffset } },
  });
  const options = {
    ...{ status: 'complete', size: 16 },
    value: { protocol: 'http1', payloadOffset: 16, host: undefined, http: { method: 'OPTIONS', version: '1.0' } },
  };
  const missing = refused('preread.proxy.missing', 0);
  const unexpected = refused('preread.proxy.unexpected', 0);
  // Of a plain check nothing is seen here: HAProxy answers the SYN-ACK with a reset, so that there is no connection to
  // accept. With `linger` it closes it instead, and to wait for a greeting it must open it.
  const plain = 'option tcp-check\ntcp-check connect linger';
  const waiting = 'option tcp-check\ntcp-check expect string 220';

  /** What HAProxy is to do, in its words, in which mode that is read, and what comes of it. */
  type Check = [title: string, lines: string, server: string, mode: Mode, header: object | undefined, outcome: object];
  const checks: Check[] = [
    ['with LOCAL and no more, which is silent (require)', '', 'send-proxy-v2', 'require', header, silent(16)],
    ['with LOCAL and no more, which is silent (optional)', '', 'send-proxy-v2', 'optional', header, silent(16)],
    ['with LOCAL and no more, which is refused (forbid)', '', 'send-proxy-v2', 'forbid', undefined, unexpected],
    ['with LOCAL and a request, which is HTTP/1', 'option httpchk', 'send-proxy-v2', 'require', header, options],
    ['by connecting, which is silent (forbid)', plain, '', 'forbid', undefined, silent(0)],
    ['by connecting, which is silent (optional)', plain, '', 'optional', undefined, silent(0)],
    ['by connecting, which lacks a header (require)', plain, '', 'require', undefined, missing],
    ['by waiting for a greeting, which is silent (forbid)', waiting, '', 'forbid', undefined, silent(0)],
    ['by waiting behind LOCAL, which is silent (require)', waiting, 'send-proxy-v2', 'require', header, silent(16)],
  ];
  let served: PrereadListener[] = [];
  let version1: PrereadListener;
  let haproxy: Started;

  beforeAll(async () => {
    served = await Promise.all(checks.map(([, , , proxy]) => listenAndPreread({ proxy })));
    version1 = await listenAndPreread({ proxy: 'require' });
    haproxy = await startHaproxyInFront(async () => {
      const backend = ({ port }: PrereadListener, lines: string, server: string): string => `
        backend b${port}
          ${lines}
          server s 127.0.0.1:${port} check inter 200ms ${server}`;
      const backends = checks.map(([, lines, server], i) => backend(served[i]!, lines, server));
      return [...backends, backend(version1, '', 'send-proxy')].join('');
    });
  });
  afterAll(async () => {
    await haproxy?.stop();
    for (const listener of [...served, version1]) await listener?.close();
  });

  test.each(checks.map(([title, , , , ...expected], i) => [title, i, ...expected] as const))('%s', async (...one) => {
    const [, i, proxy, outcome] = one;
    // Each time the same.
    for (let time = 0; time < 2; time++) {
      const opened = await served[i]!.next();
      expect(opened.outcome).toMatchObject(outcome);
      expect(opened.proxy).toEqual(proxy);
      if (opened.outcome.status === 'complete') expect(opened.outcome.value.proxy).toBe(opened.proxy);
    }
  });

  test('with the ends of the connection itself in version 1, and nothing behind it, which is silent', async () => {
    const { outcome, proxy, bytes: line, by } = await version1.next();
    const [, source] = /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 (\d+) \d+\r\n$/.exec(Buffer.from(line).toString()) ?? [];
    const ends = { source: loopback(Number(source)), destination: loopback(version1.port) };
    expect(proxy).toEqual({ version: 1, command: 'PROXY', transport: 'stream', ...ends, tlvs: [] });
    const value = { protocol: 'silent', payloadOffset: line.length, proxy };
    expect(outcome).toEqual({ status: 'complete', size: line.length, value });
    expect(by).toBe('close');
  });
});

describeWith(['haproxy', 'openssl', 'curl'], 'a router behind HAProxy', () => {
  test('serves whoever comes, with what stands from payloadOffset on', async () => {
    const { cert, key } = makeCertificate();
    const http = createHttpServer(({ headers, url }, response) => response.end(`http ${headers.host} ${url}\n`));
    const https = createHttpsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (message, response) => {
      response.end(`https ${(message.socket as TLSSocket & { servername: string }).servername} ${message.url}\n`);
    });
    const [toHttp, toHttps] = [await listenOnLoopback(http), await listenOnLoopback(https)];
    const router = await listenAndPreread({ proxy: 'require' }, {
      serve(socket, { outcome, bytes: all }) {
        if (outcome.status !== 'complete') throw new Error(outcome.code);
        const { protocol, payloadOffset } = outcome.value;
        const upstream = connect({ host: '127.0.0.1', port: protocol === 'tls' ? toHttps.port : toHttp.port });
        upstream.on('error', () => {}).write(all.subarray(payloadOffset));
        socket.pipe(upstream).pipe(socket);
      },
    });
    let port = 0;
    const haproxy = await startHaproxyInFront(async () => {
      port = await freePort();
      const server = `server s 127.0.0.1:${router.port} send-proxy-v2 proxy-v2-options crc32c,unique-id`;
      return `
        listen f
          bind 127.0.0.1:${port}
          ${server}`;
    });
    try {
      for (const scheme of ['http', 'https']) {
        const body = join(temporaryFolder(), 'body');
        const url = `${scheme}://routed.example:${port}/a?b`;
        const [opened, own] = await Promise.all([
          router.next(),
          curl([...resolved('routed.example', port), '--http1.1', '--output', body, url]),
        ]);
        const value = { host: 'routed.example', proxy: { source: loopback(own.port!) } };
        expect(opened.outcome).toMatchObject({ status: 'complete', value });
        const host = scheme === 'http' ? `routed.example:${port}` : 'routed.example';
        expect(readFileSync(body, 'utf8')).toBe(`${scheme} ${host} /a?b\n`);
      }
    } finally {
      await haproxy.stop();
      for (const close of [router.close, toHttp, toHttps]) await close();
    }
  });
});
