/** tshark as an independent reader of JA3: its text and hash are those of `ja3Text` and `ja3`, hello by hello. */
import { ja3Text } from 'preread/fingerprint';
import { ja3 } from 'preread/node';
import { decodeClientHello, decodeExtension } from 'preread/tls';
import type { ClientHello } from 'preread/tls';
import { expect, test } from 'vitest';
import { alpn, extension, message, realHellos, record, records } from '../vectors/build.ts';
import { serverName, supportedVersions, u16, unrecorded, vector16, vector8 } from '../vectors/build.ts';
import { describeWith } from './programs.ts';
import { random } from './random.ts';
import { dissect } from './tshark.ts';
import type { Flight } from './tshark.ts';

/** The recorded hellos as they came, and in records of other sizes. */
function recorded(): Flight[] {
  return realHellos.flatMap(({ client, flight }) => [
    { title: client, bytes: flight },
    ...[1000, 64].map((size) => ({ title: `${client} in records of ${size}`, bytes: records(unrecorded(flight), size) })),
  ]);
}

/** What generated hellos might not happen to be. */
function corners(): Flight[] {
  const mixed = [0x0a0a, 29, 29, 0x0a1a, 0xfafa, 0xcaca, 23, 0x0a0b].map(u16);
  const messages = {
    'no block of extensions': message(),
    'an empty block of extensions': message({ extensions: [] }),
    'GREASE alone in every list': message({
      cipherSuites: vector16(u16(0x0a0a), u16(0xfafa)),
      extensions: [
        extension(0x1a1a),
        extension(10, vector16(u16(0x2a2a))),
        extension(11, vector8(0x0a, 0x0a)),
        extension(0x3a3a, 0),
      ],
    }),
    'duplicates, and what is not quite GREASE': message({
      cipherSuites: vector16(...mixed),
      extensions: [extension(0x0a1a), extension(10, vector16(...mixed)), extension(11, vector8(0, 1, 0, 1)), extension(0x0a0b)],
    }),
    'groups, and no point formats': message({ extensions: extension(10, vector16(u16(29))) }),
    'point formats, and no groups': message({ extensions: extension(11, vector8(2, 1, 0)) }),
    'point formats in front of groups': message({ extensions: [extension(11, vector8(0)), extension(10, vector16(u16(29)))] }),
    'the longest lists': message({
      cipherSuites: vector16(new Uint8Array(6000).fill(0xc0)),
      extensions: [extension(10, vector16(new Uint8Array(6000).fill(1))), extension(11, vector8(new Uint8Array(255)))],
    }),
  };
  return Object.entries(messages).map(([title, hello]) => ({ title, bytes: record(hello) }));
}

/** Well-formed hellos whose lists are of any length and order, with GREASE and duplicates in all that JA3 joins. */
function generated(count: number): Flight[] {
  const { below, pick, shuffle } = random(0x1a3);
  const numbers = (longest: number, limit: number): number[] => {
    const one = (): number => (below(5) === 0 ? 0x0a0a + 0x1010 * below(16) : below(limit));
    const some = Array.from({ length: below(longest + 1) }, one);
    return below(4) === 0 ? [...some, ...some] : some;
  };
  // Never empty: an empty list is malformed.
  const list16 = (longest: number): Uint8Array => vector16(u16(below(0x10000)), ...numbers(longest, 0x10000).map(u16));
  const list8 = (longest: number): Uint8Array => vector8(0, ...numbers(longest, 0x100).map((format) => format & 0xff));
  return Array.from({ length: count }, (_, i) => {
    const known = [
      () => serverName('www.example.com'),
      () => alpn('h2', 'http/1.1'),
      () => supportedVersions(0x0304, 0x0303),
      () => extension(10, list16(40)),
      () => extension(11, list8(20)),
      () => extension(13, vector16([4, 3, 8, 4])),
      () => extension(23),
      () => extension(0xff01, vector8()),
    ].slice(0, below(9));
    // None that has a meaning to tshark: their data would have to be well-formed.
    const others = [...new Set(numbers(pick([0, 6, 150]), 0x2000))].filter((type) => type > 0x1000);
    const hello = message({
      cipherSuites: list16(pick([0, 3, 30, 150])),
      extensions: shuffle([...known, ...others.map((type) => () => extension(type))]).map((make) => make()),
    });
    hello.set(u16(pick([0x0300, 0x0301, 0x0302, 0x0303, 0x0303, 0x0304])), 4);
    return { title: `generated ${i}`, bytes: record(hello) };
  });
}

/** Real hellos with one byte of the message set at random. */
function mutated(count: number): Flight[] {
  const { below, pick } = random(0x1a4);
  return Array.from({ length: count }, () => {
    const { client, flight } = pick(realHellos);
    const whole = unrecorded(flight);
    const at = below(whole.length);
    const byte = below(0x100);
    whole[at] = byte;
    return { title: `${client} with ${byte} at ${at} of the message`, bytes: record(whole) };
  });
}

/**
 * The one rule by which a hello is not compared: JA3 says nothing of a list whose length contradicts that of its
 * extension, and here such a list counts as absent. tshark 4.0 reads groups to the end of the extension where the list
 * claims less, and none where it claims more; point formats as many as the list claims, out of the extensions behind it
 * if need be, and gives no JA3 at all where the hello ends before.
 */
function hasMalformedList({ extensions }: ClientHello): boolean {
  return extensions.some((one) => (one.type === 10 || one.type === 11) && decodeExtension(one).status === 'malformed');
}

describeWith(['tshark'], 'tshark and ja3 agree', () => {
  test('on text and hash', async () => {
    const flights = [...recorded(), ...corners(), ...generated(300), ...mutated(1500)];
    const rows = await dissect(flights, ['tls.handshake.ja3_full', 'tls.handshake.ja3']);
    const compared: string[] = [];
    const refused: string[] = [];
    const excluded: string[] = [];
    for (const [i, { title, bytes: flight }] of flights.entries()) {
      const hello = decodeClientHello(flight);
      if (hello.status !== 'complete') refused.push(title);
      else if (hasMalformedList(hello.value)) excluded.push(title);
      else {
        compared.push(title);
        expect(rows[i], title).toEqual([ja3Text(hello.value), ja3(hello.value)]);
      }
    }
    // Only mutation makes a hello that is refused or that does not keep to the rule.
    expect([...refused, ...excluded].filter((title) => !title.endsWith('of the message'))).toEqual([]);
    expect(compared.length).toBeGreaterThan(1500);
    expect(refused.length).toBeLessThan(250);
    expect(excluded.length).toBeLessThan(15);
  });
});
