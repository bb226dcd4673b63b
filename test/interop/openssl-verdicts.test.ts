/**
 * OpenSSL as an oracle: whenever it takes a hello and asks for the certificate of a name, that is the name that is
 * read here, or there is a reason to refuse what OpenSSL lets pass.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { preread } from 'preread';
import { tcp, web } from 'preread/sniff';
import { createClientHelloParser, decodeClientHello, readServerName } from 'preread/tls';
import type { ClientHelloCode, ServerName } from 'preread/tls';
import { expect, test } from 'vitest';
import { bytes, concat, extension, realHellos, record, records, serverName, u16, u24, unrecorded } from '../vectors/build.ts';
import { listenOnLoopback } from './listener.ts';
import { describeWith, makeCertificate } from './programs.ts';
import { random } from './random.ts';
import type { Random } from './random.ts';

/** Where OpenSSL goes on and preread refuses: why that is right. */
const stricter: Partial<Record<ClientHelloCode, string>> = {
  'tls.extension.duplicate': 'RFC 8446 4.2: one of each type at most; OpenSSL looks at those types that it knows',
  'tls.record.empty': 'RFC 8446 5.1: no empty handshake records; OpenSSL drops up to 32 in a row',
  'tls.record.type': 'RFC 8446 5: no change_cipher_spec before the hello; OpenSSL drops one that is empty',
};

/** Node.js hands on the bytes of the name as they are, one character each. */
function isSameName(ours: ServerName | undefined, theirs: string): boolean {
  switch (ours?.kind) {
    case 'dns':
      return ours.host === theirs.toLowerCase().replace(/\.$/, '');
    case 'ip':
      return ours.address === theirs;
    case 'invalid':
      return Buffer.from(ours.raw).toString('latin1') === theirs;
    default:
      return false;
  }
}

/** A hello in parts that can be changed and put together again, with all lengths right. */
interface Parts {
  /** Of the body, up to the extensions block. */
  readonly head: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

function take(flight: Uint8Array): Parts {
  const message = unrecorded(flight);
  const hello = decodeClientHello(record(message));
  if (hello.status !== 'complete') throw new Error(hello.status);
  const extensions = hello.value.extensions.map(({ type, data }) => extension(type, data));
  const block = extensions.reduce((sum, { length }) => sum + length, 0);
  return { head: message.slice(4, message.length - block - 2), extensions };
}

function assemble({ head, extensions }: Parts): Uint8Array {
  const block = concat(extensions);
  const body = bytes(head, u16(block.length), block);
  return bytes(1, u24(body.length), body);
}

/** One change to a hello: to a byte of it, to a list of extensions, to its records. */
function mutate(flight: Uint8Array, { below, pick, shuffle }: Random): Uint8Array {
  const parts = take(flight);
  const { head, extensions } = parts;
  const whole = assemble(parts);
  const chosen = below(extensions.length);
  const isSni = (part: Uint8Array): boolean => part[0] === 0 && part[1] === 0;
  const rebuilt = (changed: readonly Uint8Array[]): Uint8Array => record(assemble({ head, extensions: changed }));
  const replaced = (at: number, ...by: Uint8Array[]): Uint8Array => rebuilt(extensions.toSpliced(at, 1, ...by));
  const altered = (source: Uint8Array, from = 0): Uint8Array => {
    const copy = source.slice();
    const at = from + below(copy.length - from);
    copy[at] = pick([copy[at]! ^ (1 << below(8)), copy[at]! + 1, copy[at]! - 1, below(256), 0, 0xff]);
    return copy;
  };
  const name = (text: string): Uint8Array => {
    const at = extensions.findIndex(isSni);
    return at < 0 ? rebuilt([serverName(text), ...extensions]) : replaced(at, serverName(text));
  };

  return pick<() => Uint8Array>([
    // Any byte: of the flight, of an extension, of the name.
    () => altered(flight),
    () => altered(flight),
    () => replaced(chosen, altered(extensions[chosen]!)),
    () => replaced(chosen, altered(extensions[chosen]!, 2)),
    () => rebuilt(extensions.map((part) => (isSni(part) ? altered(part, 4) : part))),
    () => rebuilt(extensions.map((part) => (isSni(part) ? altered(part, 9) : part))),
    // Too short or too long, with every length outside it right or none.
    () => flight.slice(0, below(flight.length)),
    () => record(bytes(1, u24(whole.length - 4), altered(whole.slice(4, 4 + head.length + 2), 34), whole.slice(6 + head.length))),
    () => replaced(chosen, extension(below(60), extensions[chosen]!.slice(4, 4 + below(extensions[chosen]!.length)))),
    () => replaced(chosen, bytes(extensions[chosen]!, below(256))),
    () => record(bytes(1, u24(whole.length - 4 + below(3)), whole.slice(4), new Uint8Array(below(4)))),
    // Extensions in another order, twice, gone, empty, more of them, another name.
    () => rebuilt(shuffle(extensions)),
    () => rebuilt([...extensions.slice(0, chosen), extensions[chosen]!, ...extensions.slice(chosen)]),
    () => rebuilt([extension(0x5a5a), ...extensions, extension(0x5a5a)]),
    () => rebuilt(extensions.toSpliced(chosen, 1)),
    () => replaced(chosen, extension((extensions[chosen]![0]! << 8) | extensions[chosen]![1]!)),
    () => name(pick(['UPPER.Example', 'dot.example.', 'a_b.example', 'a b', '*.example', '192.0.2.1', '::1', 'é.example', '1.2', '-', '.', 'x'.repeat(64), `${'y.'.repeat(127)}z`, 'a\0b', ''])),
    () => rebuilt([bytes(0, 0, u16(18), u16(16), 0, u16(5), 'a.com', 0, u16(5), 'b.com'), ...extensions.filter((part) => !isSni(part))]),
    // In other records, with something between them.
    () => records(whole, 1 + below(whole.length)),
    () => records(whole, 1 + below(20)),
    () => concat([record(whole.slice(0, 1 + chosen), 22, 0x0300 + below(256)), record(whole.slice(1 + chosen), 22, 0x0300 + below(256))]),
    () => concat([record(whole.slice(0, 60)), record(pick([bytes(), bytes(1), bytes(1, 0), bytes(1, 100)]), pick([20, 21, 22, 23])), record(whole.slice(60))]),
    () => concat([record(whole), altered(record(whole))]),
    () => concat([record(pick([bytes(), bytes(1), bytes(1, 90)]), pick([20, 21, 22, 23, 24])), record(whole)]),
  ])();
}

describeWith(['openssl'], 'node:tls, which is OpenSSL, and readServerName', () => {
  test('agree on the name, or there is a reason', { timeout: 120_000 }, async () => {
    const { cert, key } = makeCertificate();
    let taken: string | undefined;
    const server = createServer({
      ...{ cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
      ALPNProtocols: ['h2', 'http/1.1', 'proto000'],
      SNICallback: (name, done) => {
        taken = name;
        done(null);
      },
    });
    server.on('tlsClientError', () => {});
    const close = await listenOnLoopback(server);
    const askOpenSsl = async (flight: Uint8Array): Promise<string | undefined> => {
      taken = undefined;
      await new Promise<void>((resolve) => {
        const socket = connect(close.port, '127.0.0.1', () => socket.end(flight));
        socket.on('error', () => {}).on('close', () => resolve()).resume();
      });
      return taken;
    };

    const source = random(0x0551);
    const seeds = realHellos.filter((hello) => hello.serverName !== null);
    const flights = seeds.map(({ flight }) => flight);
    for (let i = 0; i < 3000; i++) flights.push(mutate(source.pick(realHellos).flight, source));

    let agreed = 0;
    const refused = new Set<ClientHelloCode>();
    const unexplained: string[] = [];
    for (const flight of flights) {
      const theirs = await askOpenSsl(flight);
      if (theirs === undefined) continue;
      const ours = readServerName(flight);
      // A router must not let it pass as something that it does not know.
      for (const matchers of [tcp, web]) expect(preread(flight, { matchers })).not.toMatchObject({ value: { protocol: 'unknown' } });
      const parser = createClientHelloParser();
      expect(parser.push(flight).status).toBe(ours.status);

      if (ours.status === 'complete' && isSameName(ours.value, theirs)) agreed++;
      else if (ours.status === 'malformed' && stricter[ours.code] !== undefined) refused.add(ours.code);
      else unexplained.push(`${theirs}: ${JSON.stringify(ours)} of ${Buffer.from(flight).toString('hex')}`);
    }
    await close();

    expect(unexplained).toEqual([]);
    // It was asked, and each reason was met.
    expect(agreed).toBeGreaterThan(flights.length / 4);
    expect([...refused].sort()).toEqual(Object.keys(stricter).sort());
  });
});
