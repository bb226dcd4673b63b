import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import * as node from '../../src/node.ts';
import { ja3, ja3Text, ja4, ja4Text } from '../../src/tls/fingerprint.ts';
import type { AsyncHash, Hash, Ja4Options } from '../../src/tls/fingerprint.ts';
import { decodeClientHello, decodeClientHelloMessage } from '../../src/tls/index.ts';
import type { ClientHello } from '../../src/tls/index.ts';
import { numRuns } from '../runs.ts';
import { alpn, extension, message, realHellos, serverName, supportedVersions } from '../vectors/build.ts';
import { u16, vector16, vector8 } from '../vectors/build.ts';
import type { Part, RealHello } from '../vectors/build.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What tells one fingerprint from another. */
interface Fields {
  /** ClientHello.version; that of TLS 1.2 unless given. */
  readonly version?: number;
  /** 1301 alone unless given. */
  readonly cipherSuites?: readonly number[];
  readonly extensions?: readonly Part[];
}

function helloOf({ version = 0x0303, cipherSuites = [0x1301], extensions }: Fields): ClientHello {
  const whole = message({ cipherSuites: vector16(...cipherSuites.map(u16)), extensions });
  whole.set(u16(version), 4);
  return valueOf(decodeClientHelloMessage(whole));
}

function valueOf(outcome: ReturnType<typeof decodeClientHello>): ClientHello {
  if (outcome.status !== 'complete') throw new Error(`${JSON.stringify(outcome)}, where a hello was expected`);
  return outcome.value;
}

const groups = (...values: readonly number[]): Uint8Array => extension(10, vector16(...values.map(u16)));
const formats = (...values: readonly number[]): Uint8Array => extension(11, vector8(values));
const algorithms = (...values: readonly number[]): Uint8Array => extension(13, vector16(...values.map(u16)));

const allGrease = [
  0x0a0a, 0x1a1a, 0x2a2a, 0x3a3a, 0x4a4a, 0x5a5a, 0x6a6a, 0x7a7a,
  0x8a8a, 0x9a9a, 0xaaaa, 0xbaba, 0xcaca, 0xdada, 0xeaea, 0xfafa,
];

/** So many numbers without GREASE among them, from 1000 in hexadecimal. */
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => 0x1000 + i);

describe('ja3Text', () => {
  interface Row extends Fields {
    readonly clause: string;
    readonly text: string;
  }
  const sni = serverName('www.example.com');
  const rows: Row[] = [
    { clause: 'no block of extensions: empty fields', text: '771,4865,,,' },
    { clause: 'an empty block of extensions: empty fields', extensions: [], text: '771,4865,,,' },
    {
      clause: 'five fields',
      cipherSuites: [0xc02b, 0x002f],
      extensions: [sni, groups(29, 23), formats(0)],
      text: '771,49195-47,0-10-11,29-23,0',
    },
    { clause: 'cipher suites in wire order', cipherSuites: [0x1302, 0x00ff, 0x1301], text: '771,4866-255-4865,,,' },
    {
      clause: 'extensions in wire order, server_name and ALPN among them',
      extensions: [extension(0xff01, 0), alpn('h2'), extension(0xfedc), sni, extension(5)],
      text: '771,4865,65281-16-65244-0-5,,',
    },
    { clause: 'groups in wire order', extensions: [groups(0x11ec, 24, 23, 29)], text: '771,4865,10,4588-24-23-29,' },
    { clause: 'point formats in wire order', extensions: [formats(2, 0, 1)], text: '771,4865,11,,2-0-1' },
    {
      clause: 'point formats in front of groups',
      extensions: [formats(1), groups(29)],
      text: '771,4865,11-10,29,1',
    },
    { clause: 'GREASE removed from cipher suites', cipherSuites: [...allGrease, 0x1301, ...allGrease], text: '771,4865,,,' },
    { clause: 'GREASE alone in cipher suites', cipherSuites: [0x0a0a], text: '771,,,,' },
    {
      clause: 'GREASE removed from extensions',
      extensions: [...allGrease.slice(1).map((type) => extension(type)), extension(23), extension(0x0a0a, 0)],
      text: '771,4865,23,,',
    },
    { clause: 'GREASE alone in extensions', extensions: [extension(0xfafa)], text: '771,4865,,,' },
    { clause: 'GREASE removed from groups', extensions: [groups(...allGrease, 29, ...allGrease)], text: '771,4865,10,29,' },
    { clause: 'GREASE alone in groups', extensions: [groups(0x7a7a)], text: '771,4865,10,,' },
    { clause: 'point formats have no GREASE', extensions: [formats(0x0a, 0x0a, 0xfa)], text: '771,4865,11,,10-10-250' },
    {
      clause: 'not quite GREASE',
      cipherSuites: [0x0a1a, 0x1a0a, 0x0b0b, 0x0a0b],
      extensions: [extension(0x0a1a), extension(0xaaba), groups(0xfaea, 0x0a0d)],
      text: '771,2586-6666-2827-2571,2586-43706-10,64234-2573,',
    },
    { clause: 'ClientHello.version, and not supported_versions', extensions: [supportedVersions(0x0304)], text: '771,4865,43,,' },
    { clause: 'ClientHello.version of TLS 1.0', version: 0x0301, text: '769,4865,,,' },
    {
      clause: 'ClientHello.version of TLS 1.0 beside supported_versions',
      version: 0x0301,
      extensions: [supportedVersions(0x0304, 0x0303)],
      text: '769,4865,43,,',
    },
    { clause: 'ClientHello.version of SSL 3.0', version: 0x0300, text: '768,4865,,,' },
    {
      clause: 'duplicates kept',
      cipherSuites: [0x1301, 0x1302, 0x1301],
      extensions: [groups(29, 29, 23), formats(0, 1, 0)],
      text: '771,4865-4866-4865,10-11,29-29-23,0-1-0',
    },
    ...([
      ['no list', extension(10)],
      ['half a length', extension(10, 0)],
      ['an empty list', groups()],
      ['half a group', extension(10, vector16(u16(29), 0))],
      ['a list that overruns the extension', extension(10, u16(4), u16(29))],
      ['bytes behind the list', extension(10, vector16(u16(29)), 0)],
    ] as const).map(([what, malformed]): Row => ({
      clause: `malformed groups are absent: ${what}`,
      extensions: [malformed, formats(0)],
      text: '771,4865,10-11,,0',
    })),
    ...([
      ['no list', extension(11)],
      ['an empty list', formats()],
      ['a list that overruns the extension', extension(11, 2, 0)],
      ['bytes behind the list', extension(11, vector8(0), 0)],
    ] as const).map(([what, malformed]): Row => ({
      clause: `malformed point formats are absent: ${what}`,
      extensions: [groups(29), malformed],
      text: '771,4865,10-11,29,',
    })),
  ];
  test.each(rows)('$clause', ({ text, ...fields }) => {
    expect(ja3Text(helloOf(fields))).toBe(text);
  });
});

describe('ja3', () => {
  /** What tshark read, as index.json has it. */
  interface Read {
    readonly flight: Uint8Array;
    readonly ja3: string;
    readonly ja3Full: string;
  }
  const read = realHellos as readonly (RealHello & Read)[];
  test.each(read)('of $client', ({ flight, ja3: hash, ja3Full }) => {
    const hello = valueOf(decodeClientHello(flight));
    expect(ja3Text(hello)).toBe(ja3Full);
    expect(ja3(hello, md5)).toBe(hash);
    expect(node.ja3(hello)).toBe(hash);
  });

  test('of a hello without extensions', () => {
    expect(ja3(helloOf({}), md5)).toBe('ea1e247991e541e39bf918cb7cfa5139'); // md5('771,4865,,,')
  });
});

describe('ja4Text', () => {
  interface Row extends Fields {
    readonly clause: string;
    readonly options?: Ja4Options;
    readonly text: string;
  }

  const transports: Row[] = [
    { clause: 'transport: TLS over TCP unless given', text: 't12i010000_1301_' },
    { clause: 'transport: undefined is not given', options: { transport: undefined, order: undefined }, text: 't12i010000_1301_' },
    { clause: 'transport: t', options: { transport: 't' }, text: 't12i010000_1301_' },
    { clause: 'transport: q', options: { transport: 'q' }, text: 'q12i010000_1301_' },
  ];

  const versionNames = [
    [0x0304, '13'],
    [0x0303, '12'],
    [0x0302, '11'],
    [0x0301, '10'],
    [0x0300, 's3'],
    [0x0002, 's2'],
    [0xfeff, 'd1'],
    [0xfefd, 'd2'],
    [0xfefc, 'd3'],
    [0x7f1c, '00'],
    [0x0305, '00'],
    [0x0000, '00'],
  ] as const;
  const versions: Row[] = [
    ...versionNames.flatMap(([version, name]): Row[] => [
      { clause: `version: ClientHello.version ${version.toString(16)} is ${name}`, version, text: `t${name}i010000_1301_` },
      {
        clause: `version: supported_versions ${version.toString(16)} is ${name}`,
        // Not to count.
        version: 0x0302,
        extensions: [supportedVersions(version)],
        text: `t${name}i010100_1301_002b`,
      },
    ]),
    ...([
      ['the first', [0x0304, 0x0303, 0x0302], '13'],
      ['the last', [0x0301, 0x0302, 0x0303], '12'],
      ['in the middle', [0x0301, 0x0303, 0x0302], '12'],
      ['below ClientHello.version', [0x0301, 0x0302], '11'],
      ['with GREASE in front', [0xfafa, 0x0304, 0x0303], '13'],
      ['with GREASE behind', [0x0303, 0x0304, 0x0a0a], '13'],
      ['twice', [0x0304, 0x0304], '13'],
      ['a draft, which has no name', [0x0304, 0x7f1c, 0x0303], '00'],
      // The numbers of DTLS count down: the highest of them is the oldest.
      ['DTLS 1.2, not the number', [0xfeff, 0xfefd], 'd2'],
      ['DTLS 1.2, the first', [0xfefd, 0xfeff], 'd2'],
      ['DTLS 1.3, not the number', [0xfeff, 0xfefd, 0xfefc], 'd3'],
      ['DTLS 1.3, the first', [0xfefc, 0xfefd, 0xfeff], 'd3'],
      ['DTLS 1.3, in the middle', [0xfefd, 0xfefc, 0xfeff], 'd3'],
    ] as const).map(([what, list, name]): Row => ({
      clause: `version: highest of supported_versions, ${what}`,
      extensions: [supportedVersions(...list)],
      text: `t${name}i010100_1301_002b`,
    })),
    {
      clause: 'version: ClientHello.version does not count beside supported_versions',
      version: 0x0304,
      extensions: [supportedVersions(0x0302)],
      text: 't11i010100_1301_002b',
    },
    {
      clause: 'version: GREASE alone in supported_versions leaves ClientHello.version',
      version: 0x0302,
      extensions: [supportedVersions(...allGrease)],
      text: 't11i010100_1301_002b',
    },
  ];

  const names: Row[] = [
    { clause: 'SNI: none', extensions: [extension(23)], text: 't12i010100_1301_0017' },
    { clause: 'SNI: a name', extensions: [serverName('www.example.com')], text: 't12d010100_1301_' },
    { clause: 'SNI: an IPv4 address is present too', extensions: [serverName('192.0.2.1')], text: 't12d010100_1301_' },
    { clause: 'SNI: an IPv6 address is present too', extensions: [serverName('2001:db8::1')], text: 't12d010100_1301_' },
    { clause: 'SNI: a name that is invalid is present too', extensions: [serverName('\0')], text: 't12d010100_1301_' },
    { clause: 'SNI: the last extension', extensions: [extension(23), serverName('a')], text: 't12d010200_1301_0017' },
  ];

  const counts: Row[] = [
    { clause: 'cipher count: 0 after GREASE', cipherSuites: [0x0a0a, 0xfafa], text: 't12i000000__' },
    { clause: 'cipher count: all GREASE is left out', cipherSuites: [...allGrease, 0x1301], text: 't12i010000_1301_' },
    { clause: 'cipher count: both SCSV count', cipherSuites: [0x1301, 0x00ff, 0x5600], text: 't12i030000_00ff,1301,5600_' },
    { clause: 'cipher count: duplicates count', cipherSuites: [0x1301, 0x002f, 0x1301], text: 't12i030000_002f,1301,1301_' },
    { clause: 'cipher count: not quite GREASE', cipherSuites: [0x0a1a, 0x1a0a, 0x0b0b], text: 't12i030000_0a1a,0b0b,1a0a_' },
    { clause: 'extension count: 0 after GREASE', extensions: [extension(0x0a0a), extension(0xfafa)], text: 't12i010000_1301_' },
    {
      clause: 'extension count: all GREASE is left out',
      extensions: [...allGrease.map((type) => extension(type)), extension(23)],
      text: 't12i010100_1301_0017',
    },
    {
      clause: 'extension count: server_name and ALPN count',
      extensions: [serverName('a'), alpn('h2'), extension(23)],
      text: 't12d0103h2_1301_0017',
    },
    {
      clause: 'extension count: an extension that is malformed counts',
      extensions: [extension(13), extension(10), extension(11)],
      text: 't12i010300_1301_000a,000b,000d',
    },
  ];

  const protocols: Row[] = ([
    ['h2', 'h2', 'both ends'],
    ['http/1.1', 'h1', 'both ends'],
    ['h3-29', 'h9', 'both ends'],
    ['HTTP/1.0', 'H0', 'upper case is kept'],
    ['DoT', 'DT', 'upper case is kept'],
    ['h', 'hh', 'one byte is doubled'],
    ['7', '77', 'one byte is doubled'],
    ['09', '09', 'ends of the digits'],
    ['AZ', 'AZ', 'ends of the upper-case letters'],
    ['za', 'za', 'ends of the lower-case letters'],
    ['0\xab\xcd1', '01', 'only the ends matter: 30abcd31'],
    ['\xab', 'ab', 'one byte in hexadecimal: ab'],
    [' ', '20', 'one byte in hexadecimal: 20'],
    ['\x01', '01', 'one byte in hexadecimal: 01'],
    ['\0', '00', 'one byte in hexadecimal: 00'],
    ['\xab\xcd', 'ad', 'both ends in hexadecimal: abcd'],
    ['01\xab\xcd', '3d', 'the last end alone is none: 3031abcd'],
    ['0\xab', '3b', 'the last end alone is none: 30ab'],
    ['h\xff', '6f', 'the last end alone is none: 68ff'],
    ['h2\n', '6a', 'the last end alone is none: 68320a'],
    ['\xffh', 'f8', 'the first end alone is none: ff68'],
    ['\xab01', 'a1', 'the first end alone is none: ab3031'],
    ['\x0a\x0a', '0a', 'GREASE: 0a0a'],
    ['\xea\xea', 'ea', 'GREASE: eaea'],
    ['\xaa\xaa', 'aa', 'a letter elsewhere (ª): aaaa'],
    ['/0', '20', 'below the digits: 2f30'],
    ['0:', '3a', 'above the digits: 303a'],
    ['@A', '41', 'below the upper-case letters: 4041'],
    ['Z[', '5b', 'above the upper-case letters: 5a5b'],
    ['`a', '61', 'below the lower-case letters: 6061'],
    ['z{', '7b', 'above the lower-case letters: 7a7b'],
    ['_', '5f', 'a word character is not enough: 5f'],
  ] as const).map(([name, two, what]): Row => ({
    clause: `ALPN: ${what}: ${two}`,
    extensions: [alpn(name)],
    text: `t12i0101${two}_1301_`,
  }));
  protocols.push(
    { clause: 'ALPN: none', extensions: [extension(23)], text: 't12i010100_1301_0017' },
    { clause: 'ALPN: the first of several', extensions: [alpn('http/1.1', 'h2')], text: 't12i0101h1_1301_' },
    { clause: 'ALPN: the first, though it be GREASE', extensions: [alpn('\x0a\x0a', 'h2')], text: 't12i01010a_1301_' },
  );

  const lists: Row[] = [
    { clause: 'b: sorted as numbers', cipherSuites: [0x1301, 0x000a, 0xc02b, 0x0009], text: 't12i040000_0009,000a,1301,c02b_' },
    { clause: 'b: four digits, lower case', cipherSuites: [0xcca9, 0x00af, 0x0001], text: 't12i030000_0001,00af,cca9_' },
    {
      clause: 'c: sorted as numbers, four digits, lower case',
      extensions: [extension(0xff01), extension(0x00ab), extension(10), extension(9)],
      text: 't12i010400_1301_0009,000a,00ab,ff01',
    },
    {
      clause: 'c: a malformed group list is an extension none the less',
      extensions: [extension(10, 1)],
      text: 't12i010100_1301_000a',
    },
    {
      clause: 'c: signature algorithms in wire order, duplicates kept',
      extensions: [algorithms(0x0804, 0x0403, 0x0806, 0x0403), extension(5)],
      text: 't12i010200_1301_0005,000d_0804,0403,0806,0403',
    },
    {
      clause: 'c: GREASE removed from signature algorithms',
      extensions: [algorithms(0x0a0a, 0x0804, ...allGrease, 0x0403, 0xfafa)],
      text: 't12i010100_1301_000d_0804,0403',
    },
    { clause: 'c: GREASE alone in signature algorithms', extensions: [algorithms(...allGrease)], text: 't12i010100_1301_000d' },
    {
      clause: 'c: not those of signature_algorithms_cert',
      extensions: [extension(50, vector16(u16(0x0403)))],
      text: 't12i010100_1301_0032',
    },
    ...([
      ['no list', extension(13)],
      ['half a length', extension(13, 0)],
      ['an empty list', algorithms()],
      ['half an algorithm', extension(13, vector16(u16(0x0403), 8))],
      ['a list that overruns the extension', extension(13, u16(4), u16(0x0403))],
      ['bytes behind the list', extension(13, vector16(u16(0x0403)), 0)],
    ] as const).map(([what, malformed]): Row => ({
      clause: `c: malformed signature algorithms are absent: ${what}`,
      extensions: [malformed],
      text: 't12i010100_1301_000d',
    })),
  ];

  test.each([...transports, ...versions, ...names, ...counts, ...protocols, ...lists])('$clause', (row) => {
    const { text, options, ...fields } = row;
    const hello = helloOf(fields);
    expect(ja4Text(hello, options)).toBe(text);
    expect(ja4(hello, sha256, options).slice(0, 11)).toBe(text.slice(0, 11));
  });

  test.each([
    [1, '01'],
    [9, '09'],
    [10, '10'],
    [98, '98'],
    [99, '99'],
    [100, '99'],
    [150, '99'],
  ])('counts: %i in two digits: %s', (count, digits) => {
    const hello = helloOf({
      cipherSuites: [...numbers(count), ...allGrease],
      extensions: [...numbers(count), ...allGrease].map((type) => extension(type)),
    });
    const [a, b, c] = ja4Text(hello).split('_');
    expect(a).toBe(`t12i${digits}${digits}00`);
    // What is not counted is listed.
    expect([b!.split(',').length, c!.split(',').length]).toEqual([count, count]);
  });
});

describe('ja4', () => {
  interface Row extends Fields {
    readonly clause: string;
    readonly options?: Ja4Options;
    readonly text: string;
    /** b and c, hashed by sha256sum. */
    readonly hashes: readonly [b: string, c: string];
  }
  const sni = serverName('www.example.com');
  const original: Ja4Options = { order: 'original' };

  const mixed: Fields = {
    cipherSuites: [0x1302, 0x0a0a, 0x002f, 0x1301],
    extensions: [extension(0x1a1a), extension(0xff01), alpn('h2'), algorithms(0x0804, 0x2a2a, 0x0403), sni, extension(5)],
  };
  const rows: Row[] = [
    {
      clause: 'nothing but GREASE: zeros, no hash of nothing',
      cipherSuites: [0x0a0a],
      extensions: [extension(0x0a0a)],
      text: 't12i000000__',
      hashes: ['000000000000', '000000000000'],
    },
    {
      clause: 'nothing but GREASE, in the original order',
      cipherSuites: [0x0a0a],
      extensions: [extension(0x0a0a)],
      options: original,
      text: 't12i000000__',
      hashes: ['000000000000', '000000000000'],
    },
    {
      clause: 'no extensions: zeros for c',
      cipherSuites: [0x1301, 0x002f],
      text: 't12i020000_002f,1301_',
      hashes: [
        '84cdcbea686c', // sha256('002f,1301')
        '000000000000',
      ],
    },
    {
      clause: 'no cipher suites: zeros for b',
      cipherSuites: [0xfafa],
      extensions: [extension(23)],
      text: 't12i000100__0017',
      hashes: [
        '000000000000',
        '1ca028f07214', // sha256('0017')
      ],
    },
    {
      clause: 'duplicates are hashed twice',
      cipherSuites: [0x1301, 0x002f, 0x1301],
      text: 't12i030000_002f,1301,1301_',
      hashes: [
        '18537405370e', // sha256('002f,1301,1301')
        '000000000000',
      ],
    },
    {
      clause: 'server_name and ALPN alone: zeros for c',
      extensions: [alpn('h2'), sni],
      text: 't12d0102h2_1301_',
      hashes: [
        '0f2cb44170f4', // sha256('1301')
        '000000000000',
      ],
    },
    {
      clause: 'server_name and ALPN alone, in the original order: no zeros',
      extensions: [alpn('h2'), sni],
      options: original,
      text: 't12d0102h2_1301_0010,0000',
      hashes: [
        '0f2cb44170f4', // sha256('1301')
        '3a8af68509fa', // sha256('0010,0000')
      ],
    },
    {
      clause: 'no signature algorithms: no underscore',
      extensions: [extension(0xff01), extension(13), extension(5)],
      text: 't12i010300_1301_0005,000d,ff01',
      hashes: [
        '0f2cb44170f4', // sha256('1301')
        '3f07d40a3c4d', // sha256('0005,000d,ff01')
      ],
    },
    {
      clause: 'all of it',
      ...mixed,
      text: 't12d0305h2_002f,1301,1302_0005,000d,ff01_0804,0403',
      hashes: [
        '30669b18982a', // sha256('002f,1301,1302')
        '7eca05face54', // sha256('0005,000d,ff01_0804,0403')
      ],
    },
    {
      clause: 'all of it, in the order that is the default',
      ...mixed,
      options: { order: 'sorted' },
      text: 't12d0305h2_002f,1301,1302_0005,000d,ff01_0804,0403',
      hashes: [
        '30669b18982a', // sha256('002f,1301,1302')
        '7eca05face54', // sha256('0005,000d,ff01_0804,0403')
      ],
    },
    {
      clause: 'all of it, in the original order',
      ...mixed,
      options: original,
      text: 't12d0305h2_1302,002f,1301_ff01,0010,000d,0000,0005_0804,0403',
      hashes: [
        'bdcc3656a27e', // sha256('1302,002f,1301')
        'd89ecd8c6795', // sha256('ff01,0010,000d,0000,0005_0804,0403')
      ],
    },
    {
      clause: 'all of it, over QUIC and in the original order',
      ...mixed,
      options: { transport: 'q', order: 'original' },
      text: 'q12d0305h2_1302,002f,1301_ff01,0010,000d,0000,0005_0804,0403',
      hashes: [
        'bdcc3656a27e', // sha256('1302,002f,1301')
        'd89ecd8c6795', // sha256('ff01,0010,000d,0000,0005_0804,0403')
      ],
    },
  ];
  test.each(rows)('$clause', ({ text, hashes, options, ...fields }) => {
    const hello = helloOf(fields);
    expect(ja4Text(hello, options)).toBe(text);
    expect(ja4(hello, sha256, options)).toBe([text.split('_')[0], ...hashes].join('_'));
    expect(node.ja4(hello, options)).toBe([text.split('_')[0], ...hashes].join('_'));
  });

  test('of Chrome, as FoxIO published it', () => {
    const types = [
      0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d,
      0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
    ];
    const known = new Map([
      [0x0000, sni],
      [0x0010, alpn('h2', 'http/1.1')],
      [0x000d, algorithms(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)],
      [0x002b, supportedVersions(0xdada, 0x0304, 0x0303)],
    ]);
    const chrome = helloOf({
      cipherSuites: [
        0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
        0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
      ],
      extensions: [extension(0x6a6a), ...types.map((type) => known.get(type) ?? extension(type)), extension(0xbaba, 0)],
    });
    expect(ja4(chrome, sha256)).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1');
    expect(ja4Text(chrome)).toBe(
      't13d1516h2' +
        '_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9' +
        '_0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01' +
        '_0403,0804,0401,0503,0805,0501,0806,0601',
    );
    expect(ja4(chrome, sha256, original)).toBe('t13d1516h2_acb858a92679_18f69afefd3d');
    expect(ja4Text(chrome, original)).toBe(
      't13d1516h2' +
        '_1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035' +
        '_001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015' +
        '_0403,0804,0401,0503,0805,0501,0806,0601',
    );
  });

  // Put together by hand from the lists in index.json, which tshark read; hashed by sha256sum. Of Java the list there is
  // that of signature_algorithms and then the same again, of signature_algorithms_cert, which JA4 leaves out.
  test.each([
    ['chromium', 't13d1517h2_8daaf6152771_cb7bf5808d99', 't13d1517h2_acb858a92679_79f1bcd192ee'],
    ['curl-default', 't13d3112h2_e8f1e7e78f70_b26ce05bbdd6', 't13d3112h2_d7c3e2abb617_cad92ccb4254'],
    ['deno-fetch', 't13d1011h2_61a7ad8aa9b6_f9531d972513', 't13d1011h2_b9b30c653583_e60e94de1356'],
    ['go119', 't13d1910h2_9dc949149365_97f8aa674fd9', 't13d1910h2_b565e0f3de94_55c1f85328e7'],
    ['java17', 't13d3713h2_db35923f8641_7c76daad20ec', 't13d3713h2_b6853ad800cc_d4ef2e7d6db4'],
    ['node20-tls-h2', 't13d5911h2_a33745022dd6_1f22a2ca17c4', 't13d5911h2_cc7cd6c3d805_b9298c291afa'],
    ['openssl-bigalpn-frag', 't13d3111p0_e8f1e7e78f70_1f22a2ca17c4', 't13d3111p0_d7c3e2abb617_b9298c291afa'],
    ['openssl-default', 't13d311000_e8f1e7e78f70_1f22a2ca17c4', 't13d311000_d7c3e2abb617_a38b09e5d8d1'],
    ['openssl-nosni', 't13i310900_e8f1e7e78f70_1f22a2ca17c4', 't13i310900_d7c3e2abb617_6587f518f5c5'],
    ['openssl-tls12-ticket', 't12d2808h2_d943125447b4_e7e480e5a997', 't12d2808h2_fb9300bf4368_9b08cc437183'],
  ])('of %s', (client, fingerprint, inWireOrder) => {
    const hello = valueOf(decodeClientHello(realHellos.find((one) => one.client === client)!.flight));
    expect(node.ja4(hello)).toBe(fingerprint);
    expect(node.ja4(hello, original)).toBe(inWireOrder);
  });
});

describe('hashes', () => {
  const hello = helloOf({ cipherSuites: [0x1302, 0x1301], extensions: [extension(23), extension(5)] });
  const web = async (text: string): Promise<string> =>
    Buffer.from(await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('hex');

  test('a synchronous one gives a string', () => {
    const ja3Hash: string = ja3(hello, md5);
    const ja4Hash: string = ja4(hello, sha256);
    expectTypeOf(ja3(hello, md5)).toEqualTypeOf<string>();
    expectTypeOf(ja4(hello, sha256, { order: 'original' })).toEqualTypeOf<string>();
    expect(ja3Hash).toBe('2bd9493556190331229e1b092e73188d'); // md5('771,4866-4865,23-5,,')
    expect(ja4Hash).toBe('t12i020200_62ed6f6ca7ad_b514ece70b5c'); // sha256('1301,1302'), sha256('0005,0017')
  });

  test('one that takes its time, as Web Crypto, gives a promise of the same', async () => {
    const ja3Hash: Promise<string> = ja3(hello, async (text) => md5(text));
    const ja4Hash: Promise<string> = ja4(hello, web);
    expectTypeOf(ja4(hello, web, { order: 'original' })).toEqualTypeOf<Promise<string>>();
    expect(ja3Hash).toBeInstanceOf(Promise);
    expect(ja4Hash).toBeInstanceOf(Promise);
    expect(await ja3Hash).toBe(ja3(hello, md5));
    expect(await ja4Hash).toBe(ja4(hello, sha256));
    const nothing = helloOf({ cipherSuites: [0x0a0a] });
    expect(await ja4(nothing, web)).toBe('t12i000000_000000000000_000000000000');
  });

  test('that takes its time for one of two texts alone', async () => {
    for (const slow of ['1301,1302', '0005,0017']) {
      const hash = (text: string): Promise<string> => (text === slow ? web(text) : sha256(text)) as Promise<string>;
      expect(await ja4(hello, hash)).toBe(ja4(hello, sha256));
    }
  });

  test('the slower of two promises is not lost', async () => {
    const later = (text: string): Promise<string> =>
      new Promise((resolve) => setTimeout(resolve, text === '1301,1302' ? 10 : 0, sha256(text)));
    expect(await ja4(hello, later)).toBe(ja4(hello, sha256));
  });

  test('are given these texts, and no others', () => {
    const once = vi.fn(md5);
    ja3(hello, once);
    expect(once.mock.calls).toEqual([[ja3Text(hello)]]);
    const twice = vi.fn(sha256);
    ja4(hello, twice);
    expect(twice.mock.calls).toEqual([['1301,1302'], ['0005,0017']]);
    twice.mockClear();
    ja4(hello, twice, { order: 'original' });
    expect(twice.mock.calls).toEqual([['1302,1301'], ['0017,0005']]);
  });

  test('of either kind, passed on by whoever does not know which', async () => {
    const wrap = (hash: Hash | AsyncHash): string | Promise<string> => ja4(hello, hash);
    const ja3With = (hash: Hash | AsyncHash): string | Promise<string> => ja3(hello, hash);
    expect(wrap(sha256)).toBe(ja4(hello, sha256));
    expect(await wrap((text) => Promise.resolve(sha256(text)))).toBe(ja4(hello, sha256));
    expect(ja3With((text) => text)).toBe(ja3Text(hello));
  });

  test('of which the first call promises and the second throws: one rejection, and none that nobody waits for', async () => {
    const first = new Error('first');
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    let calls = 0;
    const hash = (): Promise<string> => {
      if (calls++ === 0) return Promise.reject(first);
      throw new Error('second');
    };
    await expect(ja4(hello, hash)).rejects.toThrow(/first|second/);
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  test('that reject or throw are not covered up', async () => {
    const failure = new Error('no hash today');
    const throws = (): string => {
      throw failure;
    };
    expect(() => ja3(hello, throws)).toThrow(failure);
    expect(() => ja4(hello, throws)).toThrow(failure);
    await expect(ja3(hello, () => Promise.reject(failure))).rejects.toBe(failure);
    await expect(ja4(hello, () => Promise.reject(failure))).rejects.toBe(failure);
    // One of the two.
    await expect(ja4(hello, (text) => (text === '1301,1302' ? Promise.reject(failure) : web(text)))).rejects.toBe(failure);
    await expect(ja4(hello, (text) => (text === '1301,1302' ? web(text) : Promise.reject(failure)))).rejects.toBe(failure);
  });
});

describe('options that are none', () => {
  const hello = helloOf({});
  test.each(['d', 'tcp', 'T', '', null, 1])('transport %j', (transport) => {
    const options = { transport } as unknown as Ja4Options;
    const message = "transport must be 't' or 'q'";
    expect(() => ja4Text(hello, options)).toThrow(new TypeError(message));
    expect(() => ja4(hello, sha256, options)).toThrow(new TypeError(message));
    expect(() => node.ja4(hello, options)).toThrow(new TypeError(message));
  });
  test.each(['wire', 'Sorted', '', null, true])('order %j', (order) => {
    const options = { order } as unknown as Ja4Options;
    const message = "order must be 'sorted' or 'original'";
    expect(() => ja4Text(hello, options)).toThrow(new TypeError(message));
    expect(() => ja4(hello, sha256, options)).toThrow(new TypeError(message));
    expect(() => node.ja4(hello, options)).toThrow(new TypeError(message));
  });
});

describe('laws', () => {
  const list = fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 12 });
  const some = fc.option(list, { nil: undefined });
  const version = fc.constantFrom(0x0304, 0x0303, 0x0302, 0x0301, 0x7f1c, 0xfeff, 0xfefd, 0xfefc);
  const grease = fc.constantFrom(...allGrease);
  const hellos = fc.record({
    cipherSuites: list,
    /** None that has a meaning here, and none of GREASE: no type may stand there twice. */
    types: fc.uniqueArray(fc.integer({ min: 60, max: 0xffff }).filter((type) => !allGrease.includes(type)), { maxLength: 12 }),
    groups: some,
    formats: fc.option(fc.array(fc.nat(0xff), { minLength: 1, maxLength: 5 }), { nil: undefined }),
    algorithms: some,
    versions: fc.option(fc.array<number>(version, { minLength: 1, maxLength: 6 }), { nil: undefined }),
    hasName: fc.boolean(),
    hasProtocol: fc.boolean(),
    hasPreSharedKey: fc.boolean(),
  });
  type Hello = typeof hellos extends fc.Arbitrary<infer T> ? T : never;

  /** All but pre_shared_key, which has to be the last: RFC 8446 4.2.11. */
  function extensionsOf(hello: Hello): Uint8Array[] {
    return [
      ...hello.types.map((type) => extension(type)),
      ...(hello.groups ? [groups(...hello.groups)] : []),
      ...(hello.formats ? [formats(...hello.formats)] : []),
      ...(hello.algorithms ? [algorithms(...hello.algorithms)] : []),
      ...(hello.versions ? [supportedVersions(...hello.versions)] : []),
      ...(hello.hasName ? [serverName('www.example.com')] : []),
      ...(hello.hasProtocol ? [alpn('h2')] : []),
    ];
  }
  function withExtensions({ cipherSuites, hasPreSharedKey }: Hello, extensions: readonly Uint8Array[]): ClientHello {
    return helloOf({ cipherSuites, extensions: hasPreSharedKey ? [...extensions, extension(41)] : extensions });
  }

  const shuffled = <T>(items: readonly T[]): fc.Arbitrary<T[]> =>
    fc.shuffledSubarray([...items], { minLength: items.length });

  test('the order of cipher suites, versions and extensions is nothing to ja4', () => {
    const pairs = hellos.chain((hello) => {
      const versions = hello.versions ? shuffled(hello.versions) : fc.constant(undefined);
      const other = fc
        .record({ cipherSuites: shuffled(hello.cipherSuites), versions })
        .map((reordered): Hello => ({ ...hello, ...reordered }))
        .chain((one) => shuffled(extensionsOf(one)).map((extensions) => withExtensions(one, extensions)));
      return fc.tuple(fc.constant(withExtensions(hello, extensionsOf(hello))), other);
    });
    const law = ([one, other]: [ClientHello, ClientHello]): void => {
      expect(ja4Text(other)).toBe(ja4Text(one));
      expect(node.ja4(other)).toBe(node.ja4(one));
    };
    fc.assert(fc.property(pairs, law), { numRuns });
  });

  test('GREASE anywhere is nothing to ja3 and ja4', () => {
    const places = fc.array(fc.tuple(fc.nat(20), grease), { minLength: 1, maxLength: 6 });
    const types = fc.uniqueArray(fc.tuple(fc.nat(20), grease), { selector: ([, type]) => type, minLength: 1 });
    const insert = <T>(items: readonly T[], added: readonly [at: number, item: T][]): T[] =>
      added.reduce((all, [at, item]) => all.toSpliced(at, 0, item), [...items]);
    const law = (hello: Hello, inLists: [number, number][], inExtensions: [number, number][]): void => {
      const greased: Hello = {
        ...hello,
        cipherSuites: insert(hello.cipherSuites, inLists),
        groups: hello.groups && insert(hello.groups, inLists),
        algorithms: hello.algorithms && insert(hello.algorithms, inLists),
        versions: hello.versions && insert(hello.versions, inLists),
      };
      const strange = inExtensions.map(([at, type]): [number, Uint8Array] => [at, extension(type, new Uint8Array(at))]);
      const one = withExtensions(hello, extensionsOf(hello));
      const other = withExtensions(greased, insert(extensionsOf(greased), strange));
      expect(ja3Text(other)).toBe(ja3Text(one));
      expect(node.ja3(other)).toBe(node.ja3(one));
      for (const order of ['sorted', 'original'] as const) {
        expect(ja4Text(other, { order })).toBe(ja4Text(one, { order }));
        expect(node.ja4(other, { order })).toBe(node.ja4(one, { order }));
      }
    };
    fc.assert(fc.property(hellos, places, types, law), { numRuns });
  });
});
