/** tshark as an independent reader: what it finds in a hello is what is decoded from it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeClientHello } from 'preread/tls';
import { expect, test } from 'vitest';
import { alpn, bytes, concat, extension, message, realHellos, record, records, serverName, supportedVersions } from '../vectors/build.ts';
import { u16, unrecorded, vector16, vector8 } from '../vectors/build.ts';
import { describeWith, run, temporaryFolder } from './programs.ts';
import { random } from './random.ts';

interface Flight {
  readonly title: string;
  readonly bytes: Uint8Array;
}

/** The recorded hellos as they came, and in records of other sizes. */
function recorded(): Flight[] {
  return realHellos.flatMap(({ client, flight }) => {
    const whole = unrecorded(flight);
    return [
      { title: client, bytes: flight },
      ...[100, 37, whole.length - 1].map((size) => ({ title: `${client} in records of ${size}`, bytes: records(whole, size) })),
      { title: `${client} with bytes behind it`, bytes: concat([record(whole), record(Uint8Array.of(1, 0), 21)]) },
    ];
  });
}

/** Well-formed hellos with extensions in any order, number and size; none that tshark 4.0 reads in its own way. */
function generated(count: number): Flight[] {
  const { below, pick, shuffle } = random(0x5eed);
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  const word = (length: number): string => Array.from({ length }, () => letters[below(letters.length)]).join('');
  const opaque = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256));
  return Array.from({ length: count }, (_, i) => {
    const grease = pick([0x0a0a, 0x3a3a, 0xfafa]);
    const labels = Array.from({ length: 1 + below(4) }, () => word(1 + below(63)));
    const versions = pick([[0x0304], [0x0304, 0x0303], [grease, 0x0304, 0x0303, 0x0302], [0x0303]]);
    const possible = [
      () => serverName(`${labels.slice(0, 3).join('.')}.example`),
      () => alpn(...Array.from({ length: 1 + below(20) }, () => word(1 + below(30)))),
      () => supportedVersions(...versions),
      () => extension(23),
      () => extension(35, opaque(below(300))),
      () => extension(10, vector16(...[29, 23, 24].map(u16))),
      () => extension(13, vector16(...[0x0403, 0x0804].map(u16))),
      () => extension(51, vector16(u16(29), vector16(opaque(32)))),
      () => extension(grease, below(2) === 0 ? [] : 0),
      () => extension(0xff01, vector8()),
      () => extension(21, new Uint8Array(below(400))),
      () => extension(45, vector8(1)),
      () => extension(0xfe00 + below(200), opaque(below(50))),
    ];
    const chosen = shuffle(possible).slice(0, below(possible.length + 1));
    const hello = message({
      sessionId: vector8(opaque(pick([0, 16, 32]))),
      cipherSuites: vector16(...Array.from({ length: 1 + below(40) }, () => u16(below(0x10000)))),
      extensions: below(10) === 0 && chosen.length === 0 ? undefined : chosen.map((make) => make()),
    });
    return { title: `generated ${i}`, bytes: below(2) === 0 ? record(hello) : records(hello, 40 + below(600)) };
  });
}

/** A capture (pcap, raw IPv4) with each flight in one packet of a TCP connection of its own. */
function capture(flights: readonly Flight[]): Uint8Array {
  const le = (value: number, width: number): number[] => Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i) & 0xff);
  const linkTypeRaw = 101;
  const header = bytes(le(0xa1b2c3d4, 4), le(2, 2), le(4, 2), le(0, 8), le(0x40000, 4), le(linkTypeRaw, 4));
  const packets = flights.map(({ bytes: payload }, i) => {
    const total = 40 + payload.length;
    const ip = bytes(0x45, 0, u16(total), u16(i), u16(0), 64, 6, u16(0), [127, 0, 0, 1], [127, 0, 0, 1]);
    const tcp = bytes(u16(20_000 + i), u16(443), [0, 0, 0, 1], [0, 0, 0, 1], 0x50, 0x18, u16(0xffff), u16(0), u16(0));
    return bytes(le(i, 4), le(0, 4), le(total, 4), le(total, 4), ip, tcp, payload);
  });
  return concat([header, ...packets]);
}

describeWith(['tshark'], 'tshark and the decoder agree', () => {
  test('on names, protocols, versions, cipher suites and extensions', async () => {
    const flights = [...recorded(), ...generated(100)];
    const file = join(temporaryFolder(), 'hellos.pcap');
    writeFileSync(file, capture(flights));

    const fields = {
      stream: 'tcp.stream',
      name: 'tls.handshake.extensions_server_name',
      alpn: 'tls.handshake.extensions_alpn_str',
      versions: 'tls.handshake.extensions.supported_version',
      extensions: 'tls.handshake.extension.type',
      cipherSuites: 'tls.handshake.ciphersuite',
      legacyVersion: 'tls.handshake.version',
      random: 'tls.handshake.random',
      sessionId: 'tls.handshake.session_id',
    };
    const columns = Object.values(fields).flatMap((field) => ['-e', field]);
    const form = ['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', '-E', 'aggregator=|'];
    const { output, status } = await run('tshark', ['-n', '-r', file, ...form, ...columns]);
    expect(status, output).toBe(0);

    const list = (text: string | undefined): string[] => (text ? text.split('|') : []);
    const seen = new Map(
      output
        .split('\n')
        .map((line) => line.split('\t'))
        .filter((row) => row.length === columns.length / 2)
        .map((row) => [Number(row[0]), row]),
    );
    for (const [i, { title, bytes: flight }] of flights.entries()) {
      const hello = decodeClientHello(flight);
      if (hello.status !== 'complete') throw new Error(`${title}: ${JSON.stringify(hello)}`);
      const { serverName: name, alpnProtocols, extensions, cipherSuites, legacyVersion, ...rest } = hello.value.toJSON();
      const [, itsName, itsAlpn, itsVersions, itsExtensions, itsSuites, itsVersion, itsRandom, itsSession] = seen.get(i) ?? [];
      expect(
        {
          name: itsName,
          alpn: list(itsAlpn),
          versions: list(itsVersions).map(Number),
          extensions: list(itsExtensions).map(Number),
          cipherSuites: list(itsSuites).map(Number),
          legacyVersion: Number(itsVersion),
          random: itsRandom,
          sessionId: itsSession,
        },
        title,
      ).toEqual({
        name: name?.kind === 'dns' ? name.host : '',
        alpn: alpnProtocols,
        versions: rest.supportedVersions,
        extensions: extensions.map(({ type }) => type),
        cipherSuites,
        legacyVersion,
        random: rest.random,
        sessionId: rest.sessionId,
      });
    }
  });
});
