/**
 * A loopback port that reads a ClientHello as a router would, and answers with an alert.
 *
 * The interop tests import the package by its own name, so from `dist` through `exports`: what they pin is that the
 * published code gets on with the rest of the world, and that needs a build first.
 */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createClientHelloParser, decodeClientHello, encodeAlert, readServerName } from 'preread/tls';
import type { ClientHello, ClientHelloCode, Decoded } from 'preread/tls';
import { expect } from 'vitest';
import { concat } from '../vectors/build.ts';

/** What one connection said first. */
interface Heard {
  readonly outcome: Decoded<ClientHello, ClientHelloCode>;
  /** All bytes up to the decision. */
  readonly bytes: Uint8Array;
}

/** From a hello to the bytes that answer it before the connection is closed. */
export type Answer = (hello: ClientHello) => Uint8Array;

const refuse: Answer = () => encodeAlert('handshake_failure');

/**
 * Listens for one client and lets it come.
 *
 * @param client gets the port, and resolves when the client is done
 * @returns the first hello that came, how it came, and what `client` resolved with
 */
export async function meet<T>(
  client: (port: number, firstHello: Promise<unknown>) => Promise<T>,
  answer: Answer = refuse,
): Promise<{ readonly hello: ClientHello; readonly bytes: Uint8Array; readonly client: T }> {
  let hear!: (heard: Heard) => void;
  const first = new Promise<Heard>((resolve) => (hear = resolve));
  const server = createServer((socket) => readHello(socket, answer, hear));
  const close = await listenOnLoopback(server);
  try {
    const result = await client(close.port, first);
    const { outcome, bytes } = await Promise.race([
      first,
      rejectLater(5_000, () => `the client sent no hello: ${JSON.stringify(result)}`),
    ]);
    if (outcome.status !== 'complete') {
      throw new Error(`${JSON.stringify(outcome)} of ${Buffer.from(bytes).toString('hex')}`);
    }
    // The one-shot decoder and the hot path say the same of these bytes.
    const again = decodeClientHello(bytes);
    expect(again).toMatchObject({ status: 'complete', size: outcome.size });
    if (again.status === 'complete') expect(again.value.toJSON()).toEqual(outcome.value.toJSON());
    expect(readServerName(bytes)).toEqual({ status: 'complete', value: outcome.value.serverName, size: outcome.size });
    return { hello: outcome.value, bytes, client: result };
  } finally {
    await close();
  }
}

function readHello(socket: Socket, answer: Answer, hear: (heard: Heard) => void): void {
  const parser = createClientHelloParser();
  const chunks: Uint8Array[] = [];
  let decided = false;
  const settle = (outcome: Decoded<ClientHello, ClientHelloCode>): void => {
    if (outcome.status === 'incomplete') return;
    decided = true;
    const bytes = concat(chunks);
    expect(parser.bytes).toEqual(bytes);
    hear({ outcome, bytes });
    socket.end(outcome.status === 'complete' ? answer(outcome.value) : encodeAlert('decode_error'));
  };
  // What follows the hello is read and dropped: closing over unread bytes would reset the connection, and the client
  // might never see the alert.
  socket.on('data', (chunk) => {
    if (decided) return;
    chunks.push(chunk);
    settle(parser.push(chunk));
  });
  socket.on('end', () => {
    if (!decided) settle(parser.end());
  });
  socket.on('error', () => {});
}

export interface Close {
  (): Promise<void>;
  readonly port: number;
}

/** Binds a server to a free port of loopback, and gives what closes it and every connection to it. */
export async function listenOnLoopback(server: Server): Promise<Close> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return Object.assign(close, { port: (server.address() as AddressInfo).port });
}

function rejectLater(milliseconds: number, message: () => string): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(message())), milliseconds).unref());
}
