/**
 * Both ends of a connection with a PROXY header in front: a server that reads it as a backend would, and a client that
 * knows its own addresses.
 */
import { createServer, connect } from 'node:net';
import type { AddressInfo, ListenOptions, Socket } from 'node:net';
import { createProxyParser, decodeProxyHeader, encodeProxyV1, encodeProxyV2 } from 'preread/proxy';
import type { Decoded, IPEndpoint, ProxyCode, ProxyHeader } from 'preread/proxy';
import { expect } from 'vitest';
import { bytes, concat } from '../vectors/build.ts';
import type { Started } from './programs.ts';

export type Loopback = '127.0.0.1' | '::1';

/** Where to listen or connect. */
export type Place = { readonly host: Loopback; readonly port: number } | { readonly path: string };

/** Both ends of a connection over IP, the one that opened it first; undefined over a UNIX socket. */
export type Ends = { readonly source: IPEndpoint; readonly destination: IPEndpoint } | undefined;

/** What one connection said. */
export interface Heard {
  readonly header: ProxyHeader;
  /** The header as it came. */
  readonly bytes: Uint8Array;
  /** What came behind it, until the connection was over. */
  readonly payload: Uint8Array;
  /** Of the connection itself; undefined also where the other end was gone before it was accepted. */
  readonly ends: Ends;
}

/** What to send once the header and so much behind it are there; undefined to wait for more. */
export type Reply = (payload: Uint8Array) => Uint8Array | undefined;

export interface HeaderListener {
  /** 0 on a UNIX socket. */
  readonly port: number;
  /** The next connection, once it is over; rejects where it did not begin with a header. */
  next(): Promise<Heard>;
  close(): Promise<void>;
}

/**
 * Listens for connections that begin with a header.
 *
 * @param place a host for a free port of it, or the path of a UNIX socket
 * @param reply what is sent before the connection is closed; without, the other end closes it
 */
export async function listenForHeaders(
  place: Loopback | { readonly path: string },
  reply?: Reply,
): Promise<HeaderListener> {
  const heard = queue<Heard>('a connection');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const one = hear(socket, reply);
    // Whoever takes it is told; some are never taken, such as the health checks that go on.
    one.catch(() => {});
    heard.put(one);
  });
  const options: ListenOptions = typeof place === 'string' ? { host: place, port: 0 } : place;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options, resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    next: () => heard.take(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function hear(socket: Socket, reply: Reply | undefined): Promise<Heard> {
  const parser = createProxyParser();
  const chunks: Uint8Array[] = [];
  // The addresses of a socket are not to be had once it is closed.
  const ends = swapped(endsOf(socket));
  let outcome: Decoded<ProxyHeader, ProxyCode> = { status: 'incomplete', needed: 1 };
  socket.on('data', (chunk) => {
    chunks.push(new Uint8Array(chunk));
    outcome = parser.push(chunk);
    if (outcome.status === 'malformed') socket.destroy();
    if (outcome.status !== 'complete' || reply === undefined) return;
    const answer = reply(concat(chunks).subarray(outcome.size));
    if (answer !== undefined) socket.end(answer);
  });
  // A health check is reset rather than closed.
  socket.on('error', () => {});
  return new Promise((resolve, reject) => {
    socket.once('close', () => {
      try {
        const all = concat(chunks);
        const { value: header, size } = checked(all, outcome);
        resolve({ header, bytes: all.slice(0, size), payload: all.slice(size), ends });
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** Expects that what the parser said holds however the bytes are cut, and that the header is written the same. */
function checked(all: Uint8Array, outcome: Decoded<ProxyHeader, ProxyCode>): { value: ProxyHeader; size: number } {
  if (outcome.status !== 'complete') throw new Error(`${JSON.stringify(outcome)} of ${hex(all)}`);
  const { value, size } = outcome;
  expect(decodeProxyHeader(all)).toEqual(outcome);

  const parser = createProxyParser();
  for (let at = 0; at < size - 1; at++) expect(parser.push(all.subarray(at, at + 1)).status).toBe('incomplete');
  expect(parser.push(all.subarray(size - 1, size))).toEqual(outcome);

  const written = value.version === 1 ? encodeProxyV1(value) : encodeProxyV2(value);
  expect(hex(written)).toBe(hex(value.version === 1 ? canonical(all.subarray(0, size)) : all.subarray(0, size)));
  return { value, size };
}

/**
 * A line with IPv4-compatible addresses as RFC 5952 has them: dotted decimal is only for prefixes that are known to hold
 * IPv4 (5), but `inet_ntop` writes these so too.
 */
function canonical(line: Uint8Array): Uint8Array {
  const text = Buffer.from(line).toString('latin1');
  return bytes(
    text.replace(/ ::(\d+)\.(\d+)\.(\d+)\.(\d+)/g, (_, ...[a, b, c, d]: string[]) => {
      const group = (high: string, low: string): string => (Number(high) * 256 + Number(low)).toString(16);
      return ` ::${group(a!, b!)}:${group(c!, d!)}`;
    }),
  );
}

/** What a client said and was told. */
export interface Said {
  readonly ends: Ends;
  /** Everything that came back until the connection was over, one character per byte. */
  readonly reply: string;
}

/**
 * Connects, sends everything at once, and listens until the other end closes or resets.
 *
 * @param isAll whether to say that nothing more will come
 */
export function say(place: Place, bytes: Uint8Array, isAll = true): Promise<Said> {
  return new Promise((resolve, reject) => {
    let ends: Ends;
    let reply = '';
    let isConnected = false;
    const socket = connect(place, () => {
      isConnected = true;
      ends = endsOf(socket);
      if (isAll) socket.end(bytes);
      else socket.write(bytes);
    });
    socket.setEncoding('latin1').on('data', (text: string) => (reply += text));
    socket.on('error', (error) => {
      if (!isConnected) reject(error);
    });
    socket.on('close', () => resolve({ ends, reply }));
  });
}

/** Both ends as the socket knows them, its own first. */
export function endsOf(socket: Socket): Ends {
  const own = socket.address();
  const { remoteFamily, remoteAddress, remotePort } = socket;
  if (!('address' in own) || remoteAddress === undefined || remotePort === undefined) return undefined;
  const source = own as AddressInfo;
  return {
    source: { family: source.family === 'IPv6' ? 'IPv6' : 'IPv4', address: source.address, port: source.port },
    destination: { family: remoteFamily === 'IPv6' ? 'IPv6' : 'IPv4', address: remoteAddress, port: remotePort },
  };
}

function swapped(ends: Ends): Ends {
  return ends && { source: ends.destination, destination: ends.source };
}

const given = new Set<number>();

/**
 * A port that was free a moment ago, for a program that cannot pick its own. No port is given twice: HAProxy would
 * listen on it for both, and the kernel send each connection to either.
 */
export async function freePort(host: Loopback = '127.0.0.1'): Promise<number> {
  for (;;) {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}

/**
 * Starts a server that cannot pick its own ports, again with others if someone took one meanwhile.
 *
 * @param launch writes what it is to do, with free ports, and starts it
 * @param ready what it prints once it listens
 */
export async function startListening(launch: () => Promise<Started>, ready: RegExp): Promise<Started> {
  for (let attempt = 1; ; attempt++) {
    const server = await launch();
    const deadline = setTimeout(() => void server.stop(), 15_000);
    try {
      await server.printed(ready);
      return server;
    } catch (error) {
      if (attempt === 3) throw error;
    } finally {
      clearTimeout(deadline);
    }
  }
}

/** Things in the order in which they came, each to be taken once. */
export interface Queue<T> {
  put(item: T | Promise<T>): void;
  /** Rejects where none comes in time. */
  take(): Promise<T>;
}

/** @param what it is made of, for the error */
export function queue<T>(what: string): Queue<T> {
  const items: (T | Promise<T>)[] = [];
  let wake = (): void => {};
  return {
    put(item) {
      items.push(item);
      wake();
    },
    async take() {
      if (items.length === 0) {
        await new Promise<void>((resolve, reject) => {
          const late = setTimeout(() => reject(new Error(`${what} was to come`)), 20_000);
          wake = () => {
            clearTimeout(late);
            resolve();
          };
        });
      }
      return items.shift()!;
    },
  };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
