/** `openssl s_server` as a second witness: what it prints of a hello is what is read here, and so is the name. */
import fc from 'fast-check';
import { decodeClientHello, decodeExtension } from 'preread/tls';
import type { Extension } from 'preread/tls';
import { expect, test } from 'vitest';
import { clientFlights, plainHellos } from '../generators/tls.ts';
import { realHellos } from '../vectors/build.ts';
import { changedHello } from './changed-hellos.ts';
import { exchange } from './openssl.ts';
import { describeWith, makeCertificate, start } from './programs.ts';
import { random } from './random.ts';
import { isSameName } from './same-name.ts';

/** What it printed of each connection. */
async function trace(flights: readonly Uint8Array[]): Promise<string[]> {
  const { cert, key } = makeCertificate();
  const second = makeCertificate();
  const files = ['-cert', cert, '-key', key, '-servername', 'second.example', '-cert2', second.cert, '-key2', second.key];
  const args = ['-accept', '127.0.0.1:0', '-naccept', String(flights.length), '-cipher', 'ALL:@SECLEVEL=0', '-trace'];
  // What it says of errors would come in the middle of a line. At the end of its input it would stop.
  const server = start('sh', ['-c', 'exec openssl s_server "$@" 2>/dev/null', 'sh', ...args, ...files], 'pipe');
  try {
    const port = Number(await server.printed(/ACCEPT 127\.0\.0\.1:(\d+)/));
    for (const flight of flights) await exchange(port, flight);
    const { output } = await server.ended;
    return output.split('CONNECTION CLOSED\n').slice(0, -1);
  } finally {
    await server.stop();
  }
}

interface TracedHello {
  readonly legacyVersion: number;
  readonly random: string;
  readonly sessionId: string;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: readonly number[];
  readonly supportedVersions: readonly number[];
  /** Type and length of each; up to the first whose data it cannot print. */
  readonly extensions: readonly (readonly [type: number, length: number])[];
}

/** The first ClientHello in a trace. Of the protocols in ALPN any byte is printed, line feeds too. */
function helloIn(text: string): TracedHello | undefined {
  const [, hello] = /^ {4}ClientHello, Length=\d+\n(.*?)(?:^(?:Received|Sent) Record$|^Hostname|(?![^]))/ms.exec(text) ?? [];
  if (hello === undefined) return undefined;
  const one = (pattern: RegExp): string => pattern.exec(hello)?.[1]?.toLowerCase() ?? '';
  const numbers = (source: string, pattern: RegExp, base: 10 | 16): number[] =>
    [...source.matchAll(pattern)].map(([, ...digits]) => parseInt(digits.join(''), base));
  const types = numbers(hello, /^ {8}extension_type=\S+\((\d+)\), length=\d+$/gm, 10);
  const lengths = numbers(hello, /^ {8}extension_type=\S+\(\d+\), length=(\d+)$/gm, 10);
  return {
    legacyVersion: Number(one(/client_version=(0x[0-9a-f]+)/)),
    random: one(/gmt_unix_time=0x([0-9A-F]{8})/) + one(/random_bytes \(len=28\): ([0-9A-F]{56})/),
    sessionId: one(/session_id \(len=\d+\): ?([0-9A-F]*)/),
    cipherSuites: numbers(hello, /^ {8}\{0x(..), 0x(..)\} /gm, 16),
    compressionMethods: numbers(hello, /^ {8}\S.* \(0x(..)\)$/gm, 16),
    supportedVersions: numbers(one(/supported_versions\(43\), length=\d+\n((?: {10}.*\n)*)/), /\((\d+)\)$/gm, 10),
    extensions: types.map((type, i) => [type, lengths[i]!]),
  };
}

/** Bytes that are not printed as they are in a name are in hexadecimal. */
function nameIn(text: string): string | undefined {
  const [, name] = /^Hostname in TLS extension: "(.*)"$/m.exec(text) ?? [];
  return name?.replaceAll(/\\x(..)/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

describeWith(['openssl'], 'openssl s_server -trace and decodeClientHello', () => {
  test('agree on every number, and on the name', async () => {
    const recorded = realHellos.map(({ flight }) => flight);
    const source = random(0x5e);
    const flights = [
      ...recorded,
      ...Array.from({ length: 200 }, () => changedHello(source.pick(recorded), source)),
      ...fc.sample(plainHellos, { numRuns: 200, seed: 0x5e }),
      ...fc.sample(clientFlights, { numRuns: 200, seed: 0x5e }),
    ];
    const traces = await trace(flights);
    expect(traces.length).toBe(flights.length);

    const counts = { compared: 0, stopped: 0, untraced: 0, named: 0, nameless: 0 };
    for (const [i, flight] of flights.entries()) {
      const hello = decodeClientHello(flight);
      if (hello.status !== 'complete') continue;
      const text = traces[i]!;
      const hex = Buffer.from(flight).toString('hex');
      const theirs = helloIn(text);
      if (theirs === undefined) {
        // Until the record is whole, which the hello is in, it shows none.
        counts.untraced++;
        continue;
      }
      const { legacyVersion, random, sessionId, cipherSuites, compressionMethods, supportedVersions } = hello.value.toJSON();
      const shown = untilRefused(hello.value.extensions, theirs.extensions.length);
      const extensions = shown.map(({ type, data }) => [type, data.length]);
      const areAll = shown.length === hello.value.extensions.length;
      expect(theirs, hex).toEqual({
        ...{ legacyVersion, random, sessionId, cipherSuites, compressionMethods, extensions },
        supportedVersions: areAll ? supportedVersions : theirs.supportedVersions,
      });
      counts[areAll ? 'compared' : 'stopped']++;

      const name = nameIn(text);
      if (name === undefined && !/^ {4}ServerHello, Length=/m.test(text)) continue;
      expect(isSameName(hello.value.serverName, name), `${name} in ${hex}`).toBe(true);
      counts[name === undefined ? 'nameless' : 'named']++;
    }
    expect(counts.compared).toBeGreaterThan(450);
    expect(counts.stopped).toBeLessThan(20);
    expect(counts.untraced).toBeLessThan(5);
    expect(counts.named).toBeGreaterThan(300);
    expect(counts.nameless).toBeGreaterThan(40);
  });
});

/** All of them; where there are fewer in the trace, up to the first that decodeExtension refuses. */
function untilRefused(extensions: readonly Extension[], traced: number): readonly Extension[] {
  if (traced >= extensions.length) return extensions;
  const refused = extensions.findIndex((one) => decodeExtension(one).status === 'malformed');
  return extensions.slice(0, refused + 1);
}
