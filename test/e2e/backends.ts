/** Routers and backends on loopback until the test is over, and clients for them. */
import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { acceptProxy } from 'preread/node';
import { onTestFinished } from 'vitest';
import { queue } from '../interop/proxy-listener.ts';
import type { Queue } from '../interop/proxy-listener.ts';
import { cert, key } from '../vectors/certificate.ts';
import { createRouter } from './router.ts';
import type { Backend } from './router.ts';

export const LOOPBACK = '127.0.0.1';

export interface Listening {
  readonly port: number;
  close(): void;
}

/** Binds a server to a free port. */
export async function open(server: net.Server, host: string = LOOPBACK): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Binds a server to a free port, and gives that. */
export async function listen(server: net.Server, host?: string): Promise<number> {
  const { port, close } = await open(server, host);
  onTestFinished(close);
  return port;
}

type CreateRouter = typeof createRouter;
export type Tables = Parameters<CreateRouter>[0];

/** What the router reported of one connection. */
export interface Routed {
  readonly answer: Parameters<Parameters<CreateRouter>[1]>[0];
  readonly backend: Backend | undefined;
}

export interface RunningRouter {
  readonly port: number;
  readonly server: net.Server;
  readonly tables: Tables;
  /** What it reported, one after the other. */
  readonly reports: Queue<Routed>;
}

export type Names = Readonly<Record<string, readonly Backend[]>>;

/** @param finish what makes of the router the server that listens */
export async function startRouter(
  names: { readonly tls?: Names; readonly http1?: Names },
  maxWaiting?: number,
  finish = (server: net.Server): net.Server => server,
  host?: string,
): Promise<RunningRouter> {
  const tables = { tls: tableOf(names.tls), http1: tableOf(names.http1) };
  const reports = queue<Routed>('a report');
  const server = finish(createRouter(tables, (answer, backend) => reports.put({ answer, backend }), maxWaiting));
  return { port: await listen(server, host), server, tables, reports };
}

export function tableOf(names: Names = {}): Map<string, Backend[]> {
  return new Map(Object.entries(names).map(([name, backends]) => [name, [...backends]]));
}

/** What a backend saw of a request. */
export interface Seen {
  readonly address: string | undefined;
  readonly host: string | undefined;
  readonly url: string | undefined;
}

export interface WebBackend extends Backend {
  readonly log: Seen[];
}

export interface WebOptions {
  readonly tls?: boolean;
  /** Which header the router is to send, and the backend to require; none unless given. */
  readonly proxy?: Backend['proxy'];
  /** Its name unless given. */
  readonly handle?: http.RequestListener;
}

/** A server of Node.js, which logs its clients and closes behind every answer. */
export async function startWeb(name: string, { tls = false, proxy, handle }: WebOptions = {}): Promise<WebBackend> {
  const log: Seen[] = [];
  const answer: http.RequestListener = (request, response) => {
    const { socket, headers, url } = request;
    log.push({ address: socket.remoteAddress, host: headers.host, url });
    if (handle === undefined) response.setHeader('Connection', 'close').end(name);
    else handle(request, response);
  };
  const server = tls ? https.createServer({ cert, key }, answer) : http.createServer(answer);
  if (proxy !== undefined) acceptProxy(server, { trusted: () => true });
  const port = await listen(server);
  return { host: LOOPBACK, port, log, ...(proxy && { proxy }) };
}

/** A server of TCP that leaves both directions to `serve`, and whose connections may fail. */
export async function startTcp(serve: (socket: Socket) => void): Promise<Backend> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  return { host: LOOPBACK, port: await listen(server) };
}

/** A port where nobody listens. */
export async function deadBackend(): Promise<Backend> {
  const { port, close } = await open(net.createServer());
  close();
  return { host: LOOPBACK, port };
}

export interface Asking {
  /** The name in SNI and Host. */
  readonly name?: string | undefined;
  readonly tls?: boolean;
  readonly host?: string;
  readonly from?: string;
  readonly path?: string;
  readonly body?: Uint8Array;
  readonly agent?: http.Agent;
}

export interface Answered {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Makes a request, on a connection of its own unless there is an agent. */
export async function ask(port: number, asking: Asking = {}): Promise<Answered> {
  const { name, tls = false, host = LOOPBACK, from, path = '/', body, agent } = asking;
  const options: https.RequestOptions = {
    ...{ host, port, path, agent: agent ?? false, method: body === undefined ? 'GET' : 'POST' },
    ...(from !== undefined && { localAddress: from }),
    ...(name !== undefined && { headers: { Host: name }, servername: name }),
    rejectUnauthorized: false,
  };
  const request = tls ? https.request(options) : http.request(options);
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(await response.toArray()) };
}

/** The body as text. */
export async function askText(port: number, asking?: Asking): Promise<string> {
  return (await ask(port, asking)).body.toString();
}

/** Connects; the connection may fail later on. */
export async function dial(port: number, options: Partial<net.TcpNetConnectOpts> = {}): Promise<Socket> {
  const socket = net.connect({ host: LOOPBACK, port, noDelay: true, allowHalfOpen: true, ...options });
  await once(socket, 'connect');
  return socket.on('error', () => {});
}

/** Everything that comes until the other end has no more or is gone. */
export function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    const done = (): void => resolve(Buffer.concat(chunks));
    socket.on('data', (chunk) => chunks.push(chunk)).on('end', done).on('close', done);
  });
}

/** So many bytes, which are the same for the same seed and cannot be mistaken for others. */
export function noise(size: number, seed: number): Buffer {
  const nonce = Buffer.alloc(16);
  nonce.writeUInt32BE(seed);
  return createCipheriv('aes-128-ctr', 'preread-preread-', nonce).update(Buffer.alloc(size));
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Waits for what nothing tells of. */
export async function eventually(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  milliseconds = 30_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it was to come that ${what}`);
    await wait(10);
  }
}
