/**
 * A loopback port that reads what opens a connection as whoever routes it would, and clients that know what they sent
 * and from where.
 */
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPreread, preread } from 'preread';
import type { Complete, Malformed, Preread, PrereadCode, PrereadOptions, ProxyHeader } from 'preread';
import { expect } from 'vitest';
import { concat, fromHex } from '../vectors/build.ts';
import { listenOnLoopback } from './listener.ts';
import { freePort, queue } from './proxy-listener.ts';
import { run } from './programs.ts';

/** What was made of one connection. */
export interface Opened {
  readonly outcome: Complete<Preread> | Malformed<PrereadCode>;
  /** What made it final: bytes, that the other end closed, or that it was quiet for too long. */
  readonly by: 'bytes' | 'close' | 'deadline';
  /** What the parser showed of the header when the outcome was there. */
  readonly proxy: ProxyHeader | undefined;
  /** Everything up to the outcome. */
  readonly bytes: Uint8Array;
  /** In how many pieces that came. */
  readonly chunks: number;
  /** How many of the bytes the outcome takes, if they come one by one; all of them where they are not enough. */
  readonly decidedAt: number;
  /** The same for the header; undefined where the parser never shows one. */
  readonly headerAt: number | undefined;
  /** Where the connection came from; undefined where the other end was gone before it was accepted. */
  readonly from: number | undefined;
}

export interface PrereadListener {
  readonly port: number;
  /** How much has come so far, over all connections. */
  readonly received: { readonly connections: number; readonly bytes: number };
  /** The next connection, once there is an outcome. */
  next(): Promise<Opened>;
  close(): Promise<void>;
}

export interface Listening {
  /** After how many milliseconds nothing more is waited for. */
  readonly deadline?: number | undefined;
  /** What becomes of a connection with an outcome; it is closed unless given. */
  readonly serve?: ((socket: Socket, opened: Opened) => void) | undefined;
}

export async function listenAndPreread(options: PrereadOptions, listening: Listening = {}): Promise<PrereadListener> {
  const opened = queue<Opened>('a connection');
  const received = { connections: 0, bytes: 0 };
  const server = createServer((socket) => {
    received.connections++;
    socket.on('data', ({ length }) => (received.bytes += length));
    const one = hear(socket, options, listening);
    // Whoever takes it is told; some are never taken, such as the health checks that go on.
    one.catch(() => {});
    opened.put(one);
  });
  const close = await listenOnLoopback(server);
  return { port: close.port, received, next: () => opened.take(), close };
}

function hear(socket: Socket, options: PrereadOptions, { deadline, serve }: Listening): Promise<Opened> {
  const parser = createPreread(options);
  const chunks: Uint8Array[] = [];
  // The address of a socket is not to be had once it is closed.
  const from = socket.remotePort;
  return new Promise((resolve, reject) => {
    let isFinal = false;
    const settle = (by: Opened['by'], outcome: Opened['outcome']): void => {
      isFinal = true;
      clearTimeout(late);
      socket.off('data', take);
      const { proxy, bytes } = parser;
      try {
        expect(bytes).toEqual(concat(chunks));
        const one = { outcome, by, proxy, bytes, chunks: chunks.length, from, ...checked(bytes, by, outcome, options) };
        if (serve === undefined) socket.destroy();
        else serve(socket, one);
        resolve(one);
      } catch (error) {
        socket.destroy();
        reject(error);
      }
    };
    const take = (chunk: Uint8Array): void => {
      chunks.push(new Uint8Array(chunk));
      const outcome = parser.push(chunk);
      if (outcome.status !== 'incomplete') settle('bytes', outcome);
    };
    const end = (by: Opened['by']): void => {
      if (!isFinal) settle(by, parser.end());
    };
    // What came in time is read first, even where this process was busy until now.
    const quit = (): void => void setImmediate(() => end('deadline'));
    const late = deadline === undefined ? undefined : setTimeout(quit, deadline);
    socket.on('data', take).on('end', () => end('close'));
    // A health check is reset rather than closed.
    socket.on('error', () => {}).on('close', () => end('close'));
  });
}

/** Expects that the outcome holds however the bytes are cut, and finds out how many of them it takes. */
function checked(
  bytes: Uint8Array,
  by: Opened['by'],
  outcome: Opened['outcome'],
  options: PrereadOptions,
): { decidedAt: number; headerAt: number | undefined } {
  const atOnce = preread(bytes, options);
  if (by === 'bytes') expect(inJson(atOnce)).toBe(inJson(outcome));
  else expect(atOnce.status).toBe('incomplete');

  const parser = createPreread(options);
  let decidedAt = bytes.length;
  let headerAt: number | undefined;
  for (let at = 1; at <= bytes.length; at++) {
    const { status } = parser.push(bytes.subarray(at - 1, at));
    if (status !== 'incomplete') decidedAt = Math.min(decidedAt, at);
    if (parser.proxy !== undefined) headerAt ??= at;
  }
  expect(inJson(parser.end())).toBe(inJson(outcome));
  if (by !== 'bytes') expect(decidedAt).toBe(bytes.length);
  if (outcome.status === 'complete') expect(inJson(parser.proxy)).toBe(inJson(outcome.value.proxy));
  return { decidedAt, headerAt };
}

/** A hello is no plain data, but says in JSON all that it holds. */
function inJson(what: unknown): string | undefined {
  return JSON.stringify(what);
}

/** What a client knows of its own connection, once that is over. */
export interface Own {
  /** From where it came; undefined where it does not say. */
  readonly port: number | undefined;
  /** What it sent, on top of TCP. */
  readonly sent: Uint8Array;
}

/**
 * Lets a client of Node.js speak over a connection of which the bytes are known. On a socket as such, node:tls and
 * node:http2 write where nobody can look.
 */
export function speak(port: number, client: (connection: Duplex) => void): Promise<Own> {
  const sent: Uint8Array[] = [];
  let own: number | undefined;
  const socket = connect({ port, host: '127.0.0.1' }, () => (own = socket.localPort));
  const connection = new Duplex({
    read: () => {},
    write(chunk: Uint8Array, _, done) {
      sent.push(new Uint8Array(chunk));
      socket.write(chunk, done);
    },
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  connection.on('error', () => {});
  socket.on('data', (chunk) => connection.push(chunk)).on('error', () => {});
  client(connection);
  return new Promise((resolve, reject) => {
    socket.once('close', () => {
      connection.destroy();
      if (own === undefined) reject(new Error(`no connection to port ${port}`));
      else resolve({ port: own, sent: concat(sent) });
    });
  });
}

/** What a client of Node.js sends before it hears anything, without a connection. */
export async function firstFlight(client: (connection: Duplex) => void): Promise<Uint8Array> {
  const sent: Uint8Array[] = [];
  const connection = new Duplex({
    read: () => {},
    write(chunk: Uint8Array, _, done) {
      sent.push(new Uint8Array(chunk));
      done();
    },
  });
  client(connection);
  await until(() => sent.length > 0, 'a first flight');
  connection.on('error', () => {}).destroy();
  return concat(sent);
}

/**
 * Sends one byte at a time, each once the one before has been read at the other end, and listens until that closes.
 *
 * @param isFirst whether what stands in front says something first, and has to be waited for
 */
export async function speakSlowly(
  port: number,
  to: PrereadListener,
  bytes: Uint8Array,
  isFirst: boolean,
): Promise<Own> {
  let isOver = false;
  const arrival = (before: number): Promise<void> =>
    until(() => to.received.bytes > before || isOver, 'a byte at the other end');
  const start = to.received.bytes;
  const own = await new Promise<Socket>((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.on('error', reject).on('close', () => (isOver = true));
  });
  const { localPort } = own;
  if (isFirst) await arrival(start);
  let at = 0;
  for (; at < bytes.length && !isOver; at++) {
    const before = to.received.bytes;
    own.write(bytes.subarray(at, at + 1));
    await arrival(before);
  }
  own.destroy();
  return { port: localPort, sent: bytes.subarray(0, at) };
}

/** Lets time pass until something is so. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`${what} was to come`);
    await nextTurn();
  }
}

/** No settings of the machine's owner. */
const curlAlone = ['--disable', '--silent', '--show-error', '--insecure'];

/** @param args where to, and how, on top of saying what it sends and from where */
export async function curl(args: readonly string[]): Promise<Own & { readonly output: string }> {
  const telling = ['--trace', '-', '--write-out', '\nfrom port %{local_port}\n'];
  const { output } = await run('curl', [...curlAlone, ...telling, ...args]);
  const port = /^from port ([1-9]\d*)$/m.exec(output)?.[1];
  if (port === undefined) throw new Error(`curl: ${output}`);
  const sent = [...output.matchAll(/^=> Send .*\n((?:[0-9a-f]{4,}: .*\n)*)/gm)].map(([, dump]) => dump!);
  const digits = sent.join('').replace(/^[0-9a-f]{4,}: ((?:[0-9a-f]{2} ){1,16}).*\n/gm, '$1');
  return { port: Number(port), sent: fromHex(digits.replaceAll(' ', '')), output };
}

/** @param args of s_client, on top of saying what it sends and from where */
export async function openssl(port: number, args: readonly string[]): Promise<Own> {
  const own = await freePort();
  const places = ['-connect', `127.0.0.1:${port}`, '-bind', `127.0.0.1:${own}`];
  // Without -no-CAfile it reads all certificates of the system before it says anything.
  const { output } = await run('openssl', ['s_client', '-msg', '-no-CAfile', ...places, ...args]);
  const sent = [...output.matchAll(/^>>> .*\n((?: {4}(?:[0-9a-f]{2} ?)+\n)*)/gm)].map(([, dump]) => dump!);
  return { port: own, sent: fromHex(sent.join('').replace(/\s/g, '')) };
}
