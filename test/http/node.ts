/** What Node's own HTTP server makes of a request head. */
import http from 'node:http';
import { Duplex } from 'node:stream';
import type { Field } from '../../src/http/index.ts';

export interface NodeRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: readonly Field[];
  /** The text of Host. */
  readonly host: string | undefined;
}

/** A request, or the code of the error: one of llhttp's, or the status with which Node answers by itself. */
export type NodeVerdict = NodeRequest | string;

/** The end of a connection that the server has: it reads the input and its end, and what it writes is looked at. */
class Connection extends Duplex {
  #input: Uint8Array | null;
  readonly #settle: (verdict: NodeVerdict) => void;

  constructor(input: Uint8Array, settle: (verdict: NodeVerdict) => void) {
    super({ allowHalfOpen: true });
    this.#input = input;
    this.#settle = settle;
  }

  settle(verdict: NodeVerdict): void {
    this.#settle(verdict);
    this.destroy();
  }

  override _read(): void {
    if (this.#input !== null && this.#input.length > 0) this.push(this.#input);
    else this.push(null);
    this.#input = null;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.settle(chunk.toString('latin1').slice('HTTP/1.1 '.length, 'HTTP/1.1 400'.length));
    done();
  }

  /** Node has nothing to say to the end of what has not begun. */
  override _final(done: () => void): void {
    this.settle('closed');
    done();
  }
}

export function createNodeServer(): (input: Uint8Array) => Promise<NodeVerdict> {
  // The limits are tested elsewhere, and are not to hide what else there may be.
  const server = http.createServer({ insecureHTTPParser: false, maxHeaderSize: 1 << 20 });
  server.maxHeadersCount = 0;
  const onRequest = (request: http.IncomingMessage): void => {
    const { method, url, httpVersion, rawHeaders, headers } = request;
    const fields: Field[] = [];
    for (let i = 0; i < rawHeaders.length; i += 2) fields.push({ name: rawHeaders[i]!, value: rawHeaders[i + 1]! });
    (request.socket as unknown as Connection).settle({
      method: method!,
      target: url!,
      version: httpVersion,
      headers: fields,
      host: headers.host,
    });
  };
  for (const event of ['request', 'connect', 'upgrade', 'checkContinue', 'checkExpectation'])
    server.on(event, onRequest);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    (socket as Connection).settle(error.code ?? error.message);
  });
  return (input) =>
    new Promise((resolve) => {
      const connection = new Connection(input, resolve);
      connection.on('error', () => {});
      server.emit('connection', connection);
    });
}
