/** Connections over loopback: pairs of sockets, servers that listen as long as a test takes, and slow senders. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, ListenOptions, Server, ServerOpts, Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { concat } from './vectors/build.ts';

/** Where a server listens. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/** Connects; errors of the socket concern nobody. */
export async function dial(place: Place, localAddress?: string): Promise<Socket> {
  const socket = connect({ ...place, ...(localAddress !== undefined && { localAddress }) });
  await once(socket, 'connect');
  socket.setNoDelay(true);
  return socket.on('error', () => {});
}

/**
 * Lets a server listen for as long as `use` takes: on a free port of 127.0.0.1 unless told otherwise. That it can be closed
 * afterwards says that no connection was left behind.
 */
export async function listening<T>(
  server: Server,
  use: (place: Place) => Promise<T>,
  where: ListenOptions = { host: '127.0.0.1', port: 0 },
): Promise<T> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(where);
  await once(server, 'listening');
  try {
    return await use(placeOf(server));
  } finally {
    // What clients have sent by now is served, so that nothing comes after the last look at the sockets.
    await setImmediate();
    const closed = server.listening ? once(server, 'close') : undefined;
    if (server.listening) server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }
}

function placeOf(server: Server): Place {
  const address = server.address();
  if (typeof address === 'string') return { path: address };
  const { address: host, port } = address as AddressInfo;
  return { host: host === '::' ? '127.0.0.1' : host, port };
}

/** Both ends of a connection: the server's has no listener and was read by nobody. */
export async function connected<T>(
  use: (client: Socket, socket: Socket) => Promise<T>,
  options: ServerOpts = {},
  where: ListenOptions = { host: '127.0.0.1', port: 0 },
): Promise<T> {
  const server = createServer(options).listen(where);
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = await dial(placeOf(server));
  const [socket] = (await accepted) as [Socket];
  server.close();
  try {
    return await use(client, socket);
  } finally {
    client.destroy();
    socket.on('error', () => {}).destroy();
  }
}

/** How bytes are cut on their way. Those of a header and of what begins behind it go one by one, and the last. */
export const cuts = {
  'in one write': (opening: Uint8Array): Uint8Array[] => [opening],
  'byte by byte': (opening: Uint8Array): Uint8Array[] => [
    ...Array.from(opening.subarray(0, 80), (byte) => Uint8Array.of(byte)),
    opening.subarray(80, -1),
    opening.subarray(Math.max(80, opening.length - 1)),
  ],
} as const;

/** Writes pieces so that the other end, in this process, reads each by itself. */
export async function send(socket: Duplex, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    socket.write(piece);
    await setImmediate();
  }
}

/**
 * A connection for a client that is to send something in front of what it says itself.
 *
 * @param cut how to cut what goes in front together with the first that the client says
 */
export class Wire extends Duplex {
  readonly #socket: Socket;
  readonly #cut: (opening: Uint8Array) => readonly Uint8Array[];
  #front: Uint8Array | undefined;

  constructor(socket: Socket, front: Uint8Array, cut: (opening: Uint8Array) => readonly Uint8Array[]) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#front = front;
    this.#cut = cut;
    this.on('error', () => {});
    socket.on('data', (chunk) => this.push(chunk) || socket.pause());
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    const pieces = this.#front === undefined ? [chunk] : this.#cut(concat([this.#front, chunk]));
    this.#front = undefined;
    send(this.#socket, pieces).then(() => done(), done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** Both ends of a connection that is no socket. */
export function pair(): [Duplex, Duplex] {
  const make = (other: () => Duplex): Duplex =>
    new Duplex({
      read() {},
      write(chunk, _, done) {
        other().push(chunk);
        done();
      },
      final(done) {
        other().push(null);
        done();
      },
      destroy(error, done) {
        process.nextTick(() => other().destroy());
        done(error);
      },
    });
  const one: Duplex = make(() => two);
  const two: Duplex = make(() => one);
  return [one, two];
}

/** Each way to read a stream to its end. */
export const consumers: Readonly<Record<string, (stream: Readable) => Promise<Buffer>>> = {
  "a listener of 'data'": (stream) =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => resolve(Buffer.concat(chunks))).on('error', reject);
    }),
  "a listener of 'readable'": (stream) =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      stream.on('readable', () => {
        for (let chunk; (chunk = stream.read()) !== null; ) chunks.push(chunk);
      });
      stream.on('end', () => resolve(Buffer.concat(chunks))).on('error', reject);
    }),
  'for await': (stream) => all(stream),
  pipe: (stream) => all(stream.pipe(new PassThrough())),
};

/** Everything until the end. */
export async function all(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function text(stream: Readable): Promise<string> {
  return (await all(stream)).toString('latin1');
}

/** What comes until the connection is closed, however that is. */
export function untilClose(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
    stream.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    if (stream.closed) resolve('');
  });
}

/** Waits for what no event tells of. */
export async function until(condition: () => boolean): Promise<void> {
  const started = performance.now();
  while (!condition()) {
    if (performance.now() - started > 8000) throw new Error(`waited in vain until ${condition.toString()}`);
    await setTimeout(1);
  }
}

export function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Bytes that repeat at no power of two, so that a block that is lost or doubled shows. */
export function patterned(length: number): Buffer {
  const out = Buffer.alloc(length);
  for (let at = 0; at < length; at++) out[at] = (at % 251) ^ (at >> 12);
  return out;
}
