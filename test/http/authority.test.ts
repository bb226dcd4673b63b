/** Host and port in one normal form, wherever a request names them, and the same that SNI gives the same name. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { decodeRequestHead } from '../../src/http/index.ts';
import type { RequestHead } from '../../src/http/index.ts';
import { readServerName } from '../../src/tls/index.ts';
import type { ServerName } from '../../src/tls/index.ts';
import { numRuns as runs } from '../runs.ts';
import { same } from '../same.ts';
import { bytes, hello, serverName } from '../vectors/build.ts';
import type { Outcome } from './rows.ts';

const numRuns = runs * 10;

type Authority = RequestHead['authority'];

const withHost = (text: string): Outcome => decodeRequestHead(bytes(`GET / HTTP/1.1\r\nHost: ${text}\r\n\r\n`));
const withTarget = (text: string): Outcome => decodeRequestHead(bytes(`GET http://${text}/ HTTP/1.0\r\n\r\n`));
const withConnect = (text: string): Outcome => decodeRequestHead(bytes(`CONNECT ${text} HTTP/1.0\r\n\r\n`));

/** The authority of a head, or the code that it is refused with. */
function authorityIn(outcome: Outcome): Authority | string {
  if (outcome.status === 'complete') return outcome.value.authority;
  return outcome.status === 'malformed' ? outcome.code : outcome.status;
}

function nameIn(text: string): ServerName | undefined {
  const outcome = readServerName(hello({ extensions: serverName(text) }));
  if (outcome.status !== 'complete') throw new Error(`${JSON.stringify(text)}: ${outcome.status}`);
  return outcome.value;
}

/** The host as SNI has it; undefined where it is no name to route by. */
function sniHost(text: string): string | undefined {
  const name = nameIn(text);
  return name?.kind === 'dns' ? name.host : name?.kind === 'ip' ? name.address : undefined;
}

const label63 = 'a'.repeat(63);
const name253 = [label63, label63, label63, 'b'.repeat(61)].join('.');

/** Texts of hosts and what they become. */
const hosts: readonly (readonly [text: string, host: string])[] = [
  ['example.com', 'example.com'],
  ['EXAMPLE.com', 'example.com'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZ.test', 'abcdefghijklmnopqrstuvwxyz.test'],
  ['example.com.', 'example.com'],
  ['localhost', 'localhost'],
  ['LOCALHOST.', 'localhost'],
  ['a', 'a'],
  ['_dmarc.my_host.example', '_dmarc.my_host.example'],
  ['-a-.example', '-a-.example'],
  ['XN--bcher-kva.example', 'xn--bcher-kva.example'],
  ['example.xn--p1ai', 'example.xn--p1ai'],
  ['3com.1.example', '3com.1.example'],
  ['127.0.0.1.nip.io', '127.0.0.1.nip.io'],
  ['example.0xg', 'example.0xg'],
  ['example.1a', 'example.1a'],
  [`${label63}.example`, `${label63}.example`],
  [name253, name253],
  [`${name253}.`, name253],
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.1.', '192.0.2.1'],
  ['255.255.255.255', '255.255.255.255'],
  ['0.0.0.0', '0.0.0.0'],
];

/** Without the brackets. */
const ipv6: readonly (readonly [text: string, host: string])[] = [
  ['::', '::'],
  ['::1', '::1'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:DB8::ABCD', '2001:db8::abcd'],
  ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['1::3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['::FFFF:C000:201', '::ffff:192.0.2.1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
];

const ports: readonly (readonly [text: string, port: number])[] = [
  [':1', 1],
  [':80', 80],
  [':443', 443],
  [':00443', 443],
  [':8080', 8080],
  [':65535', 65535],
];

const written = [...hosts, ...ipv6.map(([text, host]) => [`[${text}]`, host] as const)];

describe('RFC 9110 7.2: host and port', () => {
  test.each(written)('%j', (text, host) => {
    for (const [suffix, expected] of [
      ['', { host }],
      [':', { host }],
      [':0', { host, port: 0 }],
    ] as const) {
      same(authorityIn(withHost(text + suffix)), expected);
      same(authorityIn(withTarget(text + suffix)), expected);
      same(authorityIn(withConnect(text + suffix)), 'http.target.authority');
    }
    for (const [suffix, port] of ports) {
      for (const read of [withHost, withTarget, withConnect]) same(authorityIn(read(text + suffix)), { host, port });
    }
  });

  it('takes ports from 0 to 65535, and from 1 for CONNECT', () => {
    for (let port = 0; port <= 66_000; port += port < 300 || port > 65_400 ? 1 : 61) {
      for (const host of ['example.com', '[::1]']) {
        const expected = { host: host === '[::1]' ? '::1' : host, port };
        same(authorityIn(withHost(`${host}:${port}`)), port <= 65535 ? expected : 'http.host.invalid');
        const inTarget = port <= 65535 ? expected : 'http.target.authority';
        same(authorityIn(withTarget(`${host}:${port}`)), inTarget);
        same(authorityIn(withConnect(`${host}:${port}`)), port === 0 ? 'http.target.authority' : inTarget);
      }
    }
  });

  it('gives the port only where there is one', () => {
    const keys = (text: string): string[] => Object.keys(authorityIn(withHost(text)) as object);
    expect(keys('example.com')).toEqual(['host']);
    expect(keys('example.com:')).toEqual(['host']);
    expect(keys('example.com:0')).toEqual(['host', 'port']);
    expect(keys('[::1]')).toEqual(['host']);
  });
});

describe('RFC 6066 3: the same name in SNI', () => {
  test.each(hosts)('%j', (text, host) => {
    same(sniHost(text), host);
    same(authorityIn(withHost(text)), { host });
  });

  test.each(ipv6)('%j in brackets', (text, host) => {
    same(sniHost(text), host);
    same(authorityIn(withHost(`[${text}]`)), { host });
    same(authorityIn(withHost(text)), 'http.host.invalid');
  });

  /** Without a colon, which divides host and port, and without white space at its ends, which is not of the value. */
  const law = (name: string): void => {
    const host = sniHost(name);
    const fromHost = authorityIn(withHost(name));
    if (host !== undefined) {
      same(fromHost, { host }, name);
      same(authorityIn(withTarget(name)), { host }, name);
      same(authorityIn(withConnect(`${name}:443`)), { host, port: 443 }, name);
      return;
    }
    // Control characters are refused before anybody looks for a host.
    expect(['http.host.invalid', 'http.line.control', 'http.line.bare_cr', 'http.line.bare_lf'], name).toContain(
      fromHost,
    );
    for (const read of [withTarget, withConnect]) {
      const outcome = read(read === withConnect ? `${name}:443` : name);
      // What a line, a target or a path may not hold, or what ends the authority, says so in its own way.
      if (!/[^!-~]|[#/?]/.test(name)) same(authorityIn(outcome), 'http.target.authority', name);
      else if (!/[/?]/.test(name) || read === withConnect) same(outcome.status, 'malformed', name);
    }
  };

  test('every byte value, within a name and at its ends', () => {
    for (let byte = 0; byte < 256; byte++) {
      const c = String.fromCharCode(byte);
      if (c === ':') continue;
      law(`a${c}b.example`);
      law(`a.exa${c}mple`);
      law(`1.2.3${c}4`);
      if (c !== ' ' && c !== '\t') for (const name of [c, `${c}a.example`, `a.example${c}`, `192.0.2.1${c}`]) law(name);
    }
  });

  test('names at random, near to those that are some', () => {
    const label = fc.oneof(
      fc.constantFrom(
        'a',
        'example',
        'com',
        'xn--p1ai',
        '_',
        '-',
        '0',
        '1',
        '01',
        '255',
        '256',
        '0x7f',
        '0xg',
        '08',
        '',
        'A1',
      ),
      fc.string({ unit: fc.constantFrom(...'aZ09-_x'), minLength: 1, maxLength: 65 }),
    );
    const plain = fc
      .tuple(fc.array(label, { minLength: 1, maxLength: 6 }), fc.constantFrom('', '.', '..'))
      .map(([labels, dot]) => labels.join('.') + dot);
    const odd = fc.string({ unit: fc.constantFrom(...'a.1-@/?#%,;[]\\"*=\x00\x7f\xe9 '), minLength: 1, maxLength: 8 });
    const long = fc.tuple(fc.integer({ min: 1, max: 130 }), plain).map(([count, name]) => 'a.'.repeat(count) + name);
    let names = 0;
    fc.assert(
      fc.property(fc.oneof(plain, odd, long), (name) => {
        fc.pre(name !== '' && name.length < 400 && !/^ | $/.test(name));
        if (sniHost(name) !== undefined) names++;
        law(name);
      }),
      { numRuns, seed: 1 },
    );
    expect(names).toBeGreaterThan(numRuns / 10);
  });

  test('addresses at random, in brackets', () => {
    const group = fc.constantFrom('0', '1', 'ffff', 'FFFF', '0db8', '00000', 'g', '', '192.0.2.1', '1.2.3', 'db8%1');
    const near = fc.array(group, { minLength: 2, maxLength: 9 }).map((groups) => groups.join(':'));
    let addresses = 0;
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), near), (text) => {
        const host = sniHost(text);
        if (host === undefined) same(authorityIn(withHost(`[${text}]`)), 'http.host.invalid', text);
        else {
          addresses++;
          same(authorityIn(withHost(`[${text}]`)), { host }, text);
          same(authorityIn(withTarget(`[${text}]:8080`)), { host, port: 8080 }, text);
        }
        // With one colon it may be a name and a port.
        if (/:.*:/.test(text)) same(authorityIn(withHost(text)), 'http.host.invalid', text);
      }),
      { numRuns, seed: 1 },
    );
    expect(addresses).toBeGreaterThan(numRuns / 10);
  });

  test('what SNI alone takes: a dot behind an IPv6 address, which a URI may not hold (RFC 3986 3.2.2)', () => {
    same(sniHost('2001:db8::1.'), '2001:db8::1');
    same(authorityIn(withHost('[2001:db8::1.]')), 'http.host.invalid');
    same(authorityIn(withHost('[2001:db8::1].')), 'http.host.invalid');
  });

  test('what Host alone takes: no name at all, where SNI must not be empty', () => {
    same(authorityIn(withHost('')), undefined);
    expect(readServerName(hello({ extensions: serverName('') })).status).toBe('malformed');
  });
});
