/** What Node's own HTTP server makes of a request head, and of what comes behind it. */
import http from 'node:http';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Field } from '../../src/http/index.ts';

export interface NodeRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: readonly Field[];
  /** The text of Host. */
  readonly host: string | undefined;
  /** Whether what follows is no HTTP, but of another protocol or for the other end of a tunnel. */
  readonly isTunnel: boolean;
}

/** A request, or the code of the error: one of llhttp's, or the status with which Node answers by itself. */
export type NodeVerdict = NodeRequest | string;

/** All that Node hears over a connection that stays open. */
export interface NodeConversation {
  /** The targets of the requests, and their bodies without their framing, one character per byte. */
  readonly requests: readonly { readonly target: string; readonly body: string }[];
  /** What it hands on unread, where it does. */
  readonly tunnel: string | undefined;
  /** The code of the error that ended it, and how far Node had come. */
  readonly error: { readonly code: string; readonly offset: number } | undefined;
}

/** What Node says of a connection: of each request, and at last why it ends. */
interface Listener {
  request(request: http.IncomingMessage, tunnel?: Buffer): void;
  end(code: string, offset: number): void;
}

/** The end of a connection that the server has: it reads the input, and what it writes is looked at. */
class Connection extends Duplex {
  readonly listener: Listener;
  /** What is still to be read; null for the end. */
  readonly #inputs: (Uint8Array | null)[];

  constructor(inputs: readonly (Uint8Array | null)[], listener: Listener) {
    super({ allowHalfOpen: true });
    this.#inputs = [...inputs];
    this.listener = listener;
    this.on('error', () => {});
  }

  override _read(): void {
    const input = this.#inputs.shift();
    if (input?.length === 0) this._read();
    else if (input !== undefined) this.push(input);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.listener.end(chunk.toString('latin1').slice('HTTP/1.1 '.length, 'HTTP/1.1 400'.length), 0);
    done();
  }

  /** Node has nothing to say to the end of what has not begun. */
  override _final(done: () => void): void {
    this.listener.end('closed', 0);
    done();
  }
}

export interface NodeServer {
  /** What it makes of the first request, where nothing comes behind the input. */
  ask(input: Uint8Array): Promise<NodeVerdict>;
  /** What it makes of all requests, where the connection stays open. */
  follow(input: Uint8Array): Promise<NodeConversation>;
}

export function createNodeServer(): NodeServer {
  // The limits are tested elsewhere, and are not to hide what else there may be.
  const server = http.createServer({ insecureHTTPParser: false, maxHeaderSize: 1 << 20 });
  server.maxHeadersCount = 0;
  const listenerOf = (socket: Duplex): Listener => (socket as Connection).listener;
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.on(event, (request: http.IncomingMessage) => listenerOf(request.socket).request(request));
  }
  for (const event of ['connect', 'upgrade']) {
    server.on(event, (request: http.IncomingMessage, socket: Duplex, head: Buffer) => listenerOf(socket).request(request, head));
  }
  server.on('clientError', (error: NodeJS.ErrnoException & { bytesParsed?: number }, socket: Duplex) => {
    listenerOf(socket).end(error.code ?? error.message, error.bytesParsed ?? 0);
  });

  return {
    ask: (input) =>
      new Promise((resolve) => {
        const settle = (verdict: NodeVerdict): void => {
          resolve(verdict);
          connection.destroy();
        };
        const connection = new Connection([input, null], {
          request: (request, tunnel) => settle(asData(request, tunnel !== undefined)),
          end: settle,
        });
        server.emit('connection', connection);
      }),

    async follow(input) {
      const requests: { target: string; body: string }[] = [];
      let tunnel: string | undefined;
      let error: NodeConversation['error'];
      const connection = new Connection([input], {
        request(request, head) {
          const heard = { target: request.url!, body: '' };
          requests.push(heard);
          tunnel ??= head?.toString('latin1');
          request.setEncoding('latin1').on('data', (text: string) => (heard.body += text)).on('error', () => {});
        },
        end: (code, offset) => (error ??= { code, offset }),
      });
      server.emit('connection', connection);
      // It has all of the input at once, so that nothing is left to wait for.
      for (let turn = 0; turn < 3; turn++) await setImmediate();
      connection.destroy();
      return { requests, tunnel, error };
    },
  };
}

function asData({ method, url, httpVersion, rawHeaders, headers }: http.IncomingMessage, isTunnel: boolean): NodeRequest {
  const fields: Field[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) fields.push({ name: rawHeaders[i]!, value: rawHeaders[i + 1]! });
  return { method: method!, target: url!, version: httpVersion, headers: fields, host: headers.host, isTunnel };
}
