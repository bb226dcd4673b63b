/** tshark as an independent reader: what it finds in a hello is what is decoded from it. */
import { decodeClientHello } from 'preread/tls';
import { expect, test } from 'vitest';
import { alpn, concat, extension, message, realHellos, record, records, serverName, supportedVersions } from '../vectors/build.ts';
import { u16, unrecorded, vector16, vector8 } from '../vectors/build.ts';
import { describeWith } from './programs.ts';
import { random } from './random.ts';
import { dissect } from './tshark.ts';
import type { Flight } from './tshark.ts';

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

describeWith(['tshark'], 'tshark and the decoder agree', () => {
  test('on names, protocols, versions, cipher suites and extensions', async () => {
    const flights = [...recorded(), ...generated(100)];
    const fields = {
      name: 'tls.handshake.extensions_server_name',
      alpn: 'tls.handshake.extensions_alpn_str',
      versions: 'tls.handshake.extensions.supported_version',
      extensions: 'tls.handshake.extension.type',
      cipherSuites: 'tls.handshake.ciphersuite',
      legacyVersion: 'tls.handshake.version',
      random: 'tls.handshake.random',
      sessionId: 'tls.handshake.session_id',
    };
    const rows = await dissect(flights, Object.values(fields));
    const list = (text: string | undefined): string[] => (text ? text.split('|') : []);
    for (const [i, { title, bytes: flight }] of flights.entries()) {
      const hello = decodeClientHello(flight);
      if (hello.status !== 'complete') throw new Error(`${title}: ${JSON.stringify(hello)}`);
      const { serverName: name, alpnProtocols, extensions, cipherSuites, legacyVersion, ...rest } = hello.value.toJSON();
      const [itsName, itsAlpn, itsVersions, itsExtensions, itsSuites, itsVersion, itsRandom, itsSession] = rows[i] ?? [];
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
