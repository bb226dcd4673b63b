/** What went wrong for those whom this library is for, told again with the programs that it went wrong with. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { explain } from 'preread/explain';
import { acceptProxy, prereadSocket, proxyHeader } from 'preread/node';
import type { SocketAnswer } from 'preread/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort, startListening } from '../interop/proxy-listener.ts';
import { describeWith, nginxStreamModule, run, start, temporaryFolder } from '../interop/programs.ts';
import { startHaproxy, startNginx } from '../interop/servers.ts';
import { cert, key } from '../vectors/certificate.ts';
import { ask, askText, dial, eventually, listen, LOOPBACK, readAll } from './backends.ts';
import { startRouter, startTcp, startWeb } from './backends.ts';
import type { Routed, RunningRouter } from './backends.ts';
import type { Backend } from './router.ts';
import { startRouterProcess } from './router-process.ts';

const NAME = 'www.example.com';
const addresses = Array.from({ length: 8 }, (_, n) => `127.0.0.${n + 2}`);
const onTls = { expected: 'tls' } as const;

/** In the words of OpenSSL, which all three clients pass on. */
const MISSING_EXTENSION = 'tlsv13 alert missing extension';
const UNRECOGNIZED_NAME = 'tlsv1 unrecognized name';

const NO_NAME = 'The ClientHello carries no server name.';
const OTHER_NAME = 'This is TLS, for other.example.';

/** The router with one backend of TLS, under a name that clients may send. */
async function startNamed(): Promise<RunningRouter> {
  return startRouter({ tls: { [NAME]: [await startWeb('served', { tls: true })] } });
}

/** A TLS client: its own words, whether it was served or not. */
interface Client {
  readonly name: string | undefined;
  readonly tls12?: boolean;
}
type Connect = (port: number, client: Client) => Promise<string>;

function nodeTls(options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ rejectUnauthorized: false, ...options });
    socket.on('error', ({ message }) => resolve(message));
    socket.once('secureConnect', () => {
      socket.write(`GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\n\r\n`);
      resolve(readAll(socket).then(String));
    });
  });
}

const curlAlone = ['--disable', '--noproxy', '*', '--silent', '--show-error', '--insecure'];

const clients: Readonly<Record<string, Connect>> = {
  'node:tls': (port, { name, tls12 }) =>
    nodeTls({ host: LOOPBACK, port, ...(name && { servername: name }), ...(tls12 && { maxVersion: 'TLSv1.2' }) }),
  'openssl s_client': async (port, { name, tls12 }) => {
    const naming = name === undefined ? ['-noservername'] : ['-servername', name];
    const args = ['-no-CAfile', '-connect', `${LOOPBACK}:${port}`, ...naming, ...(tls12 ? ['-tls1_2'] : [])];
    return (await run('openssl', ['s_client', ...args])).output;
  },
  curl: async (port, { name, tls12 }) => {
    const place = name === undefined ? [] : ['--resolve', `${name}:${port}:${LOOPBACK}`];
    const args = [...curlAlone, ...place, ...(tls12 ? ['--tls-max', '1.2'] : [])];
    return (await run('curl', [...args, `https://${name ?? LOOPBACK}:${port}/`])).output;
  },
};

describeWith(['tinyproxy', 'curl'], 'a client behind a CONNECT proxy', () => {
  async function startTinyproxy(): Promise<number> {
    const file = join(temporaryFolder(), 'tinyproxy.conf');
    let port = 0;
    const proxy = await startListening(async () => {
      port = await freePort();
      writeFileSync(file, `Port ${port}\nListen ${LOOPBACK}\nTimeout 60\nLogLevel Info\n`);
      return start('tinyproxy', ['-d', '-c', file]);
    }, /Accepting connections/);
    onTestFinished(() => proxy.stop());
    return port;
  }

  /** What is in front of a proxy, tells what it is asked for, and passes it on. */
  async function startFront(proxy: number): Promise<{ port: number; answers: SocketAnswer[] }> {
    const answers: SocketAnswer[] = [];
    const server = net.createServer({ allowHalfOpen: true }, async (socket) => {
      answers.push(await prereadSocket(socket));
      const upstream = net.connect({ host: LOOPBACK, port: proxy, allowHalfOpen: true });
      pipeline(socket, upstream, () => {});
      pipeline(upstream, socket, () => {});
    });
    return { port: await listen(server), answers };
  }

  async function tunnel(proxy: number, path: string): Promise<Socket> {
    const request = http.request({ host: LOOPBACK, port: proxy, method: 'CONNECT', path, agent: false }).end();
    const [response, socket] = (await once(request, 'connect')) as [http.IncomingMessage, Socket];
    expect(response.statusCode).toBe(200);
    return socket;
  }

  test('node:tls over CONNECT without servername: the router says that there is no name, the client why', async () => {
    const [{ port, reports }, proxy] = [await startNamed(), await startTinyproxy()];
    const socket = await tunnel(proxy, `${LOOPBACK}:${port}`);
    expect(await nodeTls({ socket })).toContain(MISSING_EXTENSION);
    const { answer, backend } = await reports.take();
    expect(backend).toBeUndefined();
    expect(answer).toMatchObject({ value: { protocol: 'tls', host: undefined } });
    expect(explain(answer, onTls)).toMatchObject({ message: NO_NAME, cause: expect.stringContaining('CONNECT') });
  });

  test('curl by address: the same', async () => {
    const [{ port, reports }, proxy] = [await startNamed(), await startTinyproxy()];
    const args = ['--disable', '-sS', '--insecure', '--proxytunnel', '--proxy', `http://${LOOPBACK}:${proxy}`];
    const { status, output } = await run('curl', [...args, `https://${LOOPBACK}:${port}/`]);
    expect([status, output]).toEqual([35, expect.stringContaining(MISSING_EXTENSION)]);
    const { answer } = await reports.take();
    expect(explain(answer, onTls).message).toBe(NO_NAME);
  });

  test('in front of the proxy, CONNECT names the authority; with a name in the hello too it is served', async () => {
    const backend = await startWeb('served', { tls: true });
    const { port, reports } = await startRouter({ tls: { [NAME]: [backend], localhost: [backend] } });
    const front = await startFront(await startTinyproxy());

    const socket = await tunnel(front.port, `${LOOPBACK}:${port}`);
    expect(await nodeTls({ socket, servername: NAME })).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nserved$/s);
    expect((await reports.take()).answer).toMatchObject({ value: { protocol: 'tls', host: NAME } });

    const args = ['--disable', '-sS', '--insecure', '--proxytunnel', '--proxy', `http://${LOOPBACK}:${front.port}`];
    expect(await run('curl', [...args, `https://localhost:${port}/`])).toEqual({ status: 0, output: 'served' });
    expect((await reports.take()).answer).toMatchObject({ value: { protocol: 'tls', host: 'localhost' } });

    const nameless = await run('curl', [...args, `https://${LOOPBACK}:${port}/`]);
    expect(nameless.output).toContain(MISSING_EXTENSION);
    expect(explain((await reports.take()).answer, onTls).message).toBe(NO_NAME);

    const authorities = front.answers.map((answer) => answer.status === 'complete' && 'http' in answer.value && [
      answer.value.http.method,
      answer.value.http.authority,
    ]);
    expect(authorities).toEqual([
      ['CONNECT', { host: LOOPBACK, port }],
      ['CONNECT', { host: 'localhost', port }],
      ['CONNECT', { host: LOOPBACK, port }],
    ]);
  });
});

describeWith(['openssl', 'curl'], 'a TLS client whose name leads nowhere says why', () => {
  describe.each(Object.entries(clients))('%s', (_, connect) => {
    test.each<[what: string, client: Client, words: string, message: string]>([
      ['no name, TLS 1.3', { name: undefined }, MISSING_EXTENSION, NO_NAME],
      ['no name, TLS 1.2', { name: undefined, tls12: true }, UNRECOGNIZED_NAME, NO_NAME],
      ['another name, TLS 1.3', { name: 'other.example' }, UNRECOGNIZED_NAME, OTHER_NAME],
      ['another name, TLS 1.2', { name: 'other.example', tls12: true }, UNRECOGNIZED_NAME, OTHER_NAME],
    ])('%s', async (_, client, words, message) => {
      const { port, reports } = await startNamed();
      expect(await connect(port, client)).toContain(words);
      const { answer, backend } = await reports.take();
      expect(backend).toBeUndefined();
      expect(explain(answer, onTls).message).toBe(message);
    });

    test('the right one', async () => {
      const { port, reports } = await startNamed();
      expect(await connect(port, { name: NAME })).toMatch(/served$|^New, TLSv1\.3/m);
      expect((await reports.take()).backend).toBeDefined();
    });
  });
});

/** Certificate and key, as programs want them. */
function identityIn(folder: string): { cert: string; key: string; both: string } {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  return { cert: write('cert.pem', cert), key: write('key.pem', key), both: write('both.pem', `${cert}\n${key}`) };
}

/** What nginx wants to be told beside what it is for. */
const nginxHttp = `
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;`;

describe('an upstream that refuses whoever does not send its name', () => {
  const upstreams = {
    nginx: async (): Promise<Backend> => {
      const folder = temporaryFolder();
      const { cert, key } = identityIn(folder);
      let port = 0;
      const nginx = await startNginx(folder, async () => {
        port = await freePort();
        return `http {
          access_log off; ${nginxHttp}
          server { listen ${LOOPBACK}:${port} ssl default_server; ssl_reject_handshake on; }
          server {
            listen ${LOOPBACK}:${port} ssl;
            server_name ${NAME};
            ssl_certificate ${cert};
            ssl_certificate_key ${key};
            return 200 "for $ssl_server_name";
          }
        }`;
      });
      onTestFinished(() => nginx.stop());
      return { host: LOOPBACK, port };
    },
    haproxy: async (): Promise<Backend> => {
      const folder = temporaryFolder();
      identityIn(folder);
      // By the name of the file, and not those in the certificate.
      writeFileSync(join(folder, 'list'), `${join(folder, 'both.pem')} ${NAME}\n`);
      let port = 0;
      const haproxy = await startHaproxy(folder, async () => {
        port = await freePort();
        return `
        frontend strict
          mode http
          bind ${LOOPBACK}:${port} ssl crt-list ${join(folder, 'list')} strict-sni
          http-request return status 200 content-type text/plain lf-string "for %[ssl_fc_sni]"
        `;
      });
      onTestFinished(() => haproxy.stop());
      return { host: LOOPBACK, port };
    },
  };

  describe.each([
    ['nginx', [nginxStreamModule], upstreams.nginx],
    ['haproxy', [], upstreams.haproxy],
  ] as const)('%s', (program, more, startUpstream) => {
    describeWith([program, 'openssl', 'curl', ...more], 'through the router', () => {
      test('serves a client with the name, which passes unchanged, and refuses all others', async () => {
        const upstream = await startUpstream();
        const { port, reports } = await startRouter({ tls: { [NAME]: [upstream] } });

        expect(await askText(port, { name: NAME, tls: true })).toBe(`for ${NAME}`);
        expect(await reports.take()).toMatchObject({ answer: { value: { host: NAME } }, backend: upstream });
        const resolve = ['--resolve', `${NAME}:${port}:${LOOPBACK}`];
        expect(await run('curl', [...curlAlone, ...resolve, `https://${NAME}:${port}/`])).toEqual({
          status: 0,
          output: `for ${NAME}`,
        });

        for (const [client, connect] of Object.entries(clients)) {
          expect(await connect(upstream.port, { name: undefined }), client).toContain(UNRECOGNIZED_NAME);
          expect(await connect(upstream.port, { name: 'other.example' }), client).toContain(UNRECOGNIZED_NAME);
          // The router says more where there is no name, and spares the upstream.
          expect(await connect(port, { name: undefined }), client).toContain(MISSING_EXTENSION);
          expect(await connect(port, { name: 'other.example' }), client).toContain(UNRECOGNIZED_NAME);
        }
      });
    });
  });
});

describe('a hosting company', () => {
  test('three backends of a name serve more than twice as much as one', async () => {
    let milliseconds = 50;
    /** Four requests at a time, for so long each. */
    const startSlow = (): Promise<Backend> => {
      let free = 4;
      const queue: (() => void)[] = [];
      return startTcp((socket) => {
        const serve = async (): Promise<void> => {
          if (free > 0) free--;
          else await new Promise<void>((resolve) => queue.push(resolve));
          await wait(milliseconds);
          socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\ndone');
          const next = queue.shift();
          if (next === undefined) free++;
          else next();
        };
        socket.once('data', () => void serve());
      });
    };
    const three = [await startSlow(), await startSlow(), await startSlow()];
    // In a process of its own and between ends that do little, lest it be this process that is measured.
    const names = { 'one.example': [await startSlow()], 'three.example': three };
    const router = await startRouterProcess({ tls: {}, http1: names });
    onTestFinished(() => router.stop());

    const throughput = async (name: string, requests: number): Promise<number> => {
      const started = performance.now();
      let left = requests;
      const work = async (): Promise<void> => {
        while (left-- > 0) {
          const client = await dial(router.port, { allowHalfOpen: false });
          client.write(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
          expect((await readAll(client)).toString()).toMatch(/^HTTP\/1\.1 200 .*done$/s);
        }
      };
      await Promise.all(Array.from({ length: 24 }, work));
      return requests / ((performance.now() - started) / 1000);
    };
    await throughput('three.example', 96);
    let ratio = 0;
    // Longer where the host is so busy that it is not the backends who take the time.
    for (const [longer, requests] of [[50, 240], [50, 240], [200, 120], [500, 96]] as const) {
      milliseconds = longer;
      const [one, all] = [await throughput('one.example', requests), await throughput('three.example', requests)];
      ratio = all / one;
      const figures = `${one.toFixed(1)} of one backend, ${all.toFixed(1)} of three: x ${ratio.toFixed(2)}`;
      console.log(`requests per second, of ${longer} ms each: ${figures}`);
      if (ratio > 2.2) break;
    }
    expect(ratio).toBeGreaterThan(2.2);
    expect(router.faults).toEqual([]);
  });

  test.each([
    ['HTTP', 'v1'],
    ['HTTP', 'v2'],
    ['HTTPS', 'v1'],
    ['HTTPS', 'v2'],
  ] as const)("the client's address is in the log of a backend in Node.js: %s, header %s", async (scheme, proxy) => {
    const tls = scheme === 'HTTPS';
    const backends = [await startWeb('1', { tls, proxy }), await startWeb('2', { tls, proxy })];
    const { port } = await startRouter({ [tls ? 'tls' : 'http1']: { [NAME]: backends } });
    await Promise.all(addresses.map((from) => ask(port, { name: NAME, tls, from, path: `/${from}` })));
    const log = backends.flatMap(({ log }) => log);
    expect(log.map(({ address }) => address).sort()).toEqual(addresses);
    for (const { address, url, host } of log) expect([url, host]).toEqual([`/${address}`, NAME]);
    expect(backends.map(({ log }) => log.length)).toEqual([4, 4]);
  });

  describeWith(['nginx', nginxStreamModule], 'with nginx', () => {
    test("the client's address is in its log: HTTP and HTTPS, headers v1 and v2", async () => {
      const folder = temporaryFolder();
      const { cert, key } = identityIn(folder);
      const log = join(folder, 'access.log');
      let [plain, secure] = [0, 0];
      const nginx = await startNginx(folder, async () => {
        [plain, secure] = [await freePort(), await freePort()];
        return `http { ${nginxHttp}
          log_format client '$scheme $proxy_protocol_addr $request_uri';
          access_log ${log} client;
          ssl_certificate ${cert};
          ssl_certificate_key ${key};
          server {
            listen ${LOOPBACK}:${plain} proxy_protocol;
            listen ${LOOPBACK}:${secure} ssl proxy_protocol;
            return 200 "$proxy_protocol_addr";
          }
        }`;
      });
      onTestFinished(() => nginx.stop());
      const hop = (port: number, proxy: 'v1' | 'v2'): Backend => ({ host: LOOPBACK, port, proxy });
      const { port } = await startRouter({
        http1: { 'v1.example': [hop(plain, 'v1')], 'v2.example': [hop(plain, 'v2')] },
        tls: { 'v1.example': [hop(secure, 'v1')], 'v2.example': [hop(secure, 'v2')] },
      });

      const expected: string[] = [];
      for (const from of addresses) {
        for (const version of ['v1', 'v2']) {
          for (const tls of [false, true]) {
            const path = `/${version}/${from}`;
            expect(await askText(port, { name: `${version}.example`, tls, from, path })).toBe(from);
            expected.push(`${tls ? 'https' : 'http'} ${from} ${path}`);
          }
        }
      }
      const lines = (): string[] => readFileSync(log, 'utf8').trim().split('\n');
      await eventually(() => lines().length === expected.length, 'nginx has logged all requests');
      expect(lines().sort()).toEqual(expected.sort());
    });
  });
});

describeWith(['haproxy'], 'HAProxy in front', () => {
  /** All that its client learns of a port behind it that closes. */
  const HUNG_UP = /disconnected before secure TLS connection|ECONNRESET/;

  /** @param hops per hop, where to, and options of the server line: what it listens on, in the same order */
  async function startHops(hops: readonly (readonly [port: number, options: string])[]): Promise<number[]> {
    const ports: number[] = [];
    const haproxy = await startHaproxy(temporaryFolder(), async () => {
      ports.length = 0;
      for (const _ of hops) ports.push(await freePort());
      return hops
        .map(
          ([to, options], n) => `
        listen hop${n}
          mode tcp
          bind ${LOOPBACK}:${ports[n]}
          server s ${LOOPBACK}:${to} ${options}
        `,
        )
        .join('\n');
    });
    onTestFinished(() => haproxy.stop());
    return ports;
  }

  test.each(['send-proxy', 'send-proxy-v2'])(
    '%s to a TLS port that expects no header is named at once, and which hop is misconfigured',
    async (options) => {
      const { port, server, reports } = await startNamed();
      let acceptedAt = 0;
      server.on('connection', () => (acceptedAt = performance.now()));
      const [hop] = await startHops([[port, options]]);
      const reported = reports.take().then((report): [Routed, number] => [report, performance.now()]);

      const said = await nodeTls({ host: LOOPBACK, port: hop!, servername: NAME });
      expect(said).toMatch(HUNG_UP);
      const [{ answer, backend }, reportedAt] = await reported;
      console.log(`${options}: named ${(reportedAt - acceptedAt).toFixed(1)} ms after the connection was accepted`);
      expect(reportedAt - acceptedAt).toBeLessThan(2000);
      expect(answer).toMatchObject({ code: 'preread.proxy.unexpected', offset: 0, ended: undefined });
      expect(backend).toBeUndefined();
      const { message, cause } = explain(answer, onTls);
      expect(message).toContain('A PROXY protocol header begins here, where TLS is expected.');
      expect(cause).toContain('The hop in front sends the header (send-proxy or send-proxy-v2 in HAProxy');
    },
  );

  test('without a header to one that requires it is named too', async () => {
    const codes: string[] = [];
    const { port } = await startRouter({}, undefined, (server) =>
      acceptProxy(server, { trusted: () => true, onRefused: ({ code }) => codes.push(code) }),
    );
    const [hop] = await startHops([[port, '']]);
    expect(await nodeTls({ host: LOOPBACK, port: hop!, servername: NAME })).toMatch(HUNG_UP);
    expect(codes).toEqual(['preread.proxy.missing']);
  });

  test.each([
    ['send-proxy', 'v1'],
    ['send-proxy', 'v2'],
    ['send-proxy-v2', 'v1'],
    ['send-proxy-v2', 'v2'],
  ] as const)("%s to a router that expects it, %s from there: the client's address arrives", async (options, proxy) => {
    const [plain, secure] = [await startWeb('plain', { proxy }), await startWeb('secure', { tls: true, proxy })];
    const trusted = new net.BlockList();
    trusted.addAddress(LOOPBACK);
    const router = await startRouter({ http1: { [NAME]: [plain] }, tls: { [NAME]: [secure] } }, undefined, (server) =>
      acceptProxy(server, { trusted }),
    );
    const headers: unknown[] = [];
    router.server.on('connection', (socket: Socket) => headers.push(proxyHeader(socket)?.version));
    const [hop] = await startHops([[router.port, options]]);
    for (const from of addresses) {
      expect(await askText(hop!, { name: NAME, from })).toBe('plain');
      expect(await askText(hop!, { name: NAME, from, tls: true })).toBe('secure');
    }
    expect(plain.log.map(({ address }) => address)).toEqual(addresses);
    expect(secure.log.map(({ address }) => address)).toEqual(addresses);
    expect(new Set(headers)).toEqual(new Set([options === 'send-proxy' ? 1 : 2]));
  });

  test('to a server of HTTPS that expects it, with one of its own', async () => {
    const secure = await startWeb('secure', { tls: true, proxy: 'v2' });
    const hops = await startHops([[secure.port, 'send-proxy'], [secure.port, 'send-proxy-v2']]);
    for (const from of addresses) {
      for (const hop of hops) expect(await askText(hop, { name: NAME, from, tls: true })).toBe('secure');
    }
    expect(secure.log.map(({ address }) => address)).toEqual(addresses.flatMap((address) => [address, address]));
  });

  test('a client may not claim an address past it', async () => {
    const secure = await startWeb('secure', { tls: true, proxy: 'v2' });
    const trusted = new net.BlockList();
    trusted.addAddress('127.0.0.99');
    const codes: string[] = [];
    const router = await startRouter({ tls: { [NAME]: [secure] } }, undefined, (server) =>
      acceptProxy(server, { trusted, onRefused: ({ code }) => codes.push(code) }),
    );
    const client = await dial(router.port);
    client.write('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n');
    expect(await readAll(client)).toHaveLength(0);
    expect(codes).toEqual(['preread.proxy.unexpected']);
    // And whoever sends none is served under an address of its own.
    expect(await askText(router.port, { name: NAME, tls: true, from: '127.0.0.5' })).toBe('secure');
    expect(secure.log.map(({ address }) => address)).toEqual(['127.0.0.5']);
  });
});
