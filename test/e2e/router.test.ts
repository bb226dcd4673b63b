/** The router of the README: where each connection goes, how it is turned away, and that no byte is lost on the way. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { LookupFunction, Server, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { acceptProxy } from 'preread/node';
import { encodeProxyV2 } from 'preread/proxy';
import { alertFor, encodeAlert } from 'preread/tls';
import type { AlertDescription } from 'preread/tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { queue, say } from '../interop/proxy-listener.ts';
import { bytes, hello, serverName, supportedVersions } from '../vectors/build.ts';
import { cert, key } from '../vectors/certificate.ts';
import { httpRefusals } from '../vectors/http.ts';
import { acceptances, refusals } from '../vectors/verdicts.ts';
import { ask, askText, deadBackend, dial, eventually, listen, LOOPBACK, noise, readAll, sha256 } from './backends.ts';
import { startRouter, startTcp, startWeb } from './backends.ts';
import type { RunningRouter } from './backends.ts';
import type { Backend } from './router.ts';

const NAME = 'www.example.com';
const HEAD = `GET / HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`;
const HELLO = hello({ extensions: serverName(NAME) });
const HEADER = encodeProxyV2({
  source: { family: 'IPv4', address: '192.0.2.1', port: 56324 },
  destination: { family: 'IPv4', address: '198.51.100.1', port: 443 },
});
const MEGABYTE = 2 ** 20;

/** What comes back, one character per byte, until the router closes. */
async function replyTo(port: number, sent: string | Uint8Array): Promise<string> {
  const { reply } = await say({ host: LOOPBACK, port }, bytes(sent), false);
  return reply;
}

const alert = (description: AlertDescription): string => Buffer.from(encodeAlert(description)).toString('latin1');
const status = (text: string): string => `HTTP/1.1 ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;

/** The next connections of a server, on its own side. */
function accepted({ server }: RunningRouter): () => Promise<Socket> {
  const sockets = queue<Socket>('a connection');
  server.on('connection', (socket: Socket) => sockets.put(socket));
  return sockets.take;
}

/** A backend of TCP whose connections are to be taken one by one. */
async function startQueue(): Promise<{ backend: Backend; next: () => Promise<Socket> }> {
  const sockets = queue<Socket>('a connection');
  return { backend: await startTcp((socket) => sockets.put(socket)), next: sockets.take };
}

describe('several backends of a name', () => {
  test('take turns, however names are interleaved', async () => {
    const a = await Promise.all(['a1', 'a2', 'a3'].map((name) => startWeb(name)));
    const b = await Promise.all(['b1', 'b2'].map((name) => startWeb(name)));
    const { port } = await startRouter({ http1: { 'a.example': a, 'b.example': b } });
    const answers: Record<string, string[]> = { 'a.example': [], 'b.example': [] };
    for (const name of ['a', 'b', 'a', 'a', 'b', 'a', 'b', 'b', 'a', 'b', 'a', 'b'].map((one) => `${one}.example`)) {
      answers[name]!.push(await askText(port, { name }));
    }
    expect(answers).toEqual({
      'a.example': ['a1', 'a2', 'a3', 'a1', 'a2', 'a3'],
      'b.example': ['b1', 'b2', 'b1', 'b2', 'b1', 'b2'],
    });
  });

  test('take turns where all connections come at once', async () => {
    const backends = await Promise.all(['1', '2', '3'].map((name) => startWeb(name)));
    const { port } = await startRouter({ http1: { [NAME]: backends } });
    await Promise.all(Array.from({ length: 30 }, () => askText(port, { name: NAME })));
    expect(backends.map(({ log }) => log.length)).toEqual([10, 10, 10]);
  });

  test('a dead one is passed over', async () => {
    const [one, dead, three] = [await startWeb('1'), await deadBackend(), await startWeb('3')];
    const { port, reports } = await startRouter({ http1: { [NAME]: [one, dead, three] } });
    const answers: string[] = [];
    const reported: (Backend | undefined)[] = [];
    for (let turn = 0; turn < 6; turn++) {
      answers.push(await askText(port, { name: NAME }));
      reported.push((await reports.take()).backend);
    }
    expect(answers).toEqual(['1', '3', '3', '1', '3', '3']);
    expect(reported.map((backend) => (backend?.port === one.port ? '1' : '3'))).toEqual(answers);
  });

  test('one that does not answer is passed over', async () => {
    const silent = { host: 'silent.example', port: 1, lookup: () => {} };
    const { port } = await startRouter({ http1: { [NAME]: [silent, await startWeb('2')] } });
    expect(await askText(port, { name: NAME })).toBe('2');
  });

  test('where all are dead, a client is told so in its own protocol', async () => {
    const dead = [await deadBackend(), await deadBackend()];
    const { port, reports } = await startRouter({ tls: { [NAME]: dead }, http1: { [NAME]: dead, 'none.example': [] } });
    expect(await replyTo(port, HEAD)).toBe(status('502 Bad Gateway'));
    expect(await replyTo(port, HELLO)).toBe(alert('internal_error'));
    expect(await replyTo(port, HEAD.replace(NAME, 'none.example'))).toBe(status('502 Bad Gateway'));
    for (let n = 0; n < 3; n++) {
      expect(await reports.take()).toMatchObject({ answer: { status: 'complete' }, backend: undefined });
    }
  });
});

describe('a table that changes while the router runs', () => {
  test('decides where the next connection goes', async () => {
    const [old, young] = [await startWeb('old'), await startWeb('young')];
    const { port, tables } = await startRouter({});
    const asked = async (): Promise<[number | undefined, string]> => {
      const { status, body } = await ask(port, { name: NAME });
      return [status, body.toString()];
    };
    expect(await asked()).toEqual([421, '']);
    tables.http1.set(NAME, [old]);
    expect(await asked()).toEqual([200, 'old']);
    tables.http1.get(NAME)!.push(young);
    expect([await asked(), await asked()].map(([, text]) => text).sort()).toEqual(['old', 'young']);
    tables.http1.set(NAME, [young]);
    expect([await asked(), await asked()]).toEqual([[200, 'young'], [200, 'young']]);
    tables.http1.delete(NAME);
    expect(await asked()).toEqual([421, '']);
  });

  test('leaves those alone that run', async () => {
    const { backend, next } = await startQueue();
    const { port, tables } = await startRouter({ tls: { [NAME]: [backend] } });
    const client = await dial(port);
    client.write(HELLO);
    const served = await next();
    await once(served, 'data');
    tables.tls.set(NAME, [await deadBackend()]);
    tables.tls.clear();
    served.end('still here');
    expect((await readAll(client)).toString()).toBe('still here');
    client.end('and heard');
    expect((await readAll(served)).toString()).toBe('and heard');
  });
});

describe('names', () => {
  test('of TLS and of HTTP are in tables of their own', async () => {
    const [secure, plain] = [await startWeb('secure', { tls: true }), await startWeb('plain')];
    const { port } = await startRouter({
      tls: { 'both.example': [secure], 'tls.example': [secure] },
      http1: { 'both.example': [plain], 'http.example': [plain] },
    });
    expect(await askText(port, { name: 'both.example', tls: true })).toBe('secure');
    expect(await askText(port, { name: 'both.example' })).toBe('plain');
    expect(await ask(port, { name: 'tls.example' })).toMatchObject({ status: 421 });
    await expect(ask(port, { name: 'http.example', tls: true })).rejects.toThrow('tlsv1 unrecognized name');
  });

  test('are the same in any case and with a dot at the end', async () => {
    const [secure, plain] = [await startWeb('secure', { tls: true }), await startWeb('plain')];
    const { port } = await startRouter({ tls: { [NAME]: [secure] }, http1: { [NAME]: [plain] } });
    for (const name of ['WWW.EXAMPLE.COM', 'www.example.com.', 'Www.Example.Com.']) {
      expect(await askText(port, { name, tls: true }), name).toBe('secure');
      expect(await askText(port, { name }), name).toBe('plain');
      expect(await askText(port, { name: `${name}:${port}` }), name).toBe('plain');
    }
    // As they were sent.
    expect(secure.log.map(({ host }) => host)).toEqual(['WWW.EXAMPLE.COM', 'www.example.com.', 'Www.Example.Com.']);
  });

  test('that are addresses are routed by as such', async () => {
    const secure = await startTcp((socket) => socket.end('secure'));
    const plain = await startWeb('plain');
    const { port } = await startRouter({
      tls: { '192.0.2.1': [secure], '2001:db8::1': [secure] },
      http1: { '192.0.2.1': [plain], '2001:db8::1': [plain] },
    });
    expect(await replyTo(port, hello({ extensions: serverName('192.0.2.1') }))).toBe('secure');
    expect(await replyTo(port, hello({ extensions: serverName('2001:DB8:0::1') }))).toBe('secure');
    expect(await askText(port, { name: '192.0.2.1:8080' })).toBe('plain');
    expect(await askText(port, { name: '[2001:db8:0:0::1]:8080' })).toBe('plain');
    expect(await replyTo(port, hello({ extensions: serverName('192.0.2.2') }))).toBe(alert('unrecognized_name'));
  });
});

describe('a client is turned away in its own protocol:', () => {
  test('HTTP with a name that is not in the table: 421', async () => {
    const { port, reports } = await startRouter({ http1: { [NAME]: [await startWeb('a')] } });
    expect(await replyTo(port, HEAD.replace(NAME, 'other.example'))).toBe(status('421 Misdirected Request'));
    expect(await reports.take()).toMatchObject({ answer: { value: { host: 'other.example' } }, backend: undefined });
  });

  test('HTTP/1.0 without a name: 404', async () => {
    const { port } = await startRouter({ http1: { [NAME]: [await startWeb('a')] } });
    expect(await replyTo(port, 'GET / HTTP/1.0\r\n\r\n')).toBe(status('404 Not Found'));
    expect(await replyTo(port, 'GET / HTTP/1.1\r\nHost:\r\n\r\n')).toBe(status('404 Not Found'));
  });

  test('a head that is malformed: 400', async () => {
    const { port, reports } = await startRouter({});
    // What is longer is refused for that, and what is no HTTP at all for its protocol.
    const rows = httpRefusals.filter(
      ({ head, code, options }) => options === undefined && code !== 'http.not_http' && head.length < 16_384,
    );
    expect(rows.length).toBeGreaterThan(100);
    for (const { title, head, code } of rows) {
      expect(await replyTo(port, bytes(head)), title).toBe(status('400 Bad Request'));
      expect(await reports.take(), title).toMatchObject({ answer: { status: 'malformed', code }, backend: undefined });
    }
  });

  test('a head longer than the router takes: 400', async () => {
    const { port } = await startRouter({});
    const cookie = `Cookie: ${'a'.repeat(1000)}\r\n`;
    expect(await replyTo(port, `${HEAD.slice(0, -2)}${cookie.repeat(20)}\r\n`)).toBe(status('400 Bad Request'));
  });

  test('a request line longer than the router takes: 400', async () => {
    const { port, reports } = await startRouter({});
    expect(await replyTo(port, HEAD.replace('/', `/${'a'.repeat(20_000)}`))).toBe(status('400 Bad Request'));
    expect(await reports.take()).toMatchObject({ answer: { code: 'http.line.limit' } });
  });

  test('HTTP/2 with prior knowledge: closed', async () => {
    const { port, reports } = await startRouter({ http1: { [NAME]: [await startWeb('a')] } });
    expect(await replyTo(port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).toBe('');
    expect(await reports.take()).toMatchObject({ answer: { value: { protocol: 'unknown' } }, backend: undefined });
  });

  test('a request whose target and Host name two hosts, of which either might be served: 421', async () => {
    const { port } = await startRouter({ http1: { [NAME]: [await startWeb('a')] } });
    const request = `GET http://${NAME}/ HTTP/1.1\r\nHost: internal.example\r\n\r\n`;
    expect(await replyTo(port, request)).toBe(status('421 Misdirected Request'));
  });

  test('something else, a PROXY header, or nothing: closed', async () => {
    const { port, reports } = await startRouter({});
    expect(await replyTo(port, 'SSH-2.0-OpenSSH_9.2\r\n')).toBe('');
    expect(await reports.take()).toMatchObject({ answer: { value: { protocol: 'unknown' } } });
    expect(await replyTo(port, 'PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n')).toBe('');
    expect(await reports.take()).toMatchObject({ answer: { code: 'preread.proxy.unexpected' } });
    expect((await say({ host: LOOPBACK, port }, bytes())).reply).toBe('');
    expect(await reports.take()).toMatchObject({ answer: { value: { protocol: 'silent' }, ended: 'end' } });
    expect((await say({ host: LOOPBACK, port }, HELLO.subarray(0, 20))).reply).toBe('');
    expect(await reports.take()).toMatchObject({ answer: { code: 'tls.client_hello.truncated', ended: 'end' } });
  });

  test.each([
    ['TLS 1.3 without a name', hello({ extensions: supportedVersions(0x0304, 0x0303) }), 'missing_extension'],
    ['TLS 1.2 without a name', hello({ extensions: supportedVersions(0x0303) }), 'unrecognized_name'],
    ['TLS without extensions', hello(), 'unrecognized_name'],
    ['TLS with another name than there are', hello({ extensions: serverName('other.example') }), 'unrecognized_name'],
  ] as const)('%s', async (_, sent, description) => {
    const { port } = await startRouter({ tls: { [NAME]: [await startWeb('a', { tls: true })] } });
    expect(await replyTo(port, sent)).toBe(alert(description));
  });

  test('a malformed hello: its alert', async () => {
    const { port, reports } = await startRouter({});
    // What does not begin as a handshake of TLS is no hello.
    const rows = refusals.filter(({ bytes, maxBytes }) => bytes[0] === 22 && bytes[1] === 3 && maxBytes === undefined);
    expect(rows.length).toBeGreaterThan(60);
    for (const { input, bytes: sent, code } of rows) {
      expect(await replyTo(port, sent), input).toBe(alert(alertFor(code)!));
      expect(await reports.take(), input).toMatchObject({ answer: { status: 'malformed', code }, backend: undefined });
    }
  });

  test('a hello whose name is none: unrecognized_name', async () => {
    const { port, reports } = await startRouter({});
    const rows = acceptances.filter((row) => row.serverName?.kind === 'invalid' && row.maxBytes === undefined);
    expect(rows.length).toBeGreaterThan(10);
    for (const { input, bytes: sent } of rows) {
      expect(await replyTo(port, sent), input).toBe(alert('unrecognized_name'));
      expect(await reports.take(), input).toMatchObject({ answer: { code: 'tls.server_name.invalid' } });
    }
  });
});

test.each(['SSH-2.0-OpenSSH_9.2\r\n', HEAD, hello()])('a client that is turned away and stays is cut off (%#)', async (sent) => {
  const router = await startRouter({});
  const take = accepted(router);
  const client = await dial(router.port);
  client.write(sent);
  const socket = await take();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await readAll(client);
  // However much more it has to say.
  client.write(noise(MEGABYTE, 5));
  await closed;
  client.destroy();
});

describe('HTTP is routed by the first head of a connection:', () => {
  test('a later request for another host reaches the first backend, which answers 421', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const handle: http.RequestListener = ({ headers }, response) => {
      response.writeHead(headers.host === 'first.example' ? 200 : 421).end('first');
    };
    const [first, second] = [await startWeb('first', { handle }), await startWeb('second')];
    const { port, reports } = await startRouter({ http1: { 'first.example': [first], 'second.example': [second] } });
    for (const [name, expected] of [['first.example', 200], ['second.example', 421], ['first.example', 200]] as const) {
      const { status, body } = await ask(port, { name, agent });
      expect([status, body.toString()]).toEqual([expected, 'first']);
    }
    expect(second.log).toEqual([]);
    // One connection, one report; the next one is of the next connection.
    expect(await reports.take()).toMatchObject({ backend: { port: first.port } });
    expect(await askText(port, { name: 'second.example' })).toBe('second');
    expect(await reports.take()).toMatchObject({ backend: { port: second.port } });
  });
});

describe('what passes through', () => {
  test('an Upgrade, and frames both ways behind it', async () => {
    const server = http.createServer().on('upgrade', (_, socket: Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.on('data', (chunk) => socket.write(`echo ${chunk}`)).on('end', () => socket.end('bye'));
    });
    const backend = { host: LOOPBACK, port: await listen(server) };
    const { port } = await startRouter({ http1: { [NAME]: [backend] } });
    const headers = { Host: NAME, Connection: 'Upgrade', Upgrade: 'websocket' };
    const request = http.request({ host: LOOPBACK, port, headers, agent: false }).end();
    const [, socket] = (await once(request, 'upgrade')) as [unknown, Socket];
    for (const text of ['one', 'two', 'three']) {
      socket.write(text);
      expect(String((await once(socket, 'data'))[0])).toBe(`echo ${text}`);
    }
    socket.end();
    expect(String((await once(socket, 'data'))[0])).toBe('bye');
  });

  test.each([false, true])('each server-sent event before there is another (TLS: %s)', async (tls) => {
    let stream!: http.ServerResponse;
    const handle: http.RequestListener = (_, response) => {
      stream = response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      stream.write('data: 0\n\n');
    };
    const backends = { [NAME]: [await startWeb('events', { tls, handle })] };
    const { port } = await startRouter(tls ? { tls: backends } : { http1: backends });
    const client = tls
      ? connectTls({ host: LOOPBACK, port, servername: NAME, rejectUnauthorized: false })
      : await dial(port);
    client.setEncoding('latin1').write(HEAD);
    let text = '';
    client.on('data', (chunk: string) => (text += chunk));
    for (let event = 0; event < 5; event++) {
      if (event > 0) stream.write(`data: ${event}\n\n`);
      await eventually(() => text.includes(`data: ${event}\n\n`), `event ${event} comes`);
    }
    client.destroy();
  });

  test("the client's address, of either family, where the router listens on both", async () => {
    const [v1, v2] = [await startWeb('v1', { proxy: 'v1' }), await startWeb('v2', { proxy: 'v2', tls: true })];
    const { port } = await startRouter({ http1: { [NAME]: [v1] }, tls: { [NAME]: [v2] } }, undefined, undefined, '::');
    for (const [host, from] of [[LOOPBACK, '127.0.0.7'], ['::1', '::1']] as const) {
      expect(await askText(port, { name: NAME, host, from })).toBe('v1');
      expect(await askText(port, { name: NAME, host, from, tls: true })).toBe('v2');
    }
    expect(v1.log.map(({ address }) => address)).toEqual(['127.0.0.7', '::1']);
    expect(v2.log.map(({ address }) => address)).toEqual(['127.0.0.7', '::1']);
  });

  test('HTTP/2 within TLS', async () => {
    const server = http2.createSecureServer({ cert, key }, ({ stream, authority }, response) => {
      response.end(`${authority} for ${stream.session?.socket.remoteAddress}`);
    });
    const own = await listen(acceptProxy(server, { trusted: () => true }));
    const backend = { host: LOOPBACK, port: own, proxy: 'v2' } as const;
    const { port } = await startRouter({ tls: { [NAME]: [backend] } });
    const options = { servername: NAME, rejectUnauthorized: false, localAddress: '127.0.0.7' };
    const session = http2.connect(`https://${LOOPBACK}:${port}`, options);
    for (let n = 0; n < 3; n++) {
      const chunks = await session.request({ ':authority': NAME }).setEncoding('utf8').toArray();
      expect(chunks.join('')).toBe(`${NAME} for 127.0.0.7`);
    }
    session.destroy();
  });

  test('a TLS session, resumed by its ticket too', async () => {
    const { port } = await startRouter({ tls: { [NAME]: [await startWeb('secure', { tls: true })] } });
    const options = { host: LOOPBACK, port, servername: NAME, rejectUnauthorized: false };
    const first = connectTls(options).resume();
    first.write(HEAD);
    const [session] = (await once(first, 'session')) as [Buffer];
    await once(first, 'close');
    const second = connectTls({ ...options, session }).resume();
    await once(second, 'secureConnect');
    expect(second.isSessionReused()).toBe(true);
    second.destroy();
  });
});

/** What opens a connection that is routed, and where it is. */
const openings = [
  ['HTTP', Buffer.from(HEAD)],
  ['TLS', Buffer.from(HELLO)],
] as const;

describe.each(openings)('either side may end before the other: %s', (_, opening) => {
  const big = noise(5 * MEGABYTE, 1);
  const upload = noise(5 * MEGABYTE, 2);
  const start = (backend: Backend): ReturnType<typeof startRouter> =>
    startRouter({ tls: { [NAME]: [backend] }, http1: { [NAME]: [backend] } });

  test.each(['at once', 'once it is connected', 'while the answer comes'])(
    'a client that has no more to say %s still gets the whole answer',
    async (when) => {
      const { backend, next } = await startQueue();
      const { port } = await start(backend);
      const client = await dial(port);
      if (when === 'at once') client.end(opening);
      else client.write(opening);
      const served = await next();
      if (when === 'once it is connected') client.end();
      if (when === 'while the answer comes') served.write(big.subarray(0, MEGABYTE));
      const received = readAll(client);
      if (when === 'while the answer comes') {
        await once(client, 'data');
        client.end();
      }
      expect(sha256(await readAll(served))).toBe(sha256(opening));
      served.end(when === 'while the answer comes' ? big.subarray(MEGABYTE) : big);
      expect(sha256(await received)).toBe(sha256(big));
    },
  );

  test('a server that has no more to say still gets the whole upload', async () => {
    const { backend, next } = await startQueue();
    const { port } = await start(backend);
    const client = await dial(port);
    client.write(opening);
    const served = await next();
    const heard = readAll(served);
    served.end(big);
    expect(sha256(await readAll(client))).toBe(sha256(big));
    client.end(upload);
    expect(sha256(await heard)).toBe(sha256(Buffer.concat([opening, upload])));
  });

  test('an opening that comes byte by byte, and all behind it', async () => {
    const { backend, next } = await startQueue();
    const { port } = await start(backend);
    const client = await dial(port);
    for (const byte of opening) {
      client.write(Buffer.of(byte));
      await nextTurn();
    }
    client.end(upload);
    expect(sha256(await readAll(await next()))).toBe(sha256(Buffer.concat([opening, upload])));
    client.destroy();
  });

  test('an upload that comes with the opening, its end, and an answer to it', async () => {
    const backend = await startTcp((socket) => {
      void readAll(socket).then((heard) => socket.end(sha256(heard)));
    });
    const { port } = await start(backend);
    const client = await dial(port);
    const sent = Buffer.concat([opening, upload]);
    client.end(sent);
    expect((await readAll(client)).toString()).toBe(sha256(sent));
  });

  test('both at once, five megabytes each way', async () => {
    const { backend, next } = await startQueue();
    const { port } = await start(backend);
    const client = await dial(port);
    client.end(Buffer.concat([opening, upload]));
    const served = await next();
    served.end(big);
    const [down, up] = await Promise.all([readAll(client), readAll(served)]);
    expect(sha256(down)).toBe(sha256(big));
    expect(sha256(up)).toBe(sha256(Buffer.concat([opening, upload])));
  });

  test('behind a PROXY header that comes with it, and with one to the backend', async () => {
    const { backend, next } = await startQueue();
    const names = { [NAME]: [{ ...backend, proxy: 'v2' } as const] };
    const router = await startRouter({ tls: names, http1: names }, undefined, (server) =>
      acceptProxy(server, { trusted: () => true }),
    );
    const client = await dial(router.port);
    const sent = Buffer.concat([HEADER, opening, upload]);
    client.end(sent);
    const served = await next();
    expect(sha256(await readAll(served))).toBe(sha256(sent));
    served.end(big);
    expect(sha256(await readAll(client))).toBe(sha256(big));
  });
});

describe('a connection that fails', () => {
  /** A connection that is served, at its two ends, and as the router holds it. */
  async function start(): Promise<{ client: Socket; served: Socket; between: Socket }> {
    const { backend, next } = await startQueue();
    const router = await startRouter({ http1: { [NAME]: [backend] } });
    const take = accepted(router);
    const client = await dial(router.port);
    client.write(HEAD);
    const [served, between] = [await next(), await take()];
    await once(served, 'data');
    served.write('hello');
    await once(client, 'data');
    return { client, served, between };
  }

  test('on the side of the client fails on that of the backend', async () => {
    const { client, served, between } = await start();
    client.resetAndDestroy();
    await expect(once(served.resume(), 'end')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(between.destroyed).toBe(true);
  });

  test('on the side of the backend fails on that of the client, so that half a response does not look whole', async () => {
    const { client, served, between } = await start();
    served.resetAndDestroy();
    await expect(once(client.resume(), 'end')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(between.destroyed).toBe(true);
  });

  test.each([
    ['', (server: Server) => server, ''],
    [', behind a balancer', (server: Server) => acceptProxy(server, { trusted: () => true }), HEADER],
  ] as const)('before the backend is connected%s: the backend hears nothing', async (_, behind, front) => {
    const { backend, next } = await startQueue();
    let connectNow = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      connectNow = resolve;
    });
    const answer: { now?: () => void } = {};
    const lookup: LookupFunction = (_, options, done) => {
      answer.now = () => (options.all ? done(null, [{ address: LOOPBACK, family: 4 }]) : done(null, LOOPBACK, 4));
      connectNow();
    };
    const slow = { host: 'slow.example', port: backend.port, proxy: 'v2' as const, lookup };
    const router = await startRouter({ http1: { [NAME]: [slow] } }, undefined, behind);
    const take = accepted(router);
    const client = await dial(router.port);
    client.write(front);
    client.write(HEAD);
    const socket = await take();
    await isAsked;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    client.resetAndDestroy();
    await closed;
    answer.now!();
    expect(await readAll(await next())).toHaveLength(0);
    expect(await router.reports.take()).toMatchObject({ answer: { status: 'complete' }, backend: slow });
    // And goes on.
    const another = await dial(router.port);
    another.write(front);
    another.end('GET / HTTP/1.0\r\n\r\n');
    expect((await readAll(another)).toString()).toBe(status('404 Not Found'));
  });

  test('before it said anything is reported as such', async () => {
    const router = await startRouter({});
    const take = accepted(router);
    const client = await dial(router.port);
    await take();
    client.resetAndDestroy();
    expect(await router.reports.take()).toMatchObject({ answer: { value: { protocol: 'silent' }, ended: 'reset' } });
  });
});

test('a backend that reads slowly slows its client down: what is on its way is bounded', async () => {
  const { backend, next } = await startQueue();
  const router = await startRouter({ http1: { [NAME]: [backend] } });
  const take = accepted(router);
  const client = await dial(router.port);
  const upload = noise(64 * MEGABYTE, 3);
  client.write(HEAD);
  client.end(upload);
  const [socket, served] = [await take(), await next()];
  await standsStill(() => socket.bytesRead);
  // Two connections' worth of the kernel's buffers, of 10 MB each at the most, and the router's own.
  expect(socket.bytesRead).toBeLessThan(24 * MEGABYTE);
  expect(sha256(await readAll(served))).toBe(sha256(Buffer.concat([Buffer.from(HEAD), upload])));
});

/** Waits until a number has been the same for half a second. */
async function standsStill(read: () => number): Promise<void> {
  let last = read();
  let since = Date.now();
  await eventually(() => {
    if (read() !== last) [last, since] = [read(), Date.now()];
    return Date.now() - since > 500;
  }, 'a number stands still');
}

function connectionsOf({ server }: RunningRouter): Promise<number> {
  return promisify(server.getConnections.bind(server))();
}

describe('no more than maxWaiting connections', () => {
  /** Which are still open once no more than so many are, for which the deadline of the router must not be needed. */
  async function survivors(clients: readonly Socket[], count: number): Promise<number[]> {
    const isOpen = (client: Socket): boolean => !client.readableEnded && !client.destroyed;
    await eventually(() => clients.filter(isOpen).length <= count, `${count} of ${clients.length} are left`, 8_000);
    return clients.flatMap((client, at) => (isOpen(client) ? [at] : []));
  }

  test('may wait: the one that waits longest gives way', async () => {
    const router = await startRouter({}, 3);
    const take = accepted(router);
    const clients: Socket[] = [];
    for (let n = 0; n < 8; n++) {
      const client = (await dial(router.port)).resume();
      client.write(HELLO.subarray(0, 10));
      clients.push(client);
      await take();
      expect(await survivors(clients, 3)).toEqual([...clients.keys()].slice(-3));
    }
    for (let n = 0; n < 5; n++) expect(await router.reports.take()).toMatchObject({ answer: { ended: 'reset' } });
    for (const client of clients) client.destroy();
  });

  test('may wait, where many come at once', async () => {
    const router = await startRouter({}, 3);
    const take = accepted(router);
    const clients = await Promise.all(Array.from({ length: 50 }, () => dial(router.port)));
    for (const client of clients) client.resume();
    for (let n = 0; n < 50; n++) await take();
    // One more, lest the last ones are still being closed.
    clients.push((await dial(router.port)).resume());
    expect(await survivors(clients, 3)).toHaveLength(3);
    for (const client of clients) client.destroy();
  });

  test('may wait behind their PROXY headers, where those come at once', async () => {
    const router = await startRouter({}, 3, (server) => acceptProxy(server, { trusted: () => true }));
    const clients = await Promise.all(Array.from({ length: 50 }, () => dial(router.port)));
    await eventually(async () => (await connectionsOf(router)) === 50, 'all are accepted');
    for (const client of clients) client.resume().write(HEADER);
    // Long enough for all of them to arrive before the router looks again.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    expect(await survivors(clients, 3)).toHaveLength(3);
    for (const client of clients) client.destroy();
  });

  test('are those that are served', async () => {
    const { backend, next } = await startQueue();
    const router = await startRouter({ http1: { [NAME]: [backend] } }, 2);
    const served: [Socket, Socket][] = [];
    for (let n = 0; n < 6; n++) {
      const client = await dial(router.port);
      client.write(HEAD);
      served.push([client, await next()]);
    }
    for (const [n, [client, socket]] of served.entries()) {
      socket.end(`answer ${n}`);
      expect((await readAll(client)).toString()).toBe(`answer ${n}`);
      client.destroy();
    }
  });
});
