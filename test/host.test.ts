import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readHost } from '../src/host.ts';
import type { Host } from '../src/host.ts';

const dns = (host: string): Host => ({ kind: 'dns', host });
const ip = (address: string): Host => ({ kind: 'ip', address });

const label63: string = 'a'.repeat(63);
/** 63 + 1 + 63 + 1 + 63 + 1 + 61 = 253 characters. */
const name253: string = [label63, label63, label63, 'b'.repeat(61)].join('.');
const name254: string = [label63, label63, label63, 'b'.repeat(62)].join('.');

describe('a DNS name: lower case, without the trailing dot', () => {
  it.each([
    ['lower case', 'www.example.com', 'www.example.com'],
    ['upper case (RFC 4343 2)', 'WWW.Example.COM', 'www.example.com'],
    ['all of A to Z', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ.test', 'abcdefghijklmnopqrstuvwxyz.test'],
    ['a trailing dot (RFC 1034 3.1)', 'example.com.', 'example.com'],
    ['upper case and a trailing dot', 'EXAMPLE.COM.', 'example.com'],
    ['an underscore, as real clients send it', '_dmarc.my_host.example', '_dmarc.my_host.example'],
    ['punycode (RFC 5890 2.3.2.1)', 'xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['punycode in upper case', 'XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    ['punycode as the last label', 'example.xn--p1ai', 'example.xn--p1ai'],
    ['a single label', 'localhost', 'localhost'],
    ['a single label and a trailing dot', 'localhost.', 'localhost'],
    ['a single letter', 'a', 'a'],
    ['a hyphen first and last', '-a-.example', '-a-.example'],
    ['labels of digits before the last (RFC 1123 2.1)', '3com.1.example', '3com.1.example'],
    ['dotted decimal before the last label', '127.0.0.1.nip.io', '127.0.0.1.nip.io'],
    ['a label of 63 characters', `${label63}.example`, `${label63}.example`],
    ['a last label of 63 characters', `example.${label63}`, `example.${label63}`],
    ['253 characters', name253, name253],
    ['253 characters and a trailing dot', `${name253}.`, name253],
    ['127 labels of one character', 'a.'.repeat(126) + 'a', 'a.'.repeat(126) + 'a'],
  ])('%s', (_, text, host) => {
    expect(readHost(text)).toStrictEqual(dns(host));
  });

  // The last label only looks like a number: no resolver reads it as one.
  it.each([
    'example.1a',
    'example.a1',
    'example.0xg',
    'example.x0',
    'example.0b1',
    'example.1e3',
    'example.1_',
    '1-2',
    '0x-1',
    '0X7G',
  ])('a last label that is no number: %j', (text) => {
    expect(readHost(text)).toStrictEqual(dns(text.toLowerCase()));
  });
});

describe('an IP address: canonical text (RFC 5952)', () => {
  it.each([
    ['IPv4', '192.0.2.1', '192.0.2.1'],
    ['IPv4, all zeros', '0.0.0.0', '0.0.0.0'],
    ['IPv4 and a trailing dot', '192.0.2.1.', '192.0.2.1'],
    ['IPv6', '2001:db8::1', '2001:db8::1'],
    ['IPv6, loopback', '::1', '::1'],
    ['IPv6, unspecified', '::', '::'],
    ['IPv6 in upper case', '2001:DB8::ABCD', '2001:db8::abcd'],
    ['IPv6 in full', '2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['IPv6 with :: for one group', '1::3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
    ['IPv6 and a trailing dot', '2001:db8::1.', '2001:db8::1'],
    ['IPv6 with dotted decimal', '::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['IPv6 with dotted decimal and a trailing dot', '::FFFF:192.0.2.1.', '::ffff:192.0.2.1'],
    ['IPv6, mapped, in hexadecimal', '::ffff:c000:201', '::ffff:192.0.2.1'],
    ['IPv6 with dotted decimal, not mapped', '64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s: %j', (_, text, address) => {
    expect(readHost(text)).toStrictEqual(ip(address));
  });
});

describe('neither: not to be routed by', () => {
  it.each([
    // Resolvers turn these into addresses (WHATWG URL 3.5, "ends in a number"; inet_aton(3)).
    ['all digits', '2130706433'],
    ['one digit', '1'],
    ['two numbers', '127.1'],
    ['three numbers', '127.0.1'],
    ['five numbers', '1.2.3.4.5'],
    ['a leading zero', '127.0.0.01'],
    ['octal', '0177.0.0.1'],
    ['256', '256.0.0.1'],
    ['256 last', '1.2.3.256'],
    ['hexadecimal', '0x7f000001'],
    ['hexadecimal in upper case', '0X7F000001'],
    ['hexadecimal octets', '0x7f.0x0.0x0.0x1'],
    ['a last octet in hexadecimal', '127.0.0.0x1'],
    ['0x without digits', '127.0.0.0x'],
    ['0x alone', '0x'],
    ['a last label of digits', 'example.123'],
    ['a last label of digits and a trailing dot', 'example.123.'],
    ['a last label of hexadecimal', 'example.0xff'],
    ['a number too large for an address', '99999999999999999999'],

    ['NUL', 'exam\0ple.com'],
    ['NUL at the end', 'example.com\0'],
    ['NUL and another name', 'good.example\0.evil.example'],
    ['space', 'exam ple.com'],
    ['space before', ' example.com'],
    ['space after', 'example.com '],
    ['space alone', ' '],
    ['tab', 'example.com\t'],
    ['slash', 'example.com/'],
    ['a path up', '../example.com'],
    ['backslash', 'example.com\\'],
    ['comma', 'a.example,b.example'],
    ['CR', 'example.com\r'],
    ['LF', 'example.com\n'],
    ['CR LF and a header', 'example.com\r\nx: y'],
    ['DEL', 'example.com\x7f'],
    ['a port', 'example.com:443'],
    ['a port behind IPv4', '192.0.2.1:443'],
    ['an empty port', 'example.com:'],
    ['brackets around IPv6', '[2001:db8::1]'],
    ['brackets and a port', '[2001:db8::1]:443'],
    ['brackets around a name', '[example.com]'],
    ['a zone', 'fe80::1%eth0'],
    ['a wildcard', '*.example.com'],
    ['* alone', '*'],
    ['user information', 'user@example.com'],
    ['a scheme', 'https://example.com'],
    ['a query', 'example.com?a'],
    ['percent-encoding', 'ex%61mple.com'],

    ['non-ASCII, as latin1 from the wire', 'b\xfccher.example'],
    ['UTF-8 read as latin1', 'b\xc3\xbccher.example'],
    ['non-ASCII', 'b\u00fccher.example'],
    ['fullwidth letters', '\uff41.example'],
    ['an ideographic full stop', 'example\u3002com'],
    ['a soft hyphen', 'exam\xadple.com'],
    ['a letter that lower-cases to two', '\u0130.example'],
    ['a Kelvin sign, which lower-cases to k', '\u212a.example'],
    ['a surrogate pair', '\ud83d\ude00.example'],
    ['half a surrogate pair', '\ud83d.example'],

    ['nothing', ''],
    ['a dot', '.'],
    ['two dots', '..'],
    ['three dots', '...'],
    ['an empty label', 'www..example.com'],
    ['a leading dot', '.example.com'],
    ['two trailing dots', 'example.com..'],
    ['IPv4 and two trailing dots', '192.0.2.1..'],
    ['IPv6 and two trailing dots', '::1..'],
    ['a leading dot before IPv4', '.192.0.2.1'],
    ['a label of 64 characters', `${'a'.repeat(64)}.example`],
    ['a last label of 64 characters', `example.${'a'.repeat(64)}`],
    ['a single label of 64 characters', 'a'.repeat(64)],
    ['a label of 64 characters and a trailing dot', `${'a'.repeat(64)}.`],
    ['254 characters', name254],
    ['254 characters and a trailing dot', `${name254}.`],
    ['65535 characters', 'a.'.repeat(32767) + 'a'],

    ['IPv6 with two ::', '1::2::3'],
    ['IPv6 with too few groups', '1:2:3:4:5:6:7'],
    ['IPv6 with leading zeros in dotted decimal', '::ffff:192.0.2.01'],
    ['a colon', ':'],
    ['a colon in a name', 'a:b.example'],
  ])('%s', (_, text) => {
    expect(readHost(text)).toBeUndefined();
  });

  test('254 and 253 characters are what the names above have', () => {
    expect([name253.length, name254.length]).toEqual([253, 254]);
  });

  test('of all UTF-16 code units only letters, digits, hyphen, underscore and dot may be in a name', () => {
    let taken = '';
    for (let unit = 0; unit < 0x10000; unit++) {
      const c = String.fromCharCode(unit);
      if (readHost(`a${c}b.example`) !== undefined) taken += c;
    }
    expect(taken).toBe('-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz');
  });
});

describe('any text', () => {
  const units = (alphabet: string, maxLength: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(...alphabet), maxLength });
  const label = fc.oneof(
    units('abcxyzABCXYZ0123456789-_', 8),
    units('0123456789', 4),
    units('0123456789abcdefx', 6).map((digits) => `0x${digits}`),
    fc.constantFrom('a'.repeat(62), label63, 'a'.repeat(64)),
  );
  const text: fc.Arbitrary<string> = fc.oneof(
    fc.array(label, { maxLength: 6 }).map((labels) => labels.join('.')),
    fc
      .array(fc.constantFrom('a', label63, 'b'.repeat(61)), { minLength: 3, maxLength: 5 })
      .map((all) => all.join('.')),
    fc.ipV4(),
    fc.ipV6(),
    fc.domain(),
    units('0123456789abcdefABCDEF:.', 40),
    fc.string({ unit: 'binary-ascii' }),
    fc.string({ unit: 'binary' }),
  );

  test('gives a host that is safe to route by, or nothing; never throws', () => {
    const seen = { dns: 0, ip: 0, none: 0 };
    fc.assert(
      fc.property(text, (any) => {
        const host = readHost(any);
        seen[host?.kind ?? 'none']++;
        if (host?.kind === 'dns') {
          expect(host.host).toMatch(/^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/);
          expect(host.host.length).toBeLessThanOrEqual(253);
          expect(host.host).not.toMatch(/(^|\.)([0-9]+|0x[0-9a-f]*)$/);
        } else if (host?.kind === 'ip') {
          expect(host.address).toMatch(/^[0-9a-f:.]+$/);
        }
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(seen.dns, seen.ip, seen.none)).toBeGreaterThan(50);
  });

  test('a normal form is its own normal form', () => {
    fc.assert(
      fc.property(text, (any) => {
        const host = readHost(any);
        if (host !== undefined) {
          expect(readHost(host.kind === 'dns' ? host.host : host.address)).toStrictEqual(host);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('neither capitals nor one trailing dot make a difference', () => {
    fc.assert(
      fc.property(text, (any) => {
        const host = readHost(any);
        const capitals = any.replace(/[a-z]/g, (letter) => letter.toUpperCase());
        expect(readHost(capitals)).toStrictEqual(host);
        if (!any.endsWith('.')) expect(readHost(`${any}.`)).toStrictEqual(host);
      }),
      { numRuns: 1000 },
    );
  });
});
