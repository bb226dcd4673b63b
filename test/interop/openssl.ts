/** OpenSSL as a server that takes whatever it knows, so that what it refuses is what it cannot read. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { alertDescriptions } from 'preread/tls';
import type { AlertDescription } from 'preread/tls';
import { concat } from '../vectors/build.ts';
import { listenOnLoopback } from './listener.ts';
import { makeCertificate } from './programs.ts';

/** What it made of a flight. */
export interface OpenSslVerdict {
  /** What it says first: a ServerHello or HelloRetryRequest, an alert by name, or nothing before it closes. */
  readonly answer: 'hello' | 'nothing' | AlertDescription;
  /** Why it went no further, in its own words. */
  readonly reason: string;
  /** The name for which it asked for a certificate, one character per byte; undefined where it asked for none. */
  readonly serverName: string | undefined;
  /** The protocols of which it asked to have one chosen, in ASCII; undefined where it asked for none. */
  readonly alpnProtocols: readonly string[] | undefined;
}

export interface OpenSsl {
  ask(flight: Uint8Array): Promise<OpenSslVerdict>;
  close(): Promise<void>;
}

export async function startOpenSsl(): Promise<OpenSsl> {
  const certificates = [makeCertificate('ec'), makeCertificate('rsa')];
  let serverName: string | undefined;
  let alpnProtocols: readonly string[] | undefined;
  let reason = '';
  const server = createServer({
    cert: certificates.map(({ cert }) => readFileSync(cert)),
    key: certificates.map(({ key }) => readFileSync(key)),
    ...{ minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0', dhparam: 'auto' },
    SNICallback: (name, done) => {
      serverName = name;
      done(null);
    },
    ALPNCallback: ({ protocols }) => {
      alpnProtocols = protocols;
      return protocols[0];
    },
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException & { reason?: string }) => {
    reason = error.reason ?? error.code ?? error.message;
  });
  const close = await listenOnLoopback(server);
  return {
    close,
    async ask(flight) {
      const ended = new Promise<void>((resolve) => {
        server.once('connection', (socket) => socket.once('close', () => resolve()));
      });
      const answer = answerIn(await exchange(close.port, flight));
      await ended;
      const verdict = { answer, reason, serverName, alpnProtocols };
      serverName = undefined;
      alpnProtocols = undefined;
      reason = '';
      return verdict;
    },
  };
}

/** Sends a flight and nothing behind it, and gives all that comes back. */
export async function exchange(port: number, flight: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(flight));
    socket.on('error', () => {}).on('close', () => resolve()).on('data', (chunk) => chunks.push(chunk));
  });
  return concat(chunks);
}

/** Not with the decoder of the project: what OpenSSL says is not to depend on how it is read here. */
function answerIn(bytes: Uint8Array): OpenSslVerdict['answer'] {
  const [type, , , , , first, second] = bytes;
  if (type === undefined) return 'nothing';
  if (type === 22 && first === 2) return 'hello';
  if (type === 21 && first === 2 && Object.hasOwn(alertDescriptions, second!)) return alertDescriptions[second as 40];
  throw new Error(`OpenSSL answered ${Buffer.from(bytes).toString('hex')}`);
}
