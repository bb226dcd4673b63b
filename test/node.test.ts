/** The adapters for Node.js, over loopback: what sockets and servers do with them and behind them. */
import { spawnSync } from 'node:child_process';
import { getEventListeners, once, setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net, { BlockList, Socket } from 'node:net';
import type { ListenOptions, Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { setImmediate, setTimeout } from 'node:timers/promises';
import tls from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { afterAll, describe, expect, expectTypeOf, test, vi } from 'vitest';
import type { Malformed } from '../src/decoded.ts';
import { acceptProxy, clientHello, endpoints, prereadSocket, proxyHeader } from '../src/node.ts';
import type { AcceptProxyOptions, AdapterOptions, Answer, SocketAnswer } from '../src/node.ts';
import { preread } from '../src/preread.ts';
import type { PrereadCode } from '../src/preread.ts';
import { decodeProxyHeader, decodeProxyV2, encodeProxyV1, encodeProxyV2 } from '../src/proxy/index.ts';
import type { Endpoint, ProxyHeader, ProxyHeaderInput } from '../src/proxy/index.ts';
import { ssh, tls as tlsMatcher } from '../src/sniff/index.ts';
import type { TcpProtocol } from '../src/sniff/index.ts';
import type { ClientHello } from '../src/tls/index.ts';
import { elapsed, optionsFor } from './adapters.ts';
import {
  all,
  connected,
  consumers,
  cuts,
  dial,
  listening,
  pair,
  patterned,
  send,
  sha256,
  text,
  until,
  untilClose,
  Wire,
} from './loopback.ts';
import type { Place } from './loopback.ts';
import { plain } from './plain.ts';
import { bytes, concat } from './vectors/build.ts';
import { cert, key, otherCert, otherKey } from './vectors/certificate.ts';
import { GET, HALF_HELLO, HELLO, NOTHING, openings, SSH } from './vectors/openings.ts';
import { LOCAL } from './vectors/preread.ts';
import { checksummed, proxyRefusals, proxyV1, proxyV2, tlv } from './vectors/proxy.ts';

const localhost = { key, cert };
const other = { key: otherKey, cert: otherCert };


/** Whom the headers name, and in whose stead. */
const CLIENT = { family: 'IPv4', address: '192.0.2.1', port: 56324 } as const;
const SERVICE = { family: 'IPv4', address: '198.51.100.1', port: 443 } as const;
const header: ProxyHeaderInput = { source: CLIENT, destination: SERVICE };
const headers = { 'version 1': encodeProxyV1(header), 'version 2': encodeProxyV2(header, { crc32c: true }) } as const;
const [V1, V2] = [headers['version 1'], headers['version 2']];

/** For whatever must not take long, on a machine that is busy elsewhere. */
const PROMPT = 8000;

/** How long it may take on such a machine until what was sent has come. */
const IN_TIME = 300;

const hasIPv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
const folder = mkdtempSync(join(tmpdir(), 'preread-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let paths = 0;
const newPath = (): string => join(folder, `${paths++}`);

/** Without what the adapter adds. */
function outcomeOf<N extends string>(answer: SocketAnswer<N>): unknown {
  const { bytes: _bytes, proxy: _proxy, ended: _ended, error: _error, socket: _socket, ...outcome } = answer;
  return plain(outcome);
}

/** A server whose handler reads first, gives that back, and hands the socket on. */
function handingOn(inner: net.Server): net.Server {
  return net.createServer(async (socket) => {
    await once(socket, 'readable');
    socket.unshift(socket.read() as Buffer);
    inner.emit('connection', socket);
  });
}

const secure = (socket: Duplex, options?: tls.ConnectionOptions): TLSSocket =>
  tls.connect({ socket, servername: 'a.example.com', ca: [localhost.cert, other.cert], ...options }).on('error', () => {});

async function getBy1(socket: Duplex, options: http.RequestOptions = {}): Promise<string> {
  const request = http.get({ host: 'www.example.com', createConnection: () => socket, ...options }).on('error', () => {});
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return text(response);
}

async function getBy2(socket: Duplex): Promise<string> {
  const session = http2.connect('http://www.example.com', { createConnection: () => socket }).on('error', () => {});
  try {
    return await text(session.request({ ':path': '/' }));
  } finally {
    session.destroy();
  }
}

async function say(socket: Duplex): Promise<string> {
  socket.write('hello');
  return text(socket);
}

/** A kind of server that says something of each connection, and a client that asks it. */
interface Kind {
  readonly create: (answer: (socket: Socket) => string, options?: tls.TlsOptions) => Server;
  readonly ask: (socket: Duplex) => Promise<string>;
}

const respond =
  (answer: (socket: Socket) => string) =>
  (request: http.IncomingMessage | http2.Http2ServerRequest, response: http.ServerResponse | http2.Http2ServerResponse): void => {
    (response as http.ServerResponse).end(answer(request.socket));
  };
const reply =
  (answer: (socket: Socket) => string) =>
  (socket: Socket): void => {
    socket.on('error', () => {}).once('data', () => socket.end(answer(socket)));
  };

const kinds: Readonly<Record<'net' | 'http' | 'https' | 'http2' | 'http2, secure' | 'http2, secure, with HTTP/1.1' | 'tls', Kind>> = {
  net: { create: (answer) => net.createServer(reply(answer)), ask: say },
  http: { create: (answer) => http.createServer(respond(answer)), ask: (socket) => getBy1(socket) },
  https: {
    create: (answer, options) => https.createServer({ ...localhost, ...options }, respond(answer)),
    ask: (socket) => getBy1(secure(socket)),
  },
  http2: { create: (answer) => http2.createServer(respond(answer)), ask: getBy2 },
  'http2, secure': {
    create: (answer, options) => http2.createSecureServer({ ...localhost, ...options }, respond(answer)),
    ask: (socket) => getBy2(secure(socket, { ALPNProtocols: ['h2'] })),
  },
  'http2, secure, with HTTP/1.1': {
    create: (answer, options) => http2.createSecureServer({ ...localhost, allowHTTP1: true, ...options }, respond(answer)),
    ask: (socket) => getBy1(secure(socket, { ALPNProtocols: ['http/1.1'] })),
  },
  tls: {
    create: (answer, options) => tls.createServer({ ...localhost, ...options }, reply(answer)),
    ask: (socket) => say(secure(socket)),
  },
};
const kindNames = Object.keys(kinds) as (keyof typeof kinds)[];
const isSecure = (name: keyof typeof kinds): boolean => /https|secure|tls/.test(name);

describe('prereadSocket', () => {
  describe.each(openings)('%s', (_, opening, expected) => {
    test.each(Object.entries(cuts))('is answered as by preread, and is still to be read: %s', async (_, cut) => {
      const sent = async (front: Uint8Array, options: AdapterOptions): Promise<void> =>
        connected(async (client, socket) => {
          const answering = prereadSocket(socket, options);
          void send(client, cut(concat([front, opening]))).then(() => client.end());
          const answer = await answering;
          expect(answer).toMatchObject(expected);
          expect(outcomeOf(answer)).toEqual(plain(preread(concat([front, opening]), options)));
          expect(answer.socket).toBe(socket);
          expect([answer.ended, answer.error]).toEqual([undefined, undefined]);
          expect(answer.proxy?.source).toEqual(front === NOTHING ? undefined : CLIENT);
          expect(Buffer.isBuffer(answer.bytes)).toBe(false);
          expect(answer.bytes).toEqual(concat([front, opening]).subarray(0, answer.bytes.length));
          expect(answer.bytes.length).toBeGreaterThan(front.length);
          expect(await all(socket)).toEqual(Buffer.from(opening));
        });
      await Promise.all([sent(NOTHING, {}), sent(V1, { proxy: 'require' }), sent(V2, { proxy: 'optional' })]);
    });
  });

  test('a PROXY header where none is allowed is an answer, and is still to be read', () =>
    connected(async (client, socket) => {
      client.end(concat([V1, GET]));
      expect(await prereadSocket(socket)).toMatchObject({ status: 'malformed', code: 'preread.proxy.unexpected', offset: 0, proxy: undefined });
      expect(await all(socket)).toEqual(Buffer.from(concat([V1, GET])));
    }));

  test('the header is there where what follows is refused, and is gone from the socket', () =>
    connected(async (client, socket) => {
      client.end(concat([V2, V2]));
      const answer = await prereadSocket(socket, { proxy: 'require' });
      expect(answer).toMatchObject({ status: 'malformed', code: 'preread.proxy.unexpected', offset: V2.length, proxy: { source: CLIENT } });
      expect(await all(socket)).toEqual(Buffer.from(V2));
    }));

  test('on a UNIX socket, and on one of TLS, the same', async () => {
    await connected(
      async (client, socket) => {
        client.end(GET);
        expect(await prereadSocket(socket)).toMatchObject({ value: { host: 'www.example.com' } });
        expect(await all(socket)).toEqual(Buffer.from(GET));
      },
      {},
      { path: newPath() },
    );
    const server = tls.createServer(localhost);
    await listening(server, async (place) => {
      secure(await dial(place)).end(concat([V1, GET]));
      const [socket] = (await once(server, 'secureConnection')) as [TLSSocket];
      const answer = await prereadSocket(socket, { proxy: 'require' });
      expectTypeOf(answer.socket).toEqualTypeOf<TLSSocket>();
      expect(answer).toMatchObject({ value: { host: 'www.example.com' } });
      expect(await all(socket)).toEqual(Buffer.from(GET));
    });
  });

  test('a socket that is still connecting is waited for', async () => {
    const server = net.createServer((socket) => socket.end(SSH));
    await listening(server, async (place) => {
      const socket = net.connect(place);
      expect(await prereadSocket(socket)).toMatchObject({ value: { protocol: 'ssh' } });
      expect(await all(socket)).toEqual(Buffer.from(SSH));
    });
  });

  test('one socket can be asked again', () =>
    connected(async (client, socket) => {
      client.write(concat([V2, GET]));
      expect(await prereadSocket(socket, { proxy: 'require' })).toMatchObject({ value: { protocol: 'http1', payloadOffset: V2.length } });
      expect(await prereadSocket(socket)).toMatchObject({ value: { protocol: 'http1', payloadOffset: 0 } });
      client.end();
      expect(await all(socket)).toEqual(Buffer.from(GET));
    }));

  test('the types follow the matchers and the stream', async () => {
    const stream = new PassThrough();
    stream.write('SSH-2.0-');
    const own = await prereadSocket(stream, { matchers: [ssh, tlsMatcher] });
    expectTypeOf(own).toEqualTypeOf<SocketAnswer<'ssh' | 'tls', PassThrough>>();
    expectTypeOf(own).toExtend<Answer<'ssh' | 'tls'>>();
    if (own.status === 'complete') expectTypeOf(own.value.protocol).toEqualTypeOf<'ssh' | 'tls' | 'unknown' | 'silent'>();
    else expectTypeOf(own.code).toEqualTypeOf<PrereadCode>();
    const any = await prereadSocket(stream);
    expectTypeOf(any).toEqualTypeOf<SocketAnswer<TcpProtocol, PassThrough>>();
    expectTypeOf<SocketAnswer['socket']>().toEqualTypeOf<Socket>();
    expect([own, any]).toMatchObject([{ value: { protocol: 'ssh' } }, { value: { protocol: 'ssh' } }]);
  });
});

const fronts = { 'no header': NOTHING, ...headers } as const;

/** What a caller does between the answer and the next step. */
const gaps: readonly (readonly [when: string, gap: () => Promise<unknown>])[] = [
  ['at once', async () => {}],
  [
    'after some ticks',
    async () => {
      for (let i = 0; i < 3; i++) {
        await new Promise(process.nextTick);
        await setImmediate();
      }
    },
  ],
  ['after 30 ms, in which more comes', () => setTimeout(30)],
];

describe.concurrent('what a socket gives after the answer is every byte but those of the PROXY header', () => {
  type Way = (front: Uint8Array, payload: Uint8Array) => Uint8Array[];
  const joined: Way = (front, payload) => [concat([front, payload])];
  const apart: Way = (front, payload) => [front, payload];
  const byBytes: Way = (front, payload) => cuts['byte by byte'](concat([front, payload]));
  const pieces: Way = (front, payload) => [
    front.subarray(0, 5),
    front.subarray(5, 20),
    concat([front.subarray(20), payload.subarray(0, 9)]),
    payload.subarray(9),
  ];
  const ways: readonly (readonly [front: Uint8Array, way: Way])[] = [
    [NOTHING, joined],
    [NOTHING, byBytes],
    [V1, byBytes],
    [V1, pieces],
    [V2, joined],
    [V2, apart],
  ];
  const MORE = bytes('more, as soon as there is an answer');
  const LAST = bytes('and the last of it');

  describe.each(gaps)('%s', (_, gap) => {
    test.each(Object.entries(consumers))('to %s', async (_, consume) => {
      const runs = ways.map(([front, way]) =>
        connected(async (client, socket) => {
          const answering = prereadSocket(socket, optionsFor(front));
          const sending = send(client, way(front, GET));
          expect(await answering).toMatchObject({ value: { protocol: 'http1', payloadOffset: front.length } });
          client.write(MORE);
          await gap();
          const consuming = consume(socket);
          await sending;
          client.end(LAST);
          expect(await consuming).toEqual(Buffer.from(concat([GET, MORE, LAST])));
        }),
      );
      await Promise.all(runs);
    });

    const takers: Readonly<Record<string, readonly [take: (socket: Socket) => void, ask: Kind['ask']]>> = {
      'new TLSSocket': [
        (socket) => reply(() => 'served')(new tls.TLSSocket(socket, { isServer: true, ...localhost })),
        kinds.tls.ask,
      ],
      ...Object.fromEntries(
        Object.entries(kinds).map(([name, { create, ask }]) => {
          const server = create(() => 'served');
          return [`a server of ${name}, by emit('connection')`, [(socket: Socket) => server.emit('connection', socket), ask]];
        }),
      ),
    };
    test.each(Object.entries(takers))('to %s', async (_, [take, ask]) => {
      const run = (front: Uint8Array, cut: (typeof cuts)[keyof typeof cuts]): Promise<void> =>
        connected(async (client, socket) => {
          const answering = prereadSocket(socket, optionsFor(front)).then(async (answer) => {
            await gap();
            take(answer.socket);
          });
          expect(await ask(new Wire(client, front, cut))).toBe('served');
          await answering;
        });
      await Promise.all([run(NOTHING, cuts['in one write']), run(V2, cuts['byte by byte'])]);
    });
  });

  test.each(gaps)('a megabyte behind it, %s', async (_, gap) => {
    const body = patterned(1 << 20);
    const runs = Object.values(fronts).map((front) =>
      connected(async (client, socket) => {
        client.end(concat([front, GET, body]));
        await prereadSocket(socket, optionsFor(front));
        await gap();
        expect(sha256(await all(socket))).toBe(sha256(GET, body));
      }),
    );
    await Promise.all(runs);
  });

  test('and no more is read than a paused socket holds', () =>
    connected(async (client, socket) => {
      const body = patterned(8 << 20);
      const sending = new Promise((resolve) => client.end(concat([V2, GET, body]), () => resolve(undefined)));
      await prereadSocket(socket, { proxy: 'require' });
      const limit = 4 * Math.max(socket.readableHighWaterMark, 65536);
      let read = 0;
      for (let i = 0; i < 50; i++) {
        read = Math.max(read, socket.readableLength);
        await setTimeout(1);
      }
      expect(read).toBeLessThanOrEqual(limit);
      expect(client.writableFinished).toBe(false);
      expect(sha256(await all(socket))).toBe(sha256(GET, body));
      await sending;
    }));

  test('and where it goes on, writing holds up as long as nobody reads', () =>
    connected(async (client, socket) => {
      client.write(GET);
      await prereadSocket(socket);
      client.end(patterned(8 << 20));
      const sink = new PassThrough({ highWaterMark: 1000 });
      socket.pipe(sink);
      await until(() => sink.writableNeedDrain);
      for (let i = 0; i < 20; i++) await setTimeout(1);
      expect(socket.readableLength).toBeLessThanOrEqual(4 * Math.max(socket.readableHighWaterMark, 65536));
      expect(client.writableFinished).toBe(false);
      expect((await all(sink)).length).toBe(GET.length + (8 << 20));
    }));
});

/** Half of each kind of opening, and what it is where nothing more comes. */
const truncatedHello = { status: 'malformed', code: 'tls.client_hello.truncated', offset: HALF_HELLO.length } as const;
const silent = { status: 'complete', value: { protocol: 'silent' } } as const;

/** What this library may leave behind. */
const listenerCounts = (socket: Readable): number[] =>
  ['readable', 'data', 'end', 'error', 'close', 'pause', 'resume'].map((event) => socket.listenerCount(event));

describe.concurrent('the end of the stream', () => {
  test('without a byte: silent', () =>
    connected(async (client, socket) => {
      client.end();
      expect(await prereadSocket(socket)).toMatchObject({ ...silent, ended: 'end', error: undefined, bytes: NOTHING });
      expect(await all(socket)).toHaveLength(0);
    }));

  test('behind the header: silent, with the header', () =>
    connected(async (client, socket) => {
      client.end(V2);
      const answer = await prereadSocket(socket, { proxy: 'require' });
      expect(answer).toMatchObject({ ...silent, ended: 'end', proxy: { source: CLIENT } });
      expect(answer.bytes).toEqual(V2);
      expect(await all(socket)).toHaveLength(0);
    }));

  test('without a header where one must be: that is missing', () =>
    connected(async (client, socket) => {
      client.end();
      const answer = await prereadSocket(socket, { proxy: 'require' });
      expect(answer).toMatchObject({ status: 'malformed', code: 'preread.proxy.missing', offset: 0, ended: 'end' });
    }));

  describe('in half a hello: malformed, and the half is still to be read, and then the end', () => {
    describe.each(gaps)('%s', (_, gap) => {
      test.each(Object.entries(consumers))('by %s', async (_, consume) => {
        const runs = Object.values(fronts).map((front) =>
          connected(async (client, socket) => {
            const answering = prereadSocket(socket, optionsFor(front));
            await send(client, cuts['byte by byte'](concat([front, HALF_HELLO])));
            client.end();
            expect(await answering).toMatchObject({ ...truncatedHello, offset: front.length + HALF_HELLO.length, ended: 'end', error: undefined });
            await gap();
            expect(await consume(socket)).toEqual(Buffer.from(HALF_HELLO));
            expect(socket.readableEnded).toBe(true);
          }),
        );
        await Promise.all(runs);
      });
    });
  });

  describe('that was there before the call: as if it came later', () => {
    test.each([
      ['half a hello', HALF_HELLO, { ...truncatedHello, ended: 'end' }],
      ['a request', GET, { value: { protocol: 'http1' }, ended: undefined }],
      ['nothing', NOTHING, { ...silent, ended: 'end' }],
    ])('behind %s', async (_, opening, expected) => {
      for (const allowHalfOpen of [false, true]) {
        await connected(
          async (client, socket) => {
            client.end(opening);
            await until(() => socket.readableLength === opening.length);
            await setTimeout(20);
            expect(await prereadSocket(socket)).toMatchObject(expected);
            expect(await all(socket)).toEqual(Buffer.from(opening));
          },
          { allowHalfOpen },
        );
      }
    });

    test.each([
      ['half a hello', HALF_HELLO, truncatedHello],
      ['nothing', NOTHING, silent],
    ])('behind %s, in any stream', async (_, opening, expected) => {
      for (const wait of [async () => {}, () => setImmediate()]) {
        const stream = new PassThrough();
        stream.end(opening);
        await wait();
        expect(await prereadSocket(stream)).toMatchObject({ ...expected, ended: 'end' });
        expect(await all(stream)).toEqual(Buffer.from(opening));
      }
    });

    test('behind half a request, on a socket of TLS', async () => {
      const server = tls.createServer(localhost);
      await listening(server, async (place) => {
        secure(await dial(place)).end(GET.subarray(0, 30));
        const [socket] = (await once(server, 'secureConnection')) as [TLSSocket];
        await until(() => socket.readableLength === 30);
        await setTimeout(20);
        expect(await prereadSocket(socket)).toMatchObject({ code: 'http.head.truncated', ended: 'end' });
        expect(await all(socket)).toEqual(Buffer.from(GET.subarray(0, 30)));
      });
    });

    test('and a socket whose end was an answer can be asked again', () =>
      connected(async (client, socket) => {
        const answering = prereadSocket(socket);
        client.end(HALF_HELLO);
        const answer = await answering;
        expect(answer).toMatchObject({ ...truncatedHello, ended: 'end' });
        expect(await prereadSocket(socket)).toEqual(answer);
        expect(await all(socket)).toEqual(Buffer.from(HALF_HELLO));
      }));
  });

  test('right behind a request: it counts for nothing', () =>
    connected(async (client, socket) => {
      const answering = prereadSocket(socket);
      client.end(GET);
      expect(await answering).toMatchObject({ value: { host: 'www.example.com' }, ended: undefined });
      expect(await all(socket)).toEqual(Buffer.from(GET));
    }));

  test('a socket that was read to its end: silent', () =>
    connected(
      async (client, socket) => {
        client.end('read by somebody');
        await all(socket);
        expect(await prereadSocket(socket)).toMatchObject({ ...silent, ended: 'end', bytes: NOTHING });
      },
      { allowHalfOpen: true },
    ));

  test.each([
    ['nothing', NOTHING],
    ['half a hello', HALF_HELLO],
    ['a request', GET],
  ])('leaves a half-open socket writable: behind %s', (_, opening) =>
    connected(
      async (client, socket) => {
        const answering = prereadSocket(socket);
        client.end(opening);
        const { ended } = await answering;
        expect(ended).toBe(opening === GET ? undefined : 'end');
        socket.end('an answer');
        expect(await text(client)).toBe('an answer');
      },
      { allowHalfOpen: true },
    ),
  );
});

describe.concurrent('a connection that fails', () => {
  test.each([
    ['without a byte', NOTHING, silent],
    ['in half a hello', HALF_HELLO, truncatedHello],
  ])('by a reset %s: what the bytes so far are, and the error', (_, opening, expected) =>
    connected(async (client, socket) => {
      const answering = prereadSocket(socket);
      await send(client, [opening]);
      await until(() => socket.bytesRead === opening.length);
      client.resetAndDestroy();
      const answer = await answering;
      expect(answer).toMatchObject({ ...expected, ended: 'reset', error: { code: 'ECONNRESET' } });
      expect(answer.bytes).toEqual(opening);
      expect(socket.destroyed).toBe(true);
    }),
  );

  test('shows the header that came before', () =>
    connected(async (client, socket) => {
      const answering = prereadSocket(socket, { proxy: 'require' });
      await send(client, [V2]);
      await until(() => socket.bytesRead === V2.length);
      client.resetAndDestroy();
      expect(await answering).toMatchObject({ ...silent, ended: 'reset', proxy: { source: CLIENT } });
    }));

  test('because its owner destroys it: without an error, or with the one that was given', async () => {
    const reason = new Error('no more');
    for (const error of [undefined, reason]) {
      await connected(async (client, socket) => {
        const answering = prereadSocket(socket);
        client.write(HALF_HELLO);
        await until(() => socket.bytesRead === HALF_HELLO.length);
        socket.destroy(error);
        const answer = await answering;
        expect(answer).toMatchObject({ ...truncatedHello, ended: 'reset' });
        expect(answer.error).toBe(error);
      });
    }
  });

  test('before the call: reset, without an error', () =>
    connected(async (_, socket) => {
      socket.destroy();
      expect(await prereadSocket(socket)).toMatchObject({ ...silent, ended: 'reset', error: undefined });
      await until(() => socket.closed);
      expect(await prereadSocket(socket)).toMatchObject({ ...silent, ended: 'reset', error: undefined });
    }));

  test('before the call, with an error: reset, and that error', () =>
    connected(async (_, socket) => {
      const reason = new Error('no more');
      socket.on('error', () => {}).destroy(reason);
      expect((await prereadSocket(socket)).error).toBe(reason);
      await until(() => socket.closed);
      expect((await prereadSocket(socket)).error).toBe(reason);
    }));

  test('after the answer: its error is the owner’s again', () =>
    connected(async (client, socket) => {
      const answering = prereadSocket(socket);
      client.write(GET);
      await answering;
      const errors: unknown[] = [];
      socket.on('error', (error) => errors.push(error));
      client.resetAndDestroy();
      await until(() => socket.closed);
      expect(errors).toMatchObject([{ code: 'ECONNRESET' }]);
    }));
});

describe('the deadline', () => {
  test.concurrent('counts from the call, however the bytes trickle in, and they are still to be read', async () => {
    const timeout = IN_TIME;
    const run = (front: Uint8Array, opening: Uint8Array): Promise<void> =>
      connected(async (client, socket) => {
        client.write(concat([front, opening.subarray(0, 40)]));
        let at = 40;
        let isOver = false;
        const trickling = (async () => {
          for (; !isOver && at < opening.length - 1; at++) {
            client.write(opening.subarray(at, at + 1));
            await setTimeout(30);
          }
        })();
        const [answer, took] = await elapsed(prereadSocket(socket, { ...optionsFor(front), timeout }));
        isOver = true;
        expect(answer).toMatchObject({ status: 'malformed', ended: 'timeout', error: undefined });
        expect(took).toBeGreaterThanOrEqual(timeout / 2);
        expect(took).toBeLessThan(timeout + PROMPT);
        expect(answer.bytes.length).toBeGreaterThan(front.length + 40);
        await trickling;
        client.end(opening.subarray(at));
        expect(await all(socket)).toEqual(Buffer.from(opening));
      });
    await Promise.all([run(NOTHING, HELLO), run(V1, HELLO), run(V2, GET)]);
  });

  test.concurrent('of one who says nothing: silent, and the bytes that come later are there', () =>
    connected(async (client, socket) => {
      const [answer, took] = await elapsed(prereadSocket(socket, { timeout: 50 }));
      expect(answer).toMatchObject({ ...silent, ended: 'timeout', bytes: NOTHING });
      expect(took).toBeGreaterThanOrEqual(25);
      expect(took).toBeLessThan(PROMPT);
      await setTimeout(5);
      client.end(GET);
      expect(await all(socket)).toEqual(Buffer.from(GET));
    }),
  );

  test.concurrent('of one who sends no header where one must be', () =>
    connected(async (_, socket) => {
      const answer = await prereadSocket(socket, { timeout: 20, proxy: 'require' });
      expect(answer).toMatchObject({ status: 'malformed', code: 'preread.proxy.missing', ended: 'timeout' });
    }),
  );

  test('of 0 ms: what is there already', () =>
    connected(async (client, socket) => {
      client.end(GET);
      await until(() => socket.readableLength === GET.length);
      expect(await prereadSocket(socket, { timeout: 0 })).toMatchObject({ value: { protocol: 'http1' }, ended: undefined });
    }));

  describe('by a clock that is set', () => {
    const withClock = async (run: () => Promise<void>): Promise<void> => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
      try {
        await run();
      } finally {
        vi.useRealTimers();
      }
    };
    const settled = (promise: Promise<unknown>): (() => boolean) => {
      let is = false;
      promise.then(
        () => (is = true),
        () => (is = true),
      );
      return () => is;
    };

    test.each([
      ['unless given, it is 10 seconds', undefined, 10_000],
      ['the longest is 2^31-1 ms', 2 ** 31 - 1, 2 ** 31 - 1],
    ])('%s', (_, timeout, milliseconds) =>
      withClock(async () => {
        const answering = prereadSocket(new PassThrough(), { timeout });
        const isSettled = settled(answering);
        vi.advanceTimersByTime(milliseconds - 1);
        await setImmediate();
        expect(isSettled()).toBe(false);
        vi.advanceTimersByTime(1);
        expect(await answering).toMatchObject({ ...silent, ended: 'timeout' });
      }),
    );

    test('Infinity is none', () =>
      withClock(async () => {
        const stream = new PassThrough();
        const answering = prereadSocket(stream, { timeout: Infinity });
        expect(vi.getTimerCount()).toBe(0);
        vi.advanceTimersByTime(2 ** 40);
        stream.write(GET);
        expect(await answering).toMatchObject({ value: { protocol: 'http1' }, ended: undefined });
      }));

    test('nothing goes on counting after an answer', () =>
      withClock(async () => {
        const stream = new PassThrough();
        const controller = new AbortController();
        const answering = [
          prereadSocket(stream),
          prereadSocket(new PassThrough().end(HALF_HELLO)),
          prereadSocket(new PassThrough().destroy()),
          prereadSocket(new PassThrough(), { signal: controller.signal }).catch(() => {}),
        ];
        stream.write(GET);
        controller.abort();
        await Promise.all(answering);
        expect(vi.getTimerCount()).toBe(0);
      }));
  });
});

describe('options that are none reject, and leave the stream alone', () => {
  const untouched = async (options: unknown, error: ErrorConstructor, message?: string): Promise<void> => {
    const stream = new PassThrough();
    const before = listenerCounts(stream);
    const answering = prereadSocket(stream, options as AdapterOptions);
    await expect(answering).rejects.toThrow(error);
    if (message !== undefined) await expect(answering).rejects.toThrow(message);
    expect(listenerCounts(stream)).toEqual(before);
    expect(stream.readableFlowing).toBe(null);
  };

  test.each(['x', '100', null, true, {}, 5n])('a timeout that is no number: %o', (timeout) =>
    untouched({ timeout }, TypeError, 'timeout must be a number'),
  );
  test.each([NaN, -1, -Infinity, 2 ** 31])('a timeout that is out of range: %d', (timeout) =>
    untouched({ timeout }, RangeError, 'timeout must be from 0 to 2147483647, or Infinity'),
  );
  test('what createPreread refuses', async () => {
    await untouched({ proxy: 'yes' }, TypeError, "proxy must be 'forbid', 'require' or 'optional'");
  });

  test('a stream of text or of objects', async () => {
    const stream = new PassThrough();
    stream.setEncoding('utf8').write(GET);
    await expect(prereadSocket(stream)).rejects.toThrow(new TypeError('socket must give bytes'));
    expect(stream.read()).toBe(Buffer.from(GET).toString());
    await expect(prereadSocket(Readable.from(['a']))).rejects.toThrow(TypeError);
  });
});

describe('a signal', () => {
  const reason = new Error('no longer of interest');

  test('that is aborted already: rejects with its reason, and nothing was read', () =>
    connected(async (client, socket) => {
      const before = listenerCounts(socket);
      await expect(prereadSocket(socket, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(listenerCounts(socket)).toEqual(before);
      client.end(GET);
      expect(await all(socket)).toEqual(Buffer.from(GET));
    }));

  test.each(Object.entries(fronts))('that is aborted meanwhile: rejects with its reason, and every byte is back: %s', (_, front) =>
    connected(async (client, socket) => {
      const controller = new AbortController();
      const before = listenerCounts(socket);
      const answering = prereadSocket(socket, { ...optionsFor(front), signal: controller.signal });
      await send(client, cuts['byte by byte'](concat([front, HELLO.subarray(0, 60)])));
      await until(() => socket.bytesRead === front.length + 60);
      await setImmediate();
      controller.abort(reason);
      await expect(answering).rejects.toBe(reason);
      await setImmediate();
      expect(listenerCounts(socket)).toEqual(before);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
      client.end(HELLO.subarray(60));
      expect(await all(socket)).toEqual(Buffer.from(concat([front, HELLO])));
    }),
  );

  test.each(Object.entries(consumers))('that is aborted meanwhile leaves the socket as it was by the time it rejects: to %s', (_, consume) =>
    connected(async (client, socket) => {
      const controller = new AbortController();
      const answering = prereadSocket(socket, { signal: controller.signal, proxy: 'require' });
      client.write(V2);
      await until(() => socket.bytesRead === V2.length);
      controller.abort(reason);
      const consuming = answering.catch(() => consume(socket));
      client.end(GET);
      expect(await consuming).toEqual(Buffer.from(concat([V2, GET])));
    }),
  );

  test('that is aborted meanwhile does not pause again what is resumed once it rejects', async () => {
    const stream = new PassThrough();
    stream.pause();
    const controller = new AbortController();
    const answering = prereadSocket(stream, { signal: controller.signal });
    stream.write(HALF_HELLO);
    await setImmediate();
    // In a microtask, as after any await.
    await Promise.resolve().then(() => controller.abort(reason));
    await answering.catch(() => stream.resume());
    await setImmediate();
    expect(stream.isPaused()).toBe(false);
  });

  test('that is aborted in the same tick as an answer: whatever comes of it, no byte of the header is lost', async () => {
    const controller = new AbortController();
    const stream = new PassThrough();
    const answering = prereadSocket(stream, { proxy: 'require', signal: controller.signal });
    stream.once('readable', () => controller.abort(reason));
    stream.end(concat([V2, GET]));
    const rejected = await answering.then(
      () => false,
      () => true,
    );
    expect(await all(stream)).toEqual(Buffer.from(rejected ? concat([V2, GET]) : GET));
  });

  test('that is aborted after the answer: nothing happens', () =>
    connected(async (client, socket) => {
      const controller = new AbortController();
      client.write(concat([V1, GET]));
      const answer = await prereadSocket(socket, { proxy: 'require', signal: controller.signal });
      controller.abort(reason);
      expect(answer).toMatchObject({ value: { protocol: 'http1' } });
      client.end();
      expect(await all(socket)).toEqual(Buffer.from(GET));
    }));

  test('serves hundreds of sockets at once, and nothing is left on it', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    setMaxListeners(0, signal); // Node.js 20 warns at the eleventh, later ones do not
    const streams = Array.from({ length: 300 }, () => new PassThrough());
    const answering = streams.map((stream) => prereadSocket(stream, { signal }));
    await setImmediate();
    for (const stream of streams.slice(0, 150)) stream.write(GET);
    await Promise.all(answering.slice(0, 150));
    controller.abort(reason);
    const rest = await Promise.allSettled(answering.slice(150));
    expect(rest).toEqual(rest.map(() => ({ status: 'rejected', reason })));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe.concurrent('the socket is as it was', () => {
  const endings: Readonly<Record<string, (client: Socket, socket: Socket) => void>> = {
    'an answer': (client) => client.write(GET),
    'an answer that refuses': (client) => client.write(V1),
    'the end': (client) => client.end(HALF_HELLO),
    'a reset': (client) => client.resetAndDestroy(),
    'being destroyed': (_, socket) => socket.destroy(),
    'the deadline': (client) => client.write(HALF_HELLO),
  };
  test.each(Object.entries(endings))('without a listener on it or the signal after %s', (_, end) =>
    connected(async (client, socket) => {
      const before = listenerCounts(socket);
      const { signal } = new AbortController();
      const answering = prereadSocket(socket, { signal, timeout: end === endings['the deadline'] ? 50 : PROMPT });
      expect(listenerCounts(socket)).not.toEqual(before);
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      end(client, socket);
      await answering;
      expect(listenerCounts(socket)).toEqual(before);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    }),
  );

  test('neither paused nor flowing where it was neither', () =>
    connected(async (client, socket) => {
      client.write(GET);
      expect([socket.isPaused(), socket.readableFlowing]).toEqual([false, null]);
      await prereadSocket(socket);
      expect([socket.isPaused(), socket.readableFlowing]).toEqual([false, null]);
    }));

  test.each([
    ['paused by its owner', {}],
    ['of a server with pauseOnConnect', { pauseOnConnect: true }],
  ])('paused, where it was %s', (_, options) =>
    connected(async (client, socket) => {
      if (!('pauseOnConnect' in options)) socket.pause();
      expect(socket.isPaused()).toBe(true);
      const answering = prereadSocket(socket, { proxy: 'require' });
      await send(client, cuts['byte by byte'](concat([V2, GET])));
      expect(await answering).toMatchObject({ value: { protocol: 'http1' } });
      expect(socket.isPaused()).toBe(true);
      client.end('more');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      await setTimeout(10);
      expect(chunks).toEqual([]);
      socket.resume();
      await once(socket, 'end');
      expect(Buffer.concat(chunks)).toEqual(Buffer.from(concat([GET, bytes('more')])));
    }, options),
  );

  test('paused also where it was given up', () =>
    connected(async (client, socket) => {
      socket.pause();
      const controller = new AbortController();
      const answering = prereadSocket(socket, { signal: controller.signal });
      client.write(HALF_HELLO);
      await until(() => socket.bytesRead > 0);
      controller.abort();
      await expect(answering).rejects.toThrow();
      await setImmediate();
      expect(socket.isPaused()).toBe(true);
      client.end();
      socket.resume();
      expect(await all(socket)).toEqual(Buffer.from(HALF_HELLO));
    }));
});

describe('the bounds of createPreread hold', () => {
  test('maxBytes, and no more is waited for', () =>
    connected(async (client, socket) => {
      client.write(HALF_HELLO);
      const answer = await prereadSocket(socket, { maxBytes: 64 });
      expect(answer).toMatchObject({ status: 'malformed', code: 'tls.handshake.limit', ended: undefined });
      client.end();
      expect(await all(socket)).toEqual(Buffer.from(HALF_HELLO));
    }));

  test('those of the header and the head', () =>
    connected(async (client, socket) => {
      client.write(concat([V2, GET]));
      const answer = await prereadSocket(socket, { proxy: 'require', proxyHeader: { maxBytes: 20 } });
      expect(answer).toMatchObject({ status: 'malformed', code: 'proxy.header.limit' });
      const again = await prereadSocket(socket, { proxy: 'require', http: { maxLineBytes: 10 } });
      expect(again).toMatchObject({ status: 'malformed', code: 'http.line.limit', proxy: { source: CLIENT } });
    }));

  test('bytes are a copy: to change them changes nothing else', () =>
    connected(async (client, socket) => {
      client.end(HELLO);
      const answer = await prereadSocket(socket);
      answer.bytes.fill(0);
      if (answer.status !== 'complete' || answer.value.protocol !== 'tls') expect.fail();
      expect(answer.value.tls.toJSON().random).toBe(Buffer.from(HELLO.subarray(11, 43)).toString('hex'));
      expect(await all(socket)).toEqual(Buffer.from(HELLO));
    }));
});

const everybody = (): boolean => true;

/** What a handler learns of a connection, as text. */
function seen(socket: Socket): string {
  return JSON.stringify({
    address: socket.remoteAddress,
    port: socket.remotePort,
    family: socket.remoteFamily,
    command: proxyHeader(socket)?.command,
    source: proxyHeader(socket)?.source,
    serverName: clientHello(socket)?.serverName,
    ends: endpoints(socket),
  });
}

/** What {@link seen} says of a connection that came by a balancer. */
const relayed = (name: keyof typeof kinds): object => ({
  ...{ address: CLIENT.address, port: CLIENT.port, family: CLIENT.family, command: 'PROXY', source: CLIENT },
  ...(isSecure(name) && { serverName: { kind: 'dns', host: 'a.example.com' } }),
  ends: { source: CLIENT, destination: SERVICE },
});

/** What it says of one that came by itself, or for the balancer itself. */
const direct = (name: keyof typeof kinds, socket: Socket): object => ({
  ...{ address: '127.0.0.1', port: socket.localPort, family: 'IPv4' },
  ...(isSecure(name) && { serverName: { kind: 'dns', host: 'a.example.com' } }),
  ends: {
    source: { family: 'IPv4', address: '127.0.0.1', port: socket.localPort },
    destination: { family: 'IPv4', address: '127.0.0.1', port: socket.remotePort },
  },
});

/** What was refused: the code, where, and the address of the one who sent it. */
type Refusal = readonly [code: PrereadCode, offset: number, address: string | undefined];
function noting(refusals: Refusal[]): (outcome: Malformed<PrereadCode>, socket: Socket) => void {
  return ({ code, offset }, { remoteAddress }) => refusals.push([code, offset, remoteAddress]);
}

async function dialBehind(place: Place, front: Uint8Array): Promise<Socket> {
  const socket = await dial(place);
  socket.write(front);
  return socket;
}

describe.concurrent('acceptProxy', () => {
  describe.each(kindNames)('shows the client that the header names, to a server of %s', (name) => {
    const { create, ask } = kinds[name];
    test('whatever the version and however it comes', () =>
      listening(acceptProxy(create(seen), { trusted: everybody }), async (place) => {
        const told = Object.values(headers).flatMap((front) => [
          ...Object.values(cuts).map(async (cut) => ask(new Wire(await dial(place), front, cut))),
          (async () => {
            const socket = await dialBehind(place, front);
            await setImmediate();
            return ask(socket);
          })(),
        ]);
        for (const each of await Promise.all(told)) expect(JSON.parse(each)).toEqual(relayed(name));
      }));

    test('and whoever sends none and need not, under its own address', () =>
      listening(acceptProxy(create(seen), { trusted: () => false }), async (place) => {
        const sockets = [await dial(place), await dial(place)] as const;
        const own = sockets.map((socket) => direct(name, socket));
        const told = await Promise.all([ask(sockets[0]), ask(new Wire(sockets[1], NOTHING, cuts['byte by byte']))]);
        expect(told.map((each) => JSON.parse(each) as unknown)).toEqual(own);
      }));
  });

  describe.each(['net', 'https', 'http2'] as const)('shows on a server of %s', (name) => {
    const { create, ask } = kinds[name];
    test.each([
      ['LOCAL', LOCAL, 'LOCAL'],
      ['UNKNOWN', proxyV1('UNKNOWN'), 'PROXY'],
      ['UNKNOWN with addresses, which do not count', proxyV1('UNKNOWN 192.0.2.1 198.51.100.1 1 2'), 'PROXY'],
      ['UNSPEC', proxyV2({ fam: 0, addresses: [] }), 'PROXY'],
    ])('the connection’s own addresses where the header is %s', (_, front, command) =>
      listening(acceptProxy(create(seen), { trusted: everybody }), async (place) => {
        const socket = await dial(place);
        const own = { ...direct(name, socket), command };
        expect(JSON.parse(await ask(new Wire(socket, front, cuts['in one write'])))).toEqual(own);
      }),
    );

    test('addresses of IPv6, and none where the header names a UNIX socket', () =>
      listening(acceptProxy(create(seen), { trusted: everybody }), async (place) => {
        const told = async (source: Endpoint, destination: Endpoint, encode: typeof encodeProxyV2): Promise<object> => {
          const front = encode({ source, destination });
          return JSON.parse(await ask(new Wire(await dial(place), front, cuts['in one write']))) as object;
        };
        const [source, destination] = [
          { family: 'IPv6', address: '2001:db8::1', port: 1 },
          { family: 'IPv6', address: '2001:db8::2', port: 2 },
        ] as const;
        const { serverName } = relayed(name) as { serverName?: object };
        const common = { command: 'PROXY', ...(serverName && { serverName }) };
        const over6 = { ...common, address: '2001:db8::1', port: 1, family: 'IPv6', source, ends: { source, destination } };
        expect(await told(source, destination, encodeProxyV1)).toEqual(over6);
        expect(await told(source, destination, encodeProxyV2)).toEqual(over6);
        const paths = { source: { family: 'unix', path: '/run/a' }, destination: { family: 'unix', path: '/run/b' } } as const;
        expect(await told(paths.source, paths.destination, encodeProxyV2)).toEqual({ ...common, source: paths.source, ends: paths });
      }));
  });

  test('gives the server back, and nothing more is to be seen of it', () => {
    const server = net.createServer();
    expect(acceptProxy(server, {})).toBe(server);
    expect(server.listenerCount('connection')).toBe(0);
    expectTypeOf(acceptProxy(https.createServer(), {})).toEqualTypeOf<https.Server>();
    expectTypeOf(acceptProxy(http2.createSecureServer(), {})).toEqualTypeOf<http2.Http2SecureServer>();
    expectTypeOf(proxyHeader(new Socket())).toEqualTypeOf<ProxyHeader | undefined>();
    expectTypeOf(clientHello(new Socket())).toEqualTypeOf<ClientHello | undefined>();
    expect([proxyHeader(new Socket()), clientHello({}), endpoints(new Socket())]).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ['nobody who could be asked', { trusted: ['127.0.0.1'] }, TypeError, 'trusted must be a net.BlockList or a function'],
    ['null', { trusted: null }, TypeError, 'trusted must be'],
    ['a timeout that is none', { timeout: 'x' }, TypeError, 'timeout must be'],
    ['a timeout that is out of range', { timeout: 2 ** 31 }, RangeError, 'timeout must be'],
    ['a negative timeout', { timeout: -1 }, RangeError, 'timeout must be'],
  ])('options that are none throw, and change nothing: %s', (_, options, error, message) => {
    const server = net.createServer();
    const { emit } = server;
    const call = (): unknown => acceptProxy(server, options as unknown as AcceptProxyOptions);
    expect(call).toThrow(error);
    expect(call).toThrow(message);
    expect(server.emit).toBe(emit);
  });

  test('the header is there with its TLVs, and the hello with what is in it', async () => {
    const told: unknown[] = [];
    const server = https.createServer(localhost, ({ socket }, response) => {
      told.push(proxyHeader(socket), clientHello(socket)?.alpnProtocols);
      response.end();
    });
    await listening(acceptProxy(server, { trusted: everybody }), async (place) => {
      const front = checksummed(proxyV2({ tlvs: [tlv(3, 0, 0, 0, 0), tlv(5, 'an id')] }), 31);
      const decoded = decodeProxyV2(front);
      await getBy1(secure(await dialBehind(place, front), { ALPNProtocols: ['http/1.1', 'x'] }));
      if (decoded.status !== 'complete') expect.fail();
      expect(told).toEqual([decoded.value, ['http/1.1', 'x']]);
    });
  });

  test('listeners see the client whenever they were added, once if they are to be called once', async () => {
    for (const [create, ask] of [
      [() => net.createServer(), say],
      [() => http.createServer((_, response) => response.end('served')), kinds.http.ask],
      [() => https.createServer(localhost, (_, response) => response.end('served')), kinds.https.ask],
    ] as const) {
      const told: [who: string, socket: string][] = [];
      const note =
        (who: string) =>
        (socket: Socket): unknown =>
          told.push([who, `${socket.remoteAddress} ${socket.remotePort} ${socket.remoteFamily}`]);
      const server: Server = create();
      server.on('connection', note('before')).once('connection', note('before, once'));
      acceptProxy(server, { trusted: everybody });
      server.on('connection', note('after')).once('connection', note('after, once')).prependListener('connection', note('first'));
      if (ask === say) server.on('connection', (socket: Socket) => socket.once('data', () => socket.end('served')));
      await listening(server, async (place) => {
        expect(await ask(await dialBehind(place, V1))).toBe('served');
        expect(await ask(await dialBehind(place, V2))).toBe('served');
      });
      const all = ['first', 'before', 'before, once', 'after', 'after, once'];
      const again = ['first', 'before', 'after'];
      expect(told).toEqual([...all, ...again].map((who) => [who, '192.0.2.1 56324 IPv4']));
    }
  });

  test('once() and on() of node:events wait for the connection behind the header', async () => {
    const server = acceptProxy(net.createServer(), { trusted: everybody });
    await listening(server, async (place) => {
      const accepted = once(server, 'connection');
      await dialBehind(place, V1);
      const [socket] = (await accepted) as [Socket];
      expect(socket.remoteAddress).toBe(CLIENT.address);
    });
  });

  test('emit says whether anybody listens, and connections that are no sockets pass by', () => {
    const server = acceptProxy(net.createServer(), { trusted: everybody });
    expect(server.emit('connection', new Socket().destroy())).toBe(false);
    expect(server.emit('something', 1)).toBe(false);
    const told: unknown[] = [];
    server.on('connection', (socket) => told.push(socket)).on('something', (...args) => told.push(args));
    expect(server.emit('connection', new Socket().destroy())).toBe(true);
    const stream = new PassThrough();
    expect(server.emit('connection', stream)).toBe(true);
    expect(server.emit('something', 1, 2)).toBe(true);
    expect(told).toEqual([stream, [1, 2]]);
  });

  describe('whoever is handed a socket sees the client', () => {
    type Told = (socket: Socket) => void;
    const raw =
      (...lines: readonly string[]) =>
      async (socket: Duplex): Promise<unknown> => {
        socket.write(`${lines.join('\r\n')}\r\n\r\n`);
        return untilClose(socket);
      };
    const GARBAGE = raw('garbage: of no protocol');
    const requestOf = (first: string, ...lines: string[]): Kind['ask'] =>
      raw(first, 'Host: a', ...lines) as Kind['ask'];
    const noop = (): void => {};
    const secureServer = (event: string, index: number, options: tls.TlsOptions = {}) => (tell: Told) =>
      tls
        .createServer({ ...localhost, ...options }, (socket) => socket.on('error', noop).end())
        .on(event, (...args: unknown[]) => tell(args[index] as Socket));
    const httpServer = (event: string) => (tell: Told) =>
      http.createServer().on(event, ({ socket }: http.IncomingMessage) => {
        tell(socket);
        socket.destroy();
      });

    const rows: Readonly<Record<string, readonly [create: (tell: Told) => Server, ask: (socket: Socket) => Promise<unknown>]>> = {
      "'connection' of tls": [secureServer('connection', 0), (socket) => untilClose(secure(socket))],
      "'secureConnection'": [secureServer('secureConnection', 0), (socket) => untilClose(secure(socket))],
      "'tlsClientError'": [secureServer('tlsClientError', 1), GARBAGE],
      "'tlsClientError' of who is gone": [
        secureServer('tlsClientError', 1),
        async (socket) => {
          socket.end(HALF_HELLO);
          await untilClose(socket);
        },
      ],
      "'tlsClientError' of who is too slow": [secureServer('tlsClientError', 1, { handshakeTimeout: IN_TIME }), () => setTimeout(IN_TIME)],
      "'keylog'": [secureServer('keylog', 1), (socket) => untilClose(secure(socket))],
      "'connection', at the time of SNICallback": [
        (tell) => {
          let accepted: Socket;
          const SNICallback: tls.TlsOptions['SNICallback'] = (_, done) => {
            tell(accepted);
            done(null);
          };
          return tls
            .createServer({ ...localhost, SNICallback }, (socket) => socket.end())
            .on('connection', (socket) => (accepted = socket));
        },
        (socket) => untilClose(secure(socket)),
      ],
      "'clientError' of http": [
        (tell) =>
          http.createServer().on('clientError', (_, socket) => {
            tell(socket as Socket);
            socket.destroy();
          }),
        GARBAGE,
      ],
      "'clientError' of https": [
        (tell) =>
          https.createServer(localhost).on('clientError', (_, socket) => {
            tell(socket as Socket);
            socket.destroy();
          }),
        (socket) => GARBAGE(secure(socket)),
      ],
      "'upgrade'": [httpServer('upgrade'), requestOf('GET / HTTP/1.1', 'Connection: Upgrade', 'Upgrade: x')],
      "'connect'": [httpServer('connect'), requestOf('CONNECT a:1 HTTP/1.1')],
      "'checkContinue'": [httpServer('checkContinue'), requestOf('POST / HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 5')],
      "'checkExpectation'": [httpServer('checkExpectation'), requestOf('POST / HTTP/1.1', 'Expect: x', 'Content-Length: 5')],
      "'session' of http2": [
        (tell) =>
          http2.createServer().on('session', (session: http2.ServerHttp2Session) => {
            tell(session.socket);
            session.destroy();
          }),
        (socket) => getBy2(socket).catch(noop),
      ],
      "'stream' of http2, secure": [
        (tell) =>
          http2.createSecureServer(localhost).on('stream', (stream: http2.ServerHttp2Stream) => {
            tell(stream.session!.socket);
            stream.session!.destroy();
          }),
        (socket) => getBy2(secure(socket, { ALPNProtocols: ['h2'] })).catch(noop),
      ],
      "'unknownProtocol' of http2": [
        (tell) =>
          http2.createSecureServer(localhost).on('unknownProtocol', (socket: Socket) => {
            tell(socket);
            socket.destroy();
          }),
        (socket) => untilClose(secure(socket, { ALPNProtocols: [] })),
      ],
      "'timeout' of http": [
        (tell) =>
          http.createServer().setTimeout(30, (socket) => {
            tell(socket);
            socket.destroy();
          }),
        (socket) => untilClose(socket),
      ],
    };
    test.each(Object.entries(rows))('%s', async (_, [create, ask]) => {
      const told: string[] = [];
      const server = create((socket) => told.push(`${socket.remoteAddress} ${socket.remotePort} ${socket.remoteFamily}`));
      await listening(acceptProxy(server, { trusted: everybody }), async (place) => {
        await ask(await dialBehind(place, V2));
        await until(() => told.length > 0);
      });
      expect(told).toEqual(told.map(() => '192.0.2.1 56324 IPv4'));
    });
  });

  test('does not wait for a hello longer than for a header: then the hello is not known, and the client is', async () => {
    const server = kinds.https.create(seen);
    await listening(acceptProxy(server, { trusted: everybody, timeout: IN_TIME }), async (place) => {
      const accepted = once(server, 'connection');
      const [socket, took] = await elapsed(
        (async () => {
          const socket = await dialBehind(place, V2);
          await accepted;
          return socket;
        })(),
      );
      expect(took).toBeGreaterThanOrEqual(IN_TIME / 2);
      expect(took).toBeLessThan(PROMPT);
      const { serverName: _, ...withoutHello } = relayed('https') as { serverName?: unknown };
      expect(JSON.parse(await kinds.https.ask(socket))).toEqual(withoutHello);
    });
  });

  test('a hello that is malformed is taken if the server takes it, and is not known', async () => {
    // RFC 8446 5.1 forbids empty records of a handshake; OpenSSL takes some.
    await listening(acceptProxy(kinds.tls.create(seen), { trusted: everybody }), async (place) => {
      const empty = bytes(22, 3, 1, 0, 0);
      const socket = new Wire(await dial(place), concat([V2, empty]), cuts['in one write']);
      const { serverName: _, ...withoutHello } = relayed('tls') as { serverName?: unknown };
      expect(JSON.parse(await kinds.tls.ask(socket))).toEqual(withoutHello);
    });
  });

  test.each(kindNames)('leaves connections that are no sockets to a server of %s', async (name) => {
    const server = acceptProxy(kinds[name].create(() => 'served'), { trusted: everybody });
    const [own, theirs] = pair();
    server.emit('connection', theirs);
    expect(await kinds[name].ask(own)).toBe('served');
  });

  test('keeps what is known of a connection that is closed', async () => {
    const server = tls.createServer(localhost);
    const closed = new Promise<Socket>((resolve) =>
      server.on('secureConnection', (socket) => socket.on('close', () => resolve(socket)).end('served')),
    );
    await listening(acceptProxy(server, { trusted: everybody }), async (place) => {
      await untilClose(secure(await dialBehind(place, V2)));
      const socket = await closed;
      expect(socket.destroyed).toBe(true);
      const { ends: _ends, ...others } = relayed('tls') as Record<string, unknown>;
      expect(JSON.parse(seen(socket))).toEqual(others);
    });
  });

  test('a socket of TLS is closed where what it came by is not to be found', async () => {
    const server = acceptProxy(tls.createServer(localhost), { trusted: everybody });
    const served: Socket[] = [];
    server.on('secureConnection', (socket) => served.push(socket));
    const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: '127.0.0.1' });
    expect(server.emit('secureConnection', socket)).toBe(true);
    expect(socket.destroyed).toBe(true);
    expect(served).toEqual([socket]);
  });

  describe('on a UNIX socket', () => {
    test('with a header, TLS behind it: the client; without one: none', async () => {
      const where = (): ListenOptions => ({ path: newPath() });
      const { create, ask } = kinds.https;
      await listening(
        acceptProxy(create(seen), { trusted: everybody }),
        async (place) => {
          expect(JSON.parse(await ask(await dialBehind(place, V2)))).toEqual(relayed('https'));
          expect(JSON.parse(await ask(await dialBehind(place, LOCAL)))).toEqual({
            command: 'LOCAL',
            serverName: { kind: 'dns', host: 'a.example.com' },
          });
        },
        where(),
      );
      const refusals: Refusal[] = [];
      await listening(
        acceptProxy(create(seen), { trusted: new BlockList(), onRefused: noting(refusals) }),
        async (place) => {
          expect(JSON.parse(await ask(await dial(place)))).toEqual({ serverName: { kind: 'dns', host: 'a.example.com' } });
          expect(await untilClose(await dialBehind(place, V2))).toBe('');
        },
        where(),
      );
      expect(refusals).toEqual([['preread.proxy.unexpected', 0, undefined]]);
    });

    test('also one that another server accepted, and hands to one that listens on a port', async () => {
      const refusals: Refusal[] = [];
      const server = acceptProxy(net.createServer(reply(seen)), { trusted: new BlockList(), onRefused: noting(refusals) });
      const byPath = net.createServer((socket) => server.emit('connection', socket));
      await listening(server, () =>
        listening(
          byPath,
          async (place) => {
            const socket = await dial(place);
            expect(JSON.parse(await kinds.net.ask(socket))).toEqual({});
          },
          { path: newPath() },
        ),
      );
      expect(refusals).toEqual([]);
    });
  });
});

describe('trusted', () => {
  /** The address that a server sees, and of which kind that is; undefined where the connection was refused. */
  const addressBy = async (options: AcceptProxyOptions, front: Uint8Array, where?: ListenOptions): Promise<string | undefined> => {
    const server = net.createServer(reply((socket) => socket.remoteAddress ?? 'none'));
    return listening(
      acceptProxy(server, options),
      async (place) => {
        const socket = await dialBehind(place, front);
        socket.write('hello');
        return (await untilClose(socket)) || undefined;
      },
      where,
    );
  };
  const listOf = (fill: (list: BlockList) => void): BlockList => {
    const list = new BlockList();
    fill(list);
    return list;
  };

  test('is nobody unless given', async () => {
    expect(await addressBy({}, NOTHING)).toBe('127.0.0.1');
    expect(await addressBy({}, V1)).toBe(undefined);
    expect(await addressBy({ trusted: undefined }, V2)).toBe(undefined);
    expect(await addressBy({ trusted: new BlockList() }, V2)).toBe(undefined);
  });

  const over4: readonly (readonly [what: string, list: BlockList, is: boolean])[] = [
    ['the address', listOf((list) => list.addAddress('127.0.0.1')), true],
    ['a range', listOf((list) => list.addRange('127.0.0.0', '127.0.0.9')), true],
    ['a subnet', listOf((list) => list.addSubnet('127.0.0.0', 8)), true],
    ['another address', listOf((list) => list.addAddress('127.0.0.2')), false],
    ['another range', listOf((list) => list.addRange('127.0.0.2', '127.0.0.9')), false],
    ['an address of IPv6', listOf((list) => list.addAddress('::1', 'ipv6')), false],
  ];
  test.each(over4)('is a list with %s', async (_, trusted, is) => {
    expect(await addressBy({ trusted }, V1)).toBe(is ? CLIENT.address : undefined);
    expect(await addressBy({ trusted, timeout: PROMPT }, NOTHING)).toBe(is ? undefined : '127.0.0.1');
  });

  test.skipIf(!hasIPv6).each(over4)('is a list with %s, where the server listens on :: and sees mapped addresses', async (_, trusted, is) => {
    const where = { host: '::', port: 0 };
    expect(await addressBy({ trusted }, V1, where)).toBe(is ? CLIENT.address : undefined);
    expect(await addressBy({ trusted, timeout: PROMPT }, NOTHING, where)).toBe(is ? undefined : '::ffff:127.0.0.1');
  });

  test.skipIf(!hasIPv6).each([
    ['the address', listOf((list) => list.addAddress('::1', 'ipv6')), true],
    ['a subnet', listOf((list) => list.addSubnet('::', 64, 'ipv6')), true],
    ['a range', listOf((list) => list.addRange('::1', '::9', 'ipv6')), true],
    ['another address', listOf((list) => list.addAddress('::2', 'ipv6')), false],
    ['an address of IPv4', listOf((list) => list.addAddress('127.0.0.1')), false],
  ])('is a list with %s, over IPv6', async (_, trusted, is) => {
    const where = { host: '::1', port: 0 };
    expect(await addressBy({ trusted }, V2, where)).toBe(is ? CLIENT.address : undefined);
    expect(await addressBy({ trusted }, NOTHING, where)).toBe(is ? undefined : '::1');
  });

  test('is a list that may change, and looks beyond the zone of an address', async () => {
    const trusted = new BlockList();
    expect(await addressBy({ trusted }, V1)).toBe(undefined);
    trusted.addAddress('127.0.0.1');
    expect(await addressBy({ trusted }, V1)).toBe(CLIENT.address);

    trusted.addSubnet('fe80::', 10, 'ipv6');
    const refusals: PrereadCode[] = [];
    const server = acceptProxy(net.createServer(), { trusted, onRefused: ({ code }) => refusals.push(code) });
    const linkLocal = new Socket();
    Object.defineProperty(linkLocal, 'remoteAddress', { value: 'fe80::1%eth0' });
    server.emit('connection', linkLocal);
    linkLocal.push(null);
    await until(() => refusals.length > 0);
    // One who is trusted must send a header.
    expect(refusals).toEqual(['preread.proxy.missing']);
  });

  test('is a predicate over the socket as it is accepted, asked once', async () => {
    const told: unknown[] = [];
    const trusted =
      (is: boolean) =>
      (socket: Socket): boolean => {
        told.push([socket.remoteAddress, socket instanceof Socket]);
        return is;
      };
    expect(await addressBy({ trusted: trusted(true) }, V1)).toBe(CLIENT.address);
    expect(await addressBy({ trusted: trusted(true) }, NOTHING)).toBe(undefined);
    expect(await addressBy({ trusted: trusted(false) }, V1)).toBe(undefined);
    expect(await addressBy({ trusted: trusted(false) }, NOTHING)).toBe('127.0.0.1');
    expect(told).toEqual(Array.from({ length: 4 }, () => ['127.0.0.1', true]));
  });
});

describe.concurrent('a trusted sender without a header is closed, and reaches no handler', () => {
  /** Tells what was refused of one who does that. */
  const refusalsOf = async (
    name: keyof typeof kinds,
    provoke: (socket: Socket) => unknown,
    options?: AcceptProxyOptions,
  ): Promise<[Refusal[], number]> => {
    const refusals: Refusal[] = [];
    const handlers = vi.fn();
    const server = kinds[name].create(() => handlers() ?? 'served');
    for (const event of ['connection', 'secureConnection', 'clientError', 'tlsClientError', 'session']) server.on(event, handlers);
    acceptProxy(server, { trusted: everybody, timeout: PROMPT, onRefused: noting(refusals), ...options });
    const refused = async (place: Place): Promise<string> => {
      const socket = await dial(place);
      const [sent] = await Promise.all([untilClose(socket), provoke(socket)]);
      return sent;
    };
    const [sent, took] = await listening(server, (place) => elapsed(refused(place)));
    expect(sent).toBe('');
    expect(handlers).not.toHaveBeenCalled();
    return [refusals, took];
  };

  describe.each(kindNames)('by a server of %s', (name) => {
    const payload = isSecure(name) ? HELLO : GET;
    test('where the payload comes at once', async () => {
      const [refusals] = await refusalsOf(name, (socket) => socket.write(payload));
      expect(refusals).toEqual([['preread.proxy.missing', 0, '127.0.0.1']]);
      const [byBytes] = await refusalsOf(name, (socket) => send(socket, cuts['byte by byte'](payload)));
      expect(byBytes).toEqual([['preread.proxy.missing', 0, '127.0.0.1']]);
    });

    test('where nothing comes in time', async () => {
      const timeout = 40;
      const [refusals, took] = await refusalsOf(name, () => {}, { timeout });
      expect(refusals).toEqual([['preread.proxy.missing', 0, '127.0.0.1']]);
      expect(took).toBeGreaterThanOrEqual(timeout / 2);
      expect(took).toBeLessThan(PROMPT);
    });

    test('where the end comes first', async () => {
      const [refusals] = await refusalsOf(name, (socket) => socket.end());
      expect(refusals).toEqual([['preread.proxy.missing', 0, '127.0.0.1']]);
      const [half] = await refusalsOf(name, (socket) => socket.end(V1.subarray(0, 10)));
      expect(half).toEqual([['proxy.header.truncated', 10, '127.0.0.1']]);
    });

    test('where another header comes with the first', async () => {
      for (const second of [V1, V2]) {
        const [refusals] = await refusalsOf(name, (socket) => socket.write(concat([V1, second, payload])));
        expect(refusals).toEqual([['preread.proxy.unexpected', V1.length, '127.0.0.1']]);
      }
    });
  });

  test('where a reset comes first, of which there is nothing to tell', async () => {
    for (const opening of [NOTHING, V1.subarray(0, 10)]) {
      let accepted: Socket | undefined;
      const trusted = (socket: Socket): boolean => {
        accepted = socket;
        return true;
      };
      const provoke = async (socket: Socket): Promise<void> => {
        socket.write(opening);
        await until(() => accepted?.bytesRead === opening.length);
        socket.resetAndDestroy();
        await until(() => accepted!.closed);
      };
      const [refusals] = await refusalsOf('net', provoke, { trusted });
      expect(refusals).toEqual([]);
    }
  });

  test('where a second header comes later, by a server of TLS, which waits for the hello', async () => {
    const [refusals] = await refusalsOf('tls', (socket) => send(socket, [V2, V1]));
    expect(refusals).toEqual([['preread.proxy.unexpected', V2.length, '127.0.0.1']]);
  });

  test.each(['net', 'https'] as const)('where half a header comes in time, by a server of %s', async (name) => {
    const [refusals] = await refusalsOf(name, (socket) => socket.write(V2.subarray(0, 20)), { timeout: IN_TIME });
    expect(refusals).toEqual([['proxy.header.truncated', 20, '127.0.0.1']]);
  });

  const broken = proxyRefusals.filter(({ maxBytes, bytes }) => maxBytes === undefined && bytes.length < 2000);
  const codes = [...new Set(broken.map(({ code }) => code))];
  test.each(codes)('where the header is broken: %s', async (code) => {
    const { bytes: front } = broken.find((row) => row.code === code)!;
    const outcome = decodeProxyHeader(front);
    if (outcome.status !== 'malformed') expect.fail();
    const [expected, offset] = outcome.code === 'proxy.not_proxy' ? ['preread.proxy.missing', 0] : [outcome.code, outcome.offset];
    const [refusals] = await refusalsOf('net', (socket) => socket.write(front));
    expect(refusals).toEqual([[expected, offset, '127.0.0.1']]);
  });

  test('where the header is longer than allowed', async () => {
    const [refusals] = await refusalsOf('http', (socket) => socket.write(V2), { proxyHeader: { maxBytes: 20 } });
    expect(refusals).toEqual([['proxy.header.limit', 14, '127.0.0.1']]);
    const long = proxyV2({ tlvs: tlv(4, new Uint8Array(4100)) });
    const [unlessGiven] = await refusalsOf('tls', (socket) => socket.write(long));
    expect(unlessGiven).toEqual([['proxy.header.limit', 14, '127.0.0.1']]);
  });

  test('and who is told has the socket while it is open', async () => {
    for (const trusted of [everybody, () => false]) {
      const told: unknown[] = [];
      const onRefused: AcceptProxyOptions['onRefused'] = (_, { destroyed, localAddress, remotePort }) =>
        told.push([destroyed, localAddress, remotePort]);
      const server = acceptProxy(net.createServer((socket) => socket.resume()), { trusted, onRefused });
      await listening(server, async (place) => {
        const socket = await dial(place);
        const { localPort } = socket;
        socket.write(trusted === everybody ? GET : V1);
        await untilClose(socket);
        expect(told).toEqual([[false, '127.0.0.1', localPort]]);
      });
    }
  });

  test('and nobody needs to be told', async () => {
    const [refusals] = await refusalsOf('net', (socket) => socket.write(GET), { onRefused: undefined });
    expect(refusals).toEqual([]);
  });
});

describe.concurrent('one who is not trusted and sends a header is refused', () => {
  const attempt = async (
    name: keyof typeof kinds,
    provoke: (socket: Socket) => unknown,
  ): Promise<{ refusals: Refusal[]; answer: string; served: number }> => {
    const refusals: Refusal[] = [];
    const served = vi.fn();
    const server = acceptProxy(
      kinds[name].create(() => served() ?? 'served'),
      { trusted: () => false, onRefused: noting(refusals) },
    );
    server.on('secureConnection', served).on('tlsClientError', served);
    const answer = await listening(server, async (place) => {
      const socket = await dial(place);
      const [answer] = await Promise.all([untilClose(socket), provoke(socket)]);
      return answer;
    });
    return { refusals, answer, served: served.mock.calls.length };
  };
  const unexpected: Refusal[] = [['preread.proxy.unexpected', 0, '127.0.0.1']];

  describe.each(Object.entries(headers))('of %s', (_, front) => {
    describe.each(Object.entries(cuts))('%s', (how, cut) => {
      test.each(kindNames.filter(isSecure))('by a server of %s, before it sees the connection', async (name) => {
        expect(await attempt(name, (socket) => send(socket, cut(concat([front, HELLO]))))).toEqual({
          refusals: unexpected,
          answer: '',
          served: 0,
        });
      });

      test('by a server of net, which never sees a whole header', async () => {
        const refusals: Refusal[] = [];
        const came: Buffer[] = [];
        const server = net.createServer((socket) => socket.on('data', (chunk) => came.push(chunk)));
        await listening(acceptProxy(server, { trusted: () => false, onRefused: noting(refusals) }), async (place) => {
          const socket = await dial(place);
          await Promise.all([untilClose(socket), send(socket, cut(concat([front, GET])))]);
        });
        expect(refusals).toEqual(unexpected);
        const seenOfIt = Buffer.concat(came);
        expect(seenOfIt).toEqual(Buffer.from(front.subarray(0, seenOfIt.length)));
        expect(seenOfIt.length).toBeLessThan(how === 'in one write' ? 1 : 12);
      });

      test('by a server of http, with 400', async () => {
        const { refusals, answer, served } = await attempt('http', (socket) => send(socket, cut(concat([front, GET]))));
        expect(served).toBe(0);
        expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
        if (how === 'in one write') expect(refusals).toEqual(unexpected);
      });

      test('by a server of http2', async () => {
        const { served, answer } = await attempt('http2', (socket) => send(socket, cut(concat([front, GET]))));
        expect(served).toBe(0);
        expect(answer).not.toContain('served');
      });
    });
  });

  test('but not for what only looks like one at first', async () => {
    const came: string[] = [];
    const server = net.createServer(async (socket) => {
      came.push(await text(socket));
    });
    const openings = ['PROXY', 'PROXYTCP4 ', 'PROPFIND / HTTP/1.1', '\r\n\r\n\0\r\nQUIT', '\r\n\r\nGET /', 'P', ''];
    await listening(acceptProxy(server, { onRefused: ({ code }) => came.push(code) }), async (place) => {
      for (const opening of openings) {
        const socket = await dial(place);
        await send(socket, cuts['byte by byte'](bytes(opening)));
        socket.end();
        await untilClose(socket);
      }
    });
    expect(came).toEqual(openings);
  });

  test('nor for one that comes later, as part of what is said', async () => {
    const told: string[] = [];
    const server = net.createServer(async (socket) => {
      told.push(await text(socket));
    });
    await listening(acceptProxy(server, { onRefused: ({ code }) => told.push(code) }), async (place) => {
      const socket = await dial(place);
      await send(socket, [SSH, V1, V2]);
      socket.end();
      await untilClose(socket);
    });
    expect(told).toEqual([Buffer.from(concat([SSH, V1, V2])).toString('latin1')]);
  });

  test('nor for one that comes through a tunnel', async () => {
    const refusals: Refusal[] = [];
    const server = http.createServer().on('connect', (_: unknown, socket: Socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.on('error', () => {}).pipe(socket);
    });
    await listening(acceptProxy(server, { onRefused: noting(refusals) }), async (place) => {
      for (const front of [V1, V2]) {
        const socket = await dial(place);
        const answer = untilClose(socket);
        socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n');
        await once(socket, 'data');
        socket.end(front);
        expect(await answer).toBe(`HTTP/1.1 200 OK\r\n\r\n${Buffer.from(front).toString('latin1')}`);
      }
    });
    expect(refusals).toEqual([]);
  });

  test('and once there can be none, nothing of it is left on the socket', async () => {
    const properties = (socket: Socket): string[] => Object.getOwnPropertyNames(socket).sort();
    const told: string[][] = [];
    const server = net.createServer((socket) => {
      socket.once('data', () => {
        void socket.remoteAddress; // which Node.js keeps
        told.push(properties(socket));
        socket.end();
      });
    });
    const ask = async (place: Place): Promise<void> => {
      const socket = await dial(place);
      socket.write('hello');
      await untilClose(socket);
    };
    await listening(server, async (place) => {
      await ask(place);
      acceptProxy(server);
      await ask(place);
    });
    expect(told[1]).toEqual(told[0]);
  });

  test('an error of a client that sent no header is none of this', async () => {
    const refusals: Refusal[] = [];
    const server = acceptProxy(http.createServer(), { onRefused: noting(refusals) });
    const errors: unknown[] = [];
    server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => {
      errors.push(code);
      socket.destroy();
    });
    await listening(server, async (place) => {
      const socket = await dial(place);
      socket.write('garbage: of no protocol\r\n\r\n');
      await untilClose(socket);
    });
    expect(errors).toEqual(['HPE_INVALID_METHOD']);
    expect(refusals).toEqual([]);
  });
});

test('a server that speaks first is not held up: neither by one who sends no header, nor behind one', async () => {
  const server = net.createServer((socket) => socket.end(`220 ${socket.remoteAddress}`));
  for (const [trusted, front, address] of [
    [false, NOTHING, '127.0.0.1'],
    [true, V1, CLIENT.address],
    [true, V2, CLIENT.address],
    [true, LOCAL, '127.0.0.1'],
  ] as const) {
    const [told, took] = await elapsed(
      listening(acceptProxy(net.createServer((socket) => server.emit('connection', socket)), { trusted: () => trusted }), async (place) =>
        untilClose(await dialBehind(place, front)),
      ),
    );
    expect(told).toBe(`220 ${address}`);
    expect(took).toBeLessThan(PROMPT);
  }
});

async function untilConnections(server: Server, expected: number): Promise<void> {
  const count = (): Promise<number> => new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
  const started = performance.now();
  while ((await count()) !== expected) {
    if (performance.now() - started > PROMPT) expect(await count()).toBe(expected);
    await setTimeout(2);
  }
}

describe.concurrent('all else is as it is without acceptProxy', () => {
  type Dial = () => Promise<Socket>;
  /** What comes of it on the server as it is; it must be the same for who is trusted and sends a header, and for all others. */
  async function compared<T, S extends Server>(create: () => S, act: (dial: Dial, server: S) => Promise<T>): Promise<T> {
    const on = (server: S, front: Uint8Array): Promise<T> =>
      listening(server, (place) => act(() => (front.length > 0 ? dialBehind(place, front) : dial(place)), server));
    const [itself, trusted, others] = await Promise.all([
      on(create(), NOTHING),
      on(acceptProxy(create(), { trusted: everybody }), V2),
      on(acceptProxy(create(), {}), NOTHING),
    ]);
    expect({ trusted, others }).toEqual({ trusted: itself, others: itself });
    return itself;
  }

  const contexts = { localhost: tls.createSecureContext(localhost), other: tls.createSecureContext(other) };
  const nameOf = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject?.CN);

  test('SNICallback chooses the certificate', async () => {
    const SNICallback: tls.TlsOptions['SNICallback'] = (name, done) =>
      setTimeout(1).then(() => done(null, name === 'example.org' ? contexts.other : contexts.localhost));
    const names = await compared(
      () => https.createServer({ SNICallback }, (_, response) => response.end()),
      (dial) =>
        Promise.all(
          ['a.example.com', 'example.org'].map(async (servername) => {
            const socket = secure(await dial(), { servername });
            await once(socket, 'secureConnect');
            return [nameOf(socket), socket.authorized];
          }),
        ),
    );
    expect(names).toEqual([
      ['localhost', true],
      ['example.org', true],
    ]);
  });

  test('addContext too', async () => {
    const create = (): https.Server => {
      const server = https.createServer(localhost);
      server.addContext('example.org', other);
      return server;
    };
    const name = await compared(create, async (dial) => {
      const socket = secure(await dial(), { servername: 'example.org' });
      await once(socket, 'secureConnect');
      return nameOf(socket);
    });
    expect(name).toBe('example.org');
  });

  test('ALPN is negotiated', async () => {
    const protocols = await compared(
      () => tls.createServer({ ...localhost, ALPNProtocols: ['a', 'b'] }, (socket) => socket.end(String(socket.alpnProtocol))),
      async (dial) => {
        const socket = secure(await dial(), { ALPNProtocols: ['c', 'b'] });
        return [await text(socket), socket.alpnProtocol];
      },
    );
    expect(protocols).toEqual(['b', 'b']);
  });

  test('ALPNCallback is asked', async () => {
    const ALPNCallback = ({ servername, protocols }: { servername: string; protocols: string[] }): string | undefined =>
      servername === 'a.example.com' ? protocols[1] : undefined;
    const protocol = await compared(
      () => tls.createServer({ ...localhost, ALPNCallback } as tls.TlsOptions, (socket) => socket.end()),
      async (dial) => {
        const socket = secure(await dial(), { ALPNProtocols: ['c', 'b'] });
        await once(socket, 'secureConnect');
        return socket.alpnProtocol;
      },
    );
    expect(protocol).toBe('b');
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('a session is resumed: %s', async (maxVersion) => {
    const reused = await compared(
      () => https.createServer({ ...localhost, maxVersion }, (_, response) => response.end('served')),
      async (dial) => {
        const resumed = async (session?: Buffer): Promise<[boolean, Buffer]> => {
          const socket = secure(await dial(), { ...(session && { session }) });
          const next = once(socket, 'session') as Promise<[Buffer]>;
          await once(socket, 'secureConnect');
          const isReused = socket.isSessionReused();
          expect(await getBy1(socket)).toBe('served');
          return [isReused, session ?? (await next)[0]];
        };
        const [first, session] = await resumed();
        return [first, (await resumed(session))[0]];
      },
    );
    expect(reused).toEqual([false, true]);
  });

  test('the certificate of a client is visible', async () => {
    const told = await compared(
      () =>
        https.createServer({ ...localhost, requestCert: true, rejectUnauthorized: false, ca: [other.cert] }, (request, response) => {
          const socket = request.socket as TLSSocket;
          response.end(`${nameOf(socket)} ${socket.authorized}`);
        }),
      async (dial) => [await getBy1(secure(await dial(), other)), await getBy1(secure(await dial()))],
    );
    expect(told).toEqual(['example.org true', 'undefined false']);
  });

  test('and one that is required and not there fails the handshake', async () => {
    const code = await compared(
      () => tls.createServer({ ...localhost, requestCert: true, ca: [other.cert] }),
      async (dial, server) => {
        const failing = once(server, 'tlsClientError') as Promise<[NodeJS.ErrnoException]>;
        secure(await dial());
        return (await failing)[0].code;
      },
    );
    expect(code).toBe('ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
  });

  const failure = async (dial: Dial, server: Server, provoke: (socket: Socket) => unknown): Promise<unknown> => {
    const failing = once(server, 'tlsClientError') as Promise<[NodeJS.ErrnoException]>;
    const socket = await dial();
    provoke(socket);
    const [[error]] = await Promise.all([failing, untilClose(socket)]);
    return error.code;
  };

  test.each([
    ['nothing', NOTHING],
    ['half a hello', HALF_HELLO],
    ['a hello alone', HELLO],
  ])('handshakeTimeout closes one who sends %s', async (_, opening) => {
    const handshakeTimeout = IN_TIME;
    const [code, took] = await elapsed(
      compared(
        () => https.createServer({ ...localhost, handshakeTimeout }),
        (dial, server) => failure(dial, server, (socket) => socket.write(opening)),
      ),
    );
    expect(code).toBe('ERR_TLS_HANDSHAKE_TIMEOUT');
    expect(took).toBeGreaterThanOrEqual(handshakeTimeout / 2);
    expect(took).toBeLessThan(PROMPT);
  });

  test.each([
    ['a request', GET, 'ERR_SSL_HTTP_REQUEST'],
    ['what is no TLS', SSH, 'ERR_SSL_WRONG_VERSION_NUMBER'],
    ['a hello that is malformed', bytes(22, 3, 1, 0, 5, 1, 0, 0, 1, 0), 'ERR_SSL_LENGTH_TOO_SHORT'],
    ['an alert', bytes(21, 3, 1, 0, 2, 2, 40), 'ERR_SSL_UNEXPECTED_MESSAGE'],
  ])('tlsClientError has the same code for %s in place of a hello', async (_, opening, expected) => {
    const code = await compared(
      () => https.createServer(localhost),
      (dial, server) => failure(dial, server, (socket) => socket.write(opening)),
    );
    expect(code).toBe(expected);
  });

  test.each<[string, Uint8Array, (socket: Socket) => unknown]>([
    ['the end in half a hello', HALF_HELLO, (socket) => socket.end()],
    ['a reset in half a hello', HALF_HELLO, (socket) => socket.resetAndDestroy()],
    ['the end before a hello', NOTHING, (socket) => socket.end()],
    ['a reset before a hello', NOTHING, (socket) => socket.resetAndDestroy()],
  ])('tlsClientError tells of %s', async (_, opening, leave) => {
    const told = await compared(
      () => tls.createServer(localhost),
      async (dial, server) => {
        const codes: unknown[] = [];
        server.on('tlsClientError', ({ code }: NodeJS.ErrnoException) => codes.push(code));
        const socket = await dial();
        socket.write(opening);
        await untilConnections(server, 1);
        leave(socket);
        await until(() => codes.length > 0);
        return codes;
      },
    );
    expect(told).toEqual(['ECONNRESET']);
  });

  test.each([
    ['headersTimeout', 'half a head', { headersTimeout: IN_TIME, requestTimeout: PROMPT }, GET.subarray(0, 30)],
    ['requestTimeout', 'half a body', { headersTimeout: IN_TIME, requestTimeout: IN_TIME }, bytes('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab')],
    ['requestTimeout', 'nothing', { headersTimeout: IN_TIME, requestTimeout: IN_TIME }, NOTHING],
  ])('%s answers %s with 408', async (_, what, options, opening) => {
    const [answer, took] = await elapsed(
      compared(
        () => http.createServer({ ...options, connectionsCheckingInterval: 10 }),
        async (dial) => {
          const socket = await dial();
          socket.write(opening);
          return (await untilClose(socket)).split('\r\n')[0];
        },
      ),
    );
    // Node says nothing to one who said nothing.
    expect(answer).toBe(what === 'nothing' ? answer : 'HTTP/1.1 408 Request Timeout');
    expect(took).toBeGreaterThanOrEqual(IN_TIME / 2);
    expect(took).toBeLessThan(PROMPT);
  });

  test.each(['http', 'https'] as const)('several requests go over one connection of %s', async (name) => {
    const told = await compared(
      () => {
        let requests = 0;
        const sockets = new Set<unknown>();
        return kinds[name].create((socket) => `${++requests} of ${sockets.add(socket).size}`);
      },
      async (dial) => {
        const raw = await dial();
        const socket = name === 'http' ? raw : secure(raw);
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        agent.createConnection = () => socket;
        const answers: string[] = [];
        for (let i = 0; i < 3; i++) answers.push(await getBy1(socket, { agent }));
        agent.destroy();
        return answers;
      },
    );
    expect(told).toEqual(['1 of 1', '2 of 1', '3 of 1']);
  });

  test('requests that come in one write with the header are all answered', async () => {
    await listening(acceptProxy(kinds.http.create(seen), { trusted: everybody }), async (place) => {
      const socket = await dial(place);
      socket.end(concat([V2, GET, GET, GET]));
      const answers = (await text(socket)).split('HTTP/1.1 200 OK').slice(1);
      expect(answers).toHaveLength(3);
      for (const answer of answers) expect(answer).toContain(`"address":"${CLIENT.address}"`);
    });
  });

  const ask = async (dial: Dial, ...lines: readonly string[]): Promise<string> => {
    const socket = await dial();
    socket.end(`${lines.join('\r\n')}`);
    return untilClose(socket);
  };

  test.each([
    ['upgrade', ['GET / HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: x', '', 'early, and echoed']],
    ['connect', ['CONNECT a:1 HTTP/1.1', 'Host: a:1', '', 'early, and echoed']],
  ])("'%s' hands over the socket, and what came early", async (event, lines) => {
    const told = await compared(
      () =>
        http.createServer().on(event, (_: unknown, socket: Socket, head: Buffer) => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          socket.write(head);
          socket.on('error', () => {}).pipe(socket);
        }),
      async (dial) => {
        const socket = await dial();
        const answer = untilClose(socket);
        socket.write(lines.join('\r\n'));
        await send(socket, [bytes(', and later'), bytes(', twice')]);
        socket.end();
        return answer;
      },
    );
    expect(told).toBe('HTTP/1.1 200 OK\r\n\r\nearly, and echoed, and later, twice');
  });

  test('100-continue is answered, by the server or by its handler', async () => {
    const lines = ['POST / HTTP/1.1', 'Host: a', 'Connection: close', 'Expect: 100-continue', 'Content-Length: 4', '', 'body'];
    const create = (): http.Server =>
      http.createServer(async (request, response) => {
        response.sendDate = false;
        response.end(await text(request));
      });
    const itself = await compared(create, (dial) => ask(dial, ...lines));
    expect(itself).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n.*\r\n\r\nbody$/s);
    const handled = await compared(
      () => create().on('checkContinue', (_, response) => response.writeHead(417, { Connection: 'close' }).end()),
      (dial) => ask(dial, ...lines),
    );
    expect(handled).toMatch(/^HTTP\/1\.1 417 /);
  });

  type Closing = http.Server | http2.Http2SecureServer;
  test.each<[string, (handler: Parameters<typeof http.createServer>[1]) => Closing, Kind['ask']]>([
    ['http', (handler) => http.createServer(handler), kinds.http.ask],
    ['https', (handler) => https.createServer(localhost, handler), kinds.https.ask],
    ['http2', (handler) => http2.createSecureServer(localhost, handler as () => void), kinds['http2, secure'].ask],
  ])('close() of %s ends once the connections do', async (_, create, ask) => {
    const order = await compared(
      () => {
        const order: string[] = [];
        const server = create((_, response) => {
          server.close(() => order.push('closed'));
          order.push('closing');
          void setTimeout(10).then(() => {
            order.push('answering');
            response.end(JSON.stringify(order));
          });
        });
        return server;
      },
      async (dial, server) => {
        const closed = once(server, 'close');
        const order = JSON.parse(await ask(await dial())) as string[];
        await closed;
        return order;
      },
    );
    expect(order).toEqual(['closing', 'answering']);
  });

  test('closeAllConnections() closes those that ask nothing', async () => {
    const came = await compared(
      () => http.createServer(),
      async (dial, server) => {
        const accepted = once(server, 'connection');
        const socket = await dial();
        await accepted;
        server.closeAllConnections();
        return untilClose(socket);
      },
    );
    expect(came).toBe('');
  });

  test('maxConnections drops those that are too many, whether or not a header has come', async () => {
    const told = await compared(
      () => {
        const server = net.createServer((socket) => socket.write('served'));
        server.maxConnections = 1;
        return server;
      },
      async (dial, server) => {
        const dropped = once(server, 'drop') as Promise<[{ remoteAddress: string }]>;
        const socket = await dial();
        const [first] = (await once(socket, 'data')) as [Buffer];
        const answer = await untilClose(await dial());
        return [String(first), answer, (await dropped)[0].remoteAddress];
      },
    );
    expect(told).toEqual(['served', '', '127.0.0.1']);

    const server = net.createServer();
    server.maxConnections = 2;
    await listening(acceptProxy(server, { trusted: everybody, timeout: PROMPT }), async (place) => {
      const pending = [await dial(place), await dial(place)];
      expect(await untilClose(await dial(place))).toBe('');
      for (const socket of pending) socket.destroy();
    });
  });

  test('getConnections counts them, whether or not a header has come', async () => {
    const counts = async (dial: Dial, server: Server): Promise<string> => {
      const sockets = [await dial(), await dial()];
      await untilConnections(server, 2);
      for (const socket of sockets) socket.destroy();
      await untilConnections(server, 0);
      return 'counted';
    };
    expect(await compared(() => net.createServer((socket) => socket.resume()), counts)).toBe('counted');
    const server = acceptProxy(net.createServer(), { trusted: everybody, timeout: PROMPT });
    expect(await listening(server, (place) => counts(() => dial(place), server))).toBe('counted');
  });

  const echo = (request: http.IncomingMessage | http2.Http2ServerRequest, response: http.ServerResponse | http2.Http2ServerResponse): void => {
    request.pipe(response as http.ServerResponse);
  };
  const body = patterned(1 << 20);
  const postBy1 = async (socket: Duplex): Promise<Buffer> => {
    const request = http.request({ method: 'POST', host: 'www.example.com', createConnection: () => socket });
    request.end(body);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    return all(response);
  };
  const postBy2 = async (socket: Duplex): Promise<Buffer> => {
    const session = http2.connect('http://www.example.com', { createConnection: () => socket }).on('error', () => {});
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.end(body);
    const answer = await all(stream);
    session.destroy();
    return answer;
  };
  test.each<[string, () => Server, (socket: Duplex) => Promise<Buffer>]>([
    ['net', () => net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)), (socket) => (socket.end(body), all(socket))],
    ['http', () => http.createServer(echo), postBy1],
    ['https', () => https.createServer(localhost, echo), (socket) => postBy1(secure(socket))],
    ['http2', () => http2.createServer(echo), postBy2],
    ['http2, secure', () => http2.createSecureServer(localhost, echo), (socket) => postBy2(secure(socket, { ALPNProtocols: ['h2'] }))],
  ])('a megabyte goes through %s and comes back', async (_, create, post) => {
    const hash = await compared(create, async (dial) => sha256(await post(await dial())));
    expect(hash).toBe(sha256(body));
  });

  test('a server of half-open connections answers behind the end', async () => {
    const create = (): Server =>
      net.createServer({ allowHalfOpen: true }, (socket) => {
        let got = 'got ';
        socket.on('data', (chunk) => (got += chunk)).on('end', () => socket.end(got));
      });
    const answer = await compared(
      create,
      async (dial) => {
        const socket = await dial();
        socket.end('all of it');
        return text(socket);
      },
    );
    expect(answer).toBe('got all of it');
    await listening(acceptProxy(create(), { trusted: everybody }), async (place) => {
      for (const opening of [concat([V2, bytes('all')]), V1]) {
        const socket = await dial(place);
        socket.end(opening);
        expect(await text(socket)).toBe(opening === V1 ? 'got ' : 'got all');
      }
    });
  });

  test('a server with pauseOnConnect hands over paused sockets', async () => {
    const told = await compared(
      () =>
        net.createServer({ pauseOnConnect: true }, async (socket) => {
          const paused = socket.isPaused();
          await setTimeout(5);
          const came = once(socket, 'data');
          socket.resume();
          socket.end(`${paused} ${String((await came)[0])}`);
        }),
      async (dial) => {
        const socket = await dial();
        socket.write('hello');
        return untilClose(socket);
      },
    );
    expect(told).toBe('true hello');
  });
});

describe.each([
  ['net', 100, 10],
  ['http', 300, 30],
  ['https', 100, 10],
] as const)('under a flood of resets, a server of %s', (name, badOnes, goodOnes) => {
  /** Numbers from 0 to below `limit`, the same in every run. */
  const random = ((state) => (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  })(7);

  test('serves all others, and keeps nothing', async () => {
    const trusted = new BlockList();
    trusted.addAddress('127.0.0.1');
    const server = acceptProxy(kinds[name].create(seen), { trusted, timeout: PROMPT });
    await listening(server, async (place) => {
      const opening = concat([V2, isSecure(name) ? HELLO : GET]);
      const bad = Array.from({ length: badOnes }, async (_, i) => {
        for (let wait = random(60); wait > 0; wait--) await setImmediate();
        const socket = net.connect(place).on('error', () => {});
        // Some before they are accepted.
        if (i % 5 > 0) await once(socket, 'connect');
        socket.write(opening.subarray(0, random(opening.length + 1)));
        for (let wait = random(10); wait > 0; wait--) await setImmediate();
        socket.resetAndDestroy();
        await until(() => socket.closed);
      });
      const good = Array.from({ length: goodOnes }, async (_, i) => {
        for (let wait = random(60); wait > 0; wait--) await setImmediate();
        const socket = await dial(place);
        const told = await kinds[name].ask(new Wire(socket, i % 2 ? V1 : V2, i % 10 ? cuts['in one write'] : cuts['byte by byte']));
        expect(JSON.parse(told)).toEqual(relayed(name));
      });
      await Promise.all([...bad, ...good]);
      await untilConnections(server, 0);
    });
  });
});

describe('endpoints', () => {
  const told = async (where?: ListenOptions): Promise<unknown> => {
    const server = net.createServer((socket) => socket.end(JSON.stringify({ ends: endpoints(socket) })));
    return listening(
      server,
      async (place) => {
        const socket = await dial(place);
        const { localPort, remotePort } = socket;
        const { ends } = JSON.parse(await untilClose(socket)) as { ends?: { source: { port: number }; destination: { port: number } } };
        if (ends === undefined) return undefined;
        expect([ends.source.port, ends.destination.port]).toEqual([localPort, remotePort]);
        for (const encode of [encodeProxyV1, encodeProxyV2]) {
          const outcome = decodeProxyHeader(encode(ends as ProxyHeaderInput));
          expect(outcome).toMatchObject({ status: 'complete', value: ends });
        }
        return [ends.source, ends.destination].map(({ port: _, ...end }) => end);
      },
      where,
    );
  };

  test('of IPv4', async () => {
    expect(await told()).toEqual(Array.from({ length: 2 }, () => ({ family: 'IPv4', address: '127.0.0.1' })));
  });

  test.skipIf(!hasIPv6)('of IPv6', async () => {
    expect(await told({ host: '::1', port: 0 })).toEqual(Array.from({ length: 2 }, () => ({ family: 'IPv6', address: '::1' })));
  });

  test.skipIf(!hasIPv6)('of IPv4 on a server that listens on ::, as IPv4', async () => {
    expect(await told({ host: '::', port: 0 })).toEqual(Array.from({ length: 2 }, () => ({ family: 'IPv4', address: '127.0.0.1' })));
  });

  test('none on a UNIX socket', async () => {
    expect(await told({ path: newPath() })).toBeUndefined();
  });

  test('none of a socket that is closed, or was never connected', () =>
    connected(async (_, socket) => {
      expect(endpoints(socket)).toBeDefined();
      socket.destroy();
      await until(() => socket.closed);
      expect(endpoints(socket)).toBeUndefined();
      expect(endpoints(new Socket())).toBeUndefined();
    }));

  test('of a client’s own socket', () =>
    connected(async (client, socket) => {
      const { source, destination } = endpoints(socket)!;
      expect(endpoints(client)).toEqual({ source: destination, destination: source });
    }));

  test.each([
    ['a zone', 'fe80::1%eth0', 'fe80::2%2', { family: 'IPv6', address: 'fe80::1' }, { family: 'IPv6', address: 'fe80::2' }],
    ['a mapped address in capitals', '::FFFF:192.0.2.1', '::ffff:192.0.2.2', { family: 'IPv4', address: '192.0.2.1' }, { family: 'IPv4', address: '192.0.2.2' }],
    ['what only looks mapped', '::fffe:192.0.2.1', '64:ff9b::1', { family: 'IPv6', address: '::fffe:192.0.2.1' }, { family: 'IPv6', address: '64:ff9b::1' }],
  ])('can be encoded as they are: %s', (_, remoteAddress, localAddress, source, destination) => {
    const socket = { remoteAddress, remotePort: 1, localAddress, localPort: 2 } as Socket;
    const ends = endpoints(socket)!;
    expect(ends).toEqual({ source: { ...source, port: 1 }, destination: { ...destination, port: 2 } });
    expect(encodeProxyV1(ends)).toBeInstanceOf(Uint8Array);
    expect(encodeProxyV2(ends)).toBeInstanceOf(Uint8Array);
  });

  test('none where either is missing', () => {
    const whole = { remoteAddress: '192.0.2.1', remotePort: 1, localAddress: '192.0.2.2', localPort: 2 };
    expect(endpoints(whole as Socket)).toBeDefined();
    for (const field of Object.keys(whole)) expect(endpoints({ ...whole, [field]: undefined } as Socket)).toBeUndefined();
  });

  test('behind acceptProxy those of the header, ready for the next one', async () => {
    const server = net.createServer((socket) => socket.end(encodeProxyV1(endpoints(socket)!)));
    await listening(acceptProxy(server, { trusted: everybody }), async (place) => {
      expect(await untilClose(await dialBehind(place, V2))).toBe(Buffer.from(V1).toString());
    });
  });
});

describe('what was buffered in pieces before the call is read whole', () => {
  const pieces = (piecesOf: readonly Uint8Array[], isOver: boolean): PassThrough => {
    const stream = new PassThrough();
    for (const piece of piecesOf) stream.write(piece);
    return isOver ? stream.end() : stream;
  };
  const byByte = (of: Uint8Array): Uint8Array[] => Array.from(of, (byte) => Uint8Array.of(byte));

  test.each([true, false])('a request, the stream over: %s', async (isOver) => {
    for (const cut of [[GET.subarray(0, 20), GET.subarray(20)], byByte(GET)]) {
      const stream = pieces(cut, isOver);
      await setImmediate();
      const answer = await prereadSocket(stream, { timeout: PROMPT });
      expect(answer).toMatchObject({ status: 'complete', value: { protocol: 'http1' }, ended: undefined });
      expect(stream.readableLength).toBe(GET.length);
    }
  });

  test('a protocol, and not as unknown', async () => {
    const stream = pieces([SSH.subarray(0, 1), SSH.subarray(1)], true);
    await setImmediate();
    expect(await prereadSocket(stream)).toMatchObject({ value: { protocol: 'ssh' }, ended: undefined });
  });

  test('half a request above the high water mark, of a stream that goes on', async () => {
    const stream = new PassThrough({ readableHighWaterMark: 16, writableHighWaterMark: 1000 });
    for (const piece of byByte(GET.subarray(0, -4))) stream.write(piece);
    await setImmediate();
    const answering = prereadSocket(stream, { timeout: PROMPT });
    await setImmediate();
    stream.write(GET.subarray(-4));
    expect(await answering).toMatchObject({ status: 'complete', ended: undefined });
  });

  test('a header, which is gone from the stream', async () => {
    const stream = pieces([...byByte(V2), GET], false);
    await setImmediate();
    expect(await prereadSocket(stream, { proxy: 'require' })).toMatchObject({ proxy: { source: CLIENT }, ended: undefined });
    expect(stream.readableLength).toBe(GET.length);
  });
});

describe('a server with acceptProxy', () => {
  test("gives tlsClientError a socket of TLS, also of a client that is gone before there was one, with the client's address", async () => {
    for (const front of [NOTHING, V2]) {
      const server = acceptProxy(tls.createServer(localhost), { trusted: () => front.length > 0 });
      const told = once(server, 'tlsClientError') as Promise<[NodeJS.ErrnoException, TLSSocket]>;
      await listening(server, async (place) => {
        const socket = await dial(place);
        socket.end(concat([front, HELLO.subarray(0, 50)]));
        const [{ code }, gone] = await told;
        expect([code, gone.getProtocol(), gone.destroyed]).toEqual(['ECONNRESET', null, true]);
        expect(gone.remoteAddress).toBe(front.length > 0 ? CLIENT.address : '127.0.0.1');
        expect(proxyHeader(gone)?.command).toBe(front.length > 0 ? 'PROXY' : undefined);
      });
    }
  });

  test('closes who is refused also where whoever is told throws', async () => {
    const onRefused = (): never => {
      throw new Error('of the caller');
    };
    const server = acceptProxy(net.createServer(), { trusted: everybody, onRefused });
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    try {
      const thrown = once(process, 'uncaughtException');
      await listening(server, async (place) => {
        const socket = await dial(place);
        socket.write(GET);
        await untilClose(socket);
        expect(await thrown).toMatchObject([{ message: 'of the caller' }, 'uncaughtException']);
      });
    } finally {
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });

  test.each(['close', 'closeIdleConnections', 'closeAllConnections'] as const)('%s of HTTP reaches who has not sent a header', async (close) => {
    let accepted = (): void => {};
    const isWaiting = new Promise<void>((resolve) => (accepted = resolve));
    const trusted = (): boolean => (accepted(), true);
    const server = acceptProxy(http.createServer(), { trusted, timeout: Infinity });
    await listening(server, async (place) => {
      const socket = await dial(place);
      await isWaiting;
      server[close]();
      await untilClose(socket);
    });
  });

  test('tells nobody of a later request that looks like a header', async () => {
    for (const front of [NOTHING, V1]) {
      const refusals: Refusal[] = [];
      const server = http.createServer((_, response) => response.end('served'));
      acceptProxy(server, { trusted: () => front.length > 0, onRefused: noting(refusals) });
      await listening(server, async (place) => {
        const socket = await dial(place);
        const answer = untilClose(socket);
        socket.write(concat([front, GET]));
        await once(socket, 'data');
        socket.write(V1);
        expect(await answer).toContain('400 Bad Request');
      });
      expect(refusals).toEqual([]);
    }
  });

  test.each(Object.entries(cuts))('refuses a second header behind that of a trusted sender, %s', async (_, cut) => {
    for (const [first, second] of [[V1, V2], [V2, V1]] as const) {
      const refusals: Refusal[] = [];
      const server = net.createServer((socket) => socket.on('error', () => {}).resume());
      acceptProxy(server, { trusted: everybody, onRefused: noting(refusals) });
      await listening(server, async (place) => {
        const socket = await dial(place);
        await send(socket, [first, ...cut(second)]);
        await untilClose(socket);
      });
      expect(refusals).toMatchObject([['preread.proxy.unexpected', first.length, expect.any(String)]]);
    }
  });

  test('does not wait where what another has read already may yet become a header, and looks out for the rest', async () => {
    const refusals: Refusal[] = [];
    const inner = net.createServer((socket) => socket.on('error', () => {}).write('220 ready'));
    acceptProxy(inner, { timeout: Infinity, onRefused: noting(refusals) });
    await listening(handingOn(inner), async (place) => {
      const socket = await dial(place);
      socket.write(V1.subarray(0, 3));
      expect(String((await once(socket, 'data'))[0])).toBe('220 ready');
      socket.write(V1.subarray(3));
      await untilClose(socket);
    });
    expect(refusals).toEqual([['preread.proxy.unexpected', 0, '127.0.0.1']]);
  });

  test('judges what another has read already and given back', async () => {
    const refusals: Refusal[] = [];
    const heard = vi.fn();
    const inner = acceptProxy(net.createServer(heard), { onRefused: noting(refusals) });
    await listening(handingOn(inner), async (place) => {
      const socket = await dial(place);
      socket.write(concat([V1, SSH]));
      await untilClose(socket);
    });
    expect(refusals).toEqual([['preread.proxy.unexpected', 0, '127.0.0.1']]);
    expect(heard).not.toHaveBeenCalled();
  });

  test('closes a connection that was reset before it was accepted, of which nobody knows whose it was', async () => {
    const told: unknown[] = [];
    const trusted = ({ remoteAddress }: Socket): boolean => remoteAddress!.startsWith('127.');
    const server = acceptProxy(net.createServer((socket) => told.push(socket.remoteAddress)), { trusted, onRefused: noting(told as Refusal[]) });
    await listening(server, async (place) => {
      const client = `const socket = require('node:net').connect(${JSON.stringify(place)}, () => {
        socket.write('PROXY UNKNOWN\\r\\n', () => socket.resetAndDestroy());
      });`;
      // While this process does nothing else.
      expect(spawnSync(process.execPath, ['-e', client]).status).toBe(0);
      await setTimeout(20);
    });
    expect(told).toEqual([]);
  });
});
