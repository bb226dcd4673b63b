/**
 * The router of the README at work: two TLS backends and one for HTTP behind it, real clients in front of it. Each
 * backend tells its client which address it saw, and turns away requests for hosts that are not its own.
 */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { promisify, stripVTControlCharacters } from 'node:util';
import { explain } from 'preread/explain';
import { acceptProxy, endpoints, probeTls, proxyHeader } from 'preread/node';
import { encodeProxyV2 } from 'preread/proxy';
import { cipherSuites, nameOf, versions } from 'preread/tls/names';
import { cert, key } from '../vectors/certificate.ts';
import { createRouter } from './router.ts';
import type { Backend } from './router.ts';
import { printTable } from './table.ts';

const HOST = '127.0.0.1';
/** Where there is more than one loopback address, clients come from several. */
const clientAddress = (last: number): string => (process.platform === 'linux' ? `127.0.0.${last}` : HOST);

async function listen(server: net.Server): Promise<number> {
  await once(server.listen(0, HOST), 'listening');
  return (server.address() as AddressInfo).port;
}

/** What a backend saw of its client. */
interface Seen {
  readonly backend: string;
  readonly client: string;
  readonly version: number | undefined;
}

/** A backend that takes PROXY headers from the router alone, and requests for its own hosts. */
async function startBackend(backend: string, hosts: readonly string[], proxy: 'v1' | 'v2', secure: boolean): Promise<Backend> {
  const answer: http.RequestListener = ({ headers, socket }, response) => {
    const host = headers.host?.replace(/:\d+$/, '');
    const seen: Seen = { backend, client: `${socket.remoteAddress}:${socket.remotePort}`, version: proxyHeader(socket)?.version };
    response.writeHead(host !== undefined && hosts.includes(host) ? 200 : 421).end(JSON.stringify(seen));
  };
  const server = secure ? https.createServer({ cert, key }, answer) : http.createServer(answer);
  const port = await listen(acceptProxy(server, { trusted: ({ remoteAddress }) => remoteAddress === HOST }));
  servers.push(server);
  return { host: HOST, port, proxy };
}

const servers: net.Server[] = [];
const names = new Map<Backend, string>();
const tlsA = await startBackend('tls-a', ['www.example.com', 'shop.example.com'], 'v2', true);
const tlsB = await startBackend('tls-b', ['shop.example.com', 'new.example.com'], 'v1', true);
const plain = await startBackend('http', ['www.example.com'], 'v2', false);
for (const [name, backend] of Object.entries({ 'tls-a': tlsA, 'tls-b': tlsB, http: plain })) names.set(backend, name);

const tables = {
  tls: new Map([
    ['www.example.com', [tlsA]],
    ['shop.example.com', [tlsA, tlsB]],
  ]),
  http1: new Map([['www.example.com', [plain]]]),
};

/** What the router said of a connection. */
interface Routed {
  readonly client: string | undefined;
  readonly name: string;
  readonly protocol: string;
  readonly backend: string;
  readonly explained: string | undefined;
}
const routed: Routed[] = [];
const router = createRouter(tables, (answer, backend) => {
  const source = endpoints(answer.socket)?.source;
  const value = answer.status === 'complete' ? answer.value : undefined;
  const { message, reference, cause } = explain(answer, { expected: 'tls' });
  const isAlarming = answer.status === 'malformed' || (answer.value.protocol === 'tls' && answer.value.host === undefined);
  routed.push({
    client: source && 'address' in source ? `${source.address}:${source.port}` : undefined,
    name: value !== undefined && 'host' in value ? (value.host ?? 'none sent') : '-',
    protocol: answer.status === 'complete' ? answer.value.protocol : answer.code,
    backend: backend === undefined ? '-' : names.get(backend)!,
    explained: isAlarming ? `${message} [${reference}]\n   ${cause}` : undefined,
  });
});
const port = await listen(router);
servers.push(router);

function printRoutes(): void {
  const rows = Object.entries(tables).flatMap(([protocol, table]) =>
    [...table].map(([name, backends]) => [
      name,
      protocol,
      backends.map((backend) => `${names.get(backend)} ${backend.host}:${backend.port} (PROXY ${backend.proxy})`).join(', '),
    ]),
  );
  printTable(['name', 'protocol', 'backends, which take turns'], rows);
}

/** What a client has to tell: of the backend, or of its own error. */
interface Told {
  readonly address?: string | undefined;
  readonly seen?: Seen | undefined;
  readonly says: string;
}

async function request(servername: string | undefined, from: number, options: https.RequestOptions = {}): Promise<Told> {
  const to = { host: HOST, port, localAddress: clientAddress(from), headers: { host: servername ?? HOST }, agent: false };
  const secure = { rejectUnauthorized: false, servername: servername ?? '' };
  const asked = options.protocol === 'http:' ? http.get({ ...to, ...options }) : https.get({ ...to, ...secure, ...options });
  try {
    const [response] = (await once(asked, 'response')) as [http.IncomingMessage];
    const { localAddress, localPort } = response.socket;
    const body = (await response.setEncoding('utf8').toArray()).join('');
    const says = `HTTP ${response.statusCode}`;
    return { address: `${localAddress}:${localPort}`, seen: body === '' ? undefined : (JSON.parse(body) as Seen), says };
  } catch (error) {
    // In front of it and behind it are functions, files and lines of OpenSSL.
    const { message } = error as Error;
    return { says: /tlsv1\w* [a-z ]+|alert number \d+/.exec(message)?.[0] ?? message };
  }
}

/** Runs a program and gives the last line of its output that tells of the outcome. */
async function program(file: string, args: readonly string[], telling: RegExp): Promise<Told> {
  const { stdout, stderr } = await promisify(execFile)(file, args, { timeout: 10_000 }).catch((error: object) => error as never);
  const lines = stripVTControlCharacters(`${stdout}\n${stderr}`).split('\n');
  const says = telling.exec(lines.find((line) => telling.test(line)) ?? 'nothing')?.[0] ?? 'nothing';
  return says.startsWith('{') ? { seen: JSON.parse(says) as Seen, says: 'HTTP 200' } : { says };
}

async function byHand(bytes: Uint8Array | string): Promise<Told> {
  const socket = net.connect({ port, host: HOST, localAddress: clientAddress(9) });
  socket.write(bytes);
  const reply = (await socket.toArray()) as Buffer[];
  return { says: reply.length === 0 ? 'closed' : Buffer.concat(reply).toString('latin1').split('\r\n')[0]! };
}

/** Two requests on one connection: the router looks at the first alone. */
async function twoHosts(): Promise<Told> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const options = { protocol: 'http:', agent };
  const first = await request('www.example.com', 7, options);
  const second = await request('other.example.com', 7, options);
  agent.destroy();
  return { ...second, says: `${first.says}, then ${second.says}` };
}

const curl = (name: string, scheme: string, ...args: string[]): Promise<Told> =>
  program(
    'curl',
    ['-sSk', '--noproxy', '*', '--max-time', '5', '--interface', clientAddress(8), '--resolve', `${name}:${port}:${HOST}`, ...args, `${scheme}://${name}:${port}/`],
    /tlsv1 [a-z ]+|(?<=returned )error: \d+|^\{.*/,
  );
const s_client = (...args: string[]): Promise<Told> =>
  program('openssl', ['s_client', '-connect', `${HOST}:${port}`, ...args], /tlsv1\w* [a-z ]+|unexpected eof/);
const isInstalled = (file: string, option: string): boolean => spawnSync(file, [option]).status === 0;

/** A health check, which takes no more than the beginning of the answer. */
async function probe(serverName?: string): Promise<Told> {
  const { healthy, version, cipherSuite, reason } = await probeTls({ host: HOST, port, serverName, timeout: 5000 });
  return { says: healthy ? `healthy: ${nameOf(versions, version)}, ${nameOf(cipherSuites, cipherSuite)}` : reason };
}

/** A client, and what has to come of it. */
interface Client {
  readonly title: string;
  readonly needs?: readonly [file: string, option: string];
  run(): Promise<Told>;
  readonly protocol: string;
  readonly backend?: string;
  /** Whether the backend gets to answer; unless given, where there is one. */
  readonly isServed?: false;
  readonly says: RegExp;
}
const header = encodeProxyV2({ source: { address: '192.0.2.1', port: 56324 }, destination: { address: '198.51.100.1', port: 443 } });
const curlVersion = ['curl', '--version'] as const;
const opensslVersion = ['openssl', 'version'] as const;
const clients: readonly Client[] = [
  { title: 'node:https', run: () => request('www.example.com', 2), protocol: 'tls', backend: 'tls-a', says: /200/ },
  { title: 'node:https', run: () => request('shop.example.com', 3), protocol: 'tls', backend: 'tls-a', says: /200/ },
  { title: 'node:https', run: () => request('shop.example.com', 4), protocol: 'tls', backend: 'tls-b', says: /200/ },
  { title: 'node:http', run: () => request('www.example.com', 5, { protocol: 'http:' }), protocol: 'http1', backend: 'http', says: /200/ },
  { title: 'curl', needs: curlVersion, run: () => curl('www.example.com', 'https'), protocol: 'tls', backend: 'tls-a', says: /200/ },
  { title: 'curl', needs: curlVersion, run: () => curl('www.example.com', 'http'), protocol: 'http1', backend: 'http', says: /200/ },
  { title: 'node:https, added name', run: () => added(), protocol: 'tls', backend: 'tls-b', says: /200/ },
  { title: 'node:http, two hosts on one connection', run: twoHosts, protocol: 'http1', backend: 'http', says: /200, then HTTP 421/ },
  { title: 'node:https, unknown name', run: () => request('no.example.com', 6), protocol: 'tls', says: /unrecognized name/ },
  { title: 'node:https without a name', run: () => request(undefined, 6), protocol: 'tls', says: /missing extension/ },
  {
    title: 'node:https without a name, TLS 1.2',
    run: () => request(undefined, 6, { maxVersion: 'TLSv1.2' }),
    protocol: 'tls',
    says: /unrecognized name/,
  },
  { title: 'openssl s_client -noservername', needs: opensslVersion, run: () => s_client('-noservername'), protocol: 'tls', says: /missing extension/ },
  { title: 'curl, unknown name', needs: curlVersion, run: () => curl('no.example.com', 'https'), protocol: 'tls', says: /unrecognized name/ },
  { title: 'curl, unknown host', needs: curlVersion, run: () => curl('no.example.com', 'http', '-f'), protocol: 'http1', says: /421/ },
  { title: 'probeTls', run: () => probe('www.example.com'), protocol: 'tls', backend: 'tls-a', isServed: false, says: /healthy: TLS 1.3/ },
  { title: 'probeTls, unknown name', run: () => probe('no.example.com'), protocol: 'tls', says: /^unrecognized_name$/ },
  { title: 'probeTls without a name', run: () => probe(), protocol: 'tls', says: /^missing_extension$/ },
  { title: 'HTTP/1.0 without a host', run: () => byHand('GET / HTTP/1.0\r\n\r\n'), protocol: 'http1', says: /404/ },
  { title: 'a balancer that sends PROXY v2', run: () => byHand(header), protocol: 'preread.proxy.unexpected', says: /closed/ },
];

/** The table changes while the router runs. */
function added(): Promise<Told> {
  tables.tls.set('new.example.com', [tlsB]);
  return request('new.example.com', 2);
}

setTimeout(() => {
  console.error('no answer within a minute');
  process.exit(1);
}, 60_000).unref();

console.log(`the router listens on ${HOST}:${port}\n`);
printRoutes();

const rows: string[][] = [];
const explained = new Map<string, string>(); // what each means, and who did it first
const wrong: string[] = [];
for (const { title, needs, run, protocol, backend = '-', isServed = backend !== '-', says } of clients) {
  if (needs !== undefined && !isInstalled(...needs)) {
    console.log(`(${needs[0]} is not installed: '${title}' is left out)`);
    continue;
  }
  const before = routed.length;
  const told = await run();
  const [connection, ...others] = routed.slice(before);
  const client = told.address ?? connection?.client;
  const isRight =
    connection?.protocol === protocol &&
    connection.backend === backend &&
    others.length === 0 &&
    says.test(told.says) &&
    (!isServed || (told.seen?.backend === backend && told.seen.client === client && client === connection.client));
  if (!isRight) wrong.push(`${title}: ${JSON.stringify({ connection, others, told })}`);
  const saw = told.seen === undefined ? '-' : `${told.seen.client} (v${told.seen.version})`;
  rows.push([title, client ?? '-', connection?.name ?? '-', connection?.protocol ?? '-', connection?.backend ?? '-', saw, told.says]);
  if (connection?.explained !== undefined && !explained.has(connection.explained)) explained.set(connection.explained, title);
}
console.log();
printTable(['client', 'its address', 'name', 'protocol', 'backend', 'the backend saw', 'the client reports'], rows);
console.log('\nexplained:');
for (const [meaning, title] of explained) console.log(`${title}: ${meaning}`);
console.log();
for (const server of servers) server.close();

if (wrong.length > 0) {
  console.error(`not as expected:\n${wrong.join('\n')}`);
  process.exitCode = 1;
}
// Clients that were turned away may leave a socket open for a moment.
setTimeout(() => process.exit(), 100).unref();
