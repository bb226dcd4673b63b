import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { explain } from '../../src/explain/index.ts';
import type { Explainable, ExplainedCode } from '../../src/explain/index.ts';
import { requestHeadCodes } from '../../src/http/index.ts';
import { createPreread, preread, prereadCodes } from '../../src/preread.ts';
import type { PrereadOptions } from '../../src/preread.ts';
import { proxyHeaderCodes, proxyV1Codes, proxyV2Codes, tlvCodes } from '../../src/proxy/index.ts';
import { prefix, sniff, ssh, tcp, tls } from '../../src/sniff/index.ts';
import type { Unrecognized } from '../../src/sniff/index.ts';
import { alertCodes } from '../../src/tls/alert.ts';
import { clientHelloCodes } from '../../src/tls/hello-walk.ts';
import { extensionCodes } from '../../src/tls/extensions.ts';
import { handshakeCodes } from '../../src/tls/handshake.ts';
import { recordCodes } from '../../src/tls/record.ts';
import { serverHelloCodes } from '../../src/tls/server-hello.ts';
import { alpn, bytes, concat, hello, serverName } from '../vectors/build.ts';
import { proxyV1, proxyV2 } from '../vectors/proxy.ts';

const codes: readonly ExplainedCode[] = [
  ...recordCodes,
  ...handshakeCodes,
  ...clientHelloCodes,
  ...extensionCodes,
  ...alertCodes,
  ...serverHelloCodes,
  ...proxyHeaderCodes,
  ...proxyV1Codes,
  ...proxyV2Codes,
  ...tlvCodes,
  ...requestHeadCodes,
  ...prereadCodes,
];

describe('every code is explained', () => {
  it.each(codes)('%s', (code) => {
    const { message, reference, cause } = explain({ status: 'malformed', code, offset: 7 });
    expect(message).toMatch(/^[A-Z].*\bbyte 7\b/);
    expect(reference).toMatch(/^(RFC \d+|draft-[a-z0-9-]+-\d\d|PROXY protocol) [0-9A-Z][0-9.]*$/);
    expect(cause).toMatch(/^[A-Z].{10,}\.$/);
    for (const prose of [message, reference, cause])
      expect(prose).not.toMatch(/undefined|NaN|\[object|\s{2}|\s$/);
    // The code is for programs: the sentence says it in words.
    expect(message).not.toContain(code);
  });

  test('the codes are listed once each, as <layer>.<structure>.<rule>', () => {
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.filter((code) => !/^(tls|proxy|http|preread)(\.[a-z0-9_]+){1,2}$/.test(code))).toEqual([]);
  });

  test('no two codes share a message', () => {
    const messages = codes.map((code) => explain({ status: 'malformed', code, offset: 7 }).message);
    expect(new Set(messages).size).toBe(codes.length);
  });

  test('the offset makes a difference to the message and to nothing else, but where a header is the second one', () => {
    for (const code of codes.filter((each) => each !== 'preread.proxy.unexpected')) {
      const here = explain({ status: 'malformed', code, offset: 0 });
      const there = explain({ status: 'malformed', code, offset: 65535 });
      expect(here.message).toMatch(/\bbyte 0\b/);
      expect(there.message).toMatch(/\bbyte 65535\b/);
      expect({ ...there, message: here.message }).toEqual(here);
    }
  });
});

describe('a code of an extension names the extension and its specification', () => {
  it.each<readonly [code: ExplainedCode, reference: string]>([
    ['tls.server_name.length', 'RFC 6066 3'],
    ['tls.server_name.duplicate', 'RFC 6066 3'],
    ['tls.application_layer_protocol_negotiation.empty', 'RFC 7301 3.1'],
    ['tls.supported_versions.length', 'RFC 8446 4.2.1'],
    ['tls.key_share.empty', 'RFC 8446 4.2.8'],
    ['tls.pre_shared_key.not_last', 'RFC 8446 4.2.11'],
    ['tls.padding.value', 'RFC 7685 3'],
    ['tls.record_size_limit.value', 'RFC 8449 4'],
    ['tls.encrypted_client_hello.type', 'RFC 9849 5'],
    ['tls.renegotiation_info.length', 'RFC 5746 3.2'],
    ['tls.extension.duplicate', 'RFC 8446 4.2'],
    ['tls.record.length', 'RFC 8446 5.1'],
    ['tls.alert.level', 'RFC 8446 6'],
  ])('%s', (code, reference) => {
    expect(explain({ status: 'malformed', code, offset: 0 }).reference).toBe(reference);
  });

  test('by its name, in the two rules that most extensions share', () => {
    for (const code of extensionCodes.filter((each) => /\.(length|empty)$/.test(each))) {
      expect(explain({ status: 'malformed', code, offset: 0 }).message).toContain(code.split('.')[1]);
    }
  });
});

describe('incomplete is explained too', () => {
  it.each([
    [1, 'At least 1 more byte must'],
    [2, 'At least 2 more bytes must'],
    [512, 'At least 512 more bytes must'],
  ])('%i', (needed, begin) => {
    const { message, reference, cause } = explain({ status: 'incomplete', needed });
    expect(message.startsWith(begin)).toBe(true);
    expect(reference).toMatch(/^RFC \d+ [0-9.]+$/);
    expect(cause).not.toBe('');
  });
});

test('unknown is explained too, silence with it', () => {
  const { message, reference, cause } = explain({ status: 'unknown' });
  expect(message).toMatch(/^[A-Z].*\.$/);
  expect(reference).toMatch(/^RFC \d+ [0-9.]+$/);
  expect(cause).toMatch(/waits for the server to speak first/);
  expect(explain(sniff(new Uint8Array(0), undefined, { final: true }) as Unrecognized).message).toBe(message);
});

describe('a code that no decoder gives throws TypeError', () => {
  const explainAny = (code: string) => (): unknown =>
    explain({ status: 'malformed', code: code as ExplainedCode, offset: 7 });

  it.each([
    '.',
    'tls',
    'tls.',
    'tls.not_tls.',
    'tls.nothing.length',
    'tls.constructor.length',
    'tls.toString.empty',
    'tls.hasOwnProperty.length',
    'tls.__proto__.length',
    '__proto__',
    'constructor',
    'toString',
    'tls.padding.length',
    'tls.session_ticket.length',
    'tls.unknown.length',
    'tls.key_share.LENGTH',
    'TLS.key_share.length',
    'key_share.length',
    'http.key_share.length',
    '__proto__.key_share.length',
    'tls.key_share.length.length',
    'tls.key_share.length.',
    'tls.server_name.INVALID',
    'preread.proxy.',
    'preread.proxy',
    'preread.server_name.length',
    'proxy.v2.CRC32C',
    'proxy.v3.version',
    'proxy.server_name.length',
    'proxy.__proto__.length',
    'http.constructor.length',
    'http.not_http.',
  ])('%j', (code) => {
    expect(explainAny(code)).toThrow(TypeError);
    expect(explainAny(code)).toThrow(code); // and not by the way, on reading what is not there
  });

  it('nothing at all', () => {
    expect(explainAny('')).toThrow(TypeError);
  });

  it('whatever extension and rule are put together', () => {
    const known: ReadonlySet<string> = new Set(codes);
    const parts = codes.map((code) => code.split('.'));
    const explained: string[] = [];
    for (const structure of new Set(parts.map(([, name]) => name))) {
      for (const rule of new Set(parts.map(([, , last]) => last ?? 'rule'))) {
        for (const layer of ['tls', 'proxy', 'http', 'preread']) {
          const code = `${layer}.${structure}.${rule}`;
          if (known.has(code)) continue;
          try {
            explainAny(code)();
            explained.push(code);
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError);
          }
        }
      }
    }
    expect(explained).toEqual([]);
  });
});

/** What costs people days: what came, what the port is for, and the words that must be there. */
describe('a mismatch is explained', () => {
  const HELLO = hello({ extensions: serverName('www.example.com') });
  const GET = bytes('GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n');
  const HTTP2 = bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const SSLV2 = bytes([0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10], new Uint8Array(37).fill(7));
  const LOCAL = proxyV2({ verCmd: 0x20, fam: 0, addresses: [] });
  const address = hello({ extensions: serverName('192.0.2.7') });

  /** What a parser says of all bytes, or of their end where it waits. */
  const read = (input: Uint8Array, options?: PrereadOptions): Explainable => {
    const parser = createPreread(options);
    const outcome = parser.push(input);
    return outcome.status === 'incomplete' ? parser.end() : outcome;
  };

  it.each<readonly [what: string, outcome: Explainable, expected: string | undefined, message: RegExp, reference: string, cause: RegExp]>([
    ['a PROXY v2 header on a TLS port', read(concat([proxyV2(), HELLO])), 'tls', /^A PROXY protocol header begins here, where TLS is expected\. \(at byte 0\)$/, 'PROXY protocol 2', /send-proxy-v2.*does not accept it.*Turn it off there, or accept it here/],
    ['the same, named by sniffing', sniff(proxyV2()), 'tls', /^This is a PROXY protocol header, version 2, where TLS is expected\.$/, 'PROXY protocol 2', /send-proxy-v2/],
    ['the same, nothing expected', sniff(proxyV2()), undefined, /^This is a PROXY protocol header, version 2\.$/, 'PROXY protocol 2', /send-proxy-v2/],
    ['a PROXY v1 header on an HTTP port', read(concat([proxyV1('UNKNOWN'), GET])), 'http1', /header begins here, where HTTP\/1 is expected\. \(at byte 0\)$/, 'PROXY protocol 2', /proxy_protocol on in nginx/],
    ['a second PROXY header', read(concat([proxyV2(), proxyV2()]), { proxy: 'require' }), undefined, /where none may be\. \(at byte 28\)$/, 'PROXY protocol 2', /^Two hops in front each send a header.*pass for another/],
    ['no PROXY header where one must be', read(HELLO, { proxy: 'require' }), 'tls', /^No PROXY protocol header opens the connection, and one must\. \(at byte 0\)$/, 'PROXY protocol 2', /not set to send the header: send-proxy or send-proxy-v2/],
    ['TLS on an HTTP port', read(HELLO), 'http1', /^This is TLS, where HTTP\/1 is expected\.$/, 'RFC 9110 4.2.1', /https:\/\/ in the place of http:\/\//],
    ['TLS on an HTTP/2 port', read(HELLO), 'http2', /^This is TLS, where HTTP\/2/, 'RFC 9110 4.2.1', /passes TLS through/],
    ['TLS on an SMTP port', read(HELLO), 'smtp', /^This is TLS, where SMTP is expected/, 'RFC 8446 4.1.2', /asks for TLS in its own words/],
    ['TLS without a name on an HTTP port: first the protocol', read(hello()), 'http1', /^This is TLS, where/, 'RFC 9110 4.2.1', /https/],
    ['HTTP on a TLS port', read(GET), 'tls', /^This is HTTP\/1, where TLS is expected\.$/, 'RFC 9110 4.2.2', /proxy_pass http:\/\/ in nginx.*without ssl in HAProxy/],
    ['malformed HTTP on a TLS port: first the protocol', read(bytes('GET / HTTP/1.1\r\n\r\n')), 'tls', /^This is HTTP\/1, where TLS is expected\.$/, 'RFC 9110 4.2.2', /http:\/\//],
    ['malformed TLS on an HTTP port: first the protocol', read(hello({ extensions: serverName('a,b') })), 'http1', /^This is TLS, where HTTP\/1/, 'RFC 9110 4.2.1', /https/],
    ['HTTP/2 on a TLS port', read(HTTP2), 'tls', /^This is HTTP\/2 in the clear, where TLS is expected/, 'RFC 9113 3.3', /gRPC/],
    ['HTTP/2 on an HTTP port', read(HTTP2), 'http1', /^This is HTTP\/2 in the clear, where HTTP\/1/, 'RFC 9113 3.3', /gRPC/],
    ['HTTP on an HTTP/2 port', read(GET), 'http2', /^This is HTTP\/1, where HTTP\/2 in the clear/, 'RFC 9113 3.3', /browser/],
    ['no server name', read(hello({ extensions: alpn('h2') })), 'tls', /^The ClientHello carries no server name\.$/, 'RFC 6066 3', /CONNECT.*servername in node:tls.*check-sni/],
    ['no server name, nothing expected', read(hello()), undefined, /no server name/, 'RFC 6066 3', /by address/],
    ['SNI that is an IP address', read(address), 'tls', /^The server name is an IP address, which it must not be\.$/, 'RFC 6066 3', /address in the place of a name/],
    ['SNI that is neither', read(hello({ extensions: serverName('a,b') })), 'tls', /^The server name is neither the name of a host nor an address\. \(at byte 61\)$/, 'RFC 6066 3', /wildcard/],
    ['an SSLv2 hello', read(SSLV2), 'tls', /^This is an SSL 2\.0 compatible hello, which has no room for a server name\.$/, 'RFC 6176 3', /TLS 1\.2/],
    ['an SSLv2 hello on an SSH port', read(SSLV2), 'ssh', /^This is an SSL 2\.0 compatible hello, where SSH is expected\.$/, 'RFC 7605 5', /another protocol/],
    ['a second PROXY header, where TLS is expected', read(concat([proxyV2(), proxyV2()]), { proxy: 'require' }), 'tls', /where none may be\. \(at byte 28\)$/, 'PROXY protocol 2', /^Two hops/],
    ['a PROXY header where it is expected', sniff(proxyV2()), 'proxy-v2', /^This is a PROXY protocol header, version 2\.$/, 'RFC 7605 5', /Nothing is wrong/],
    ['nothing, by the decoder of hellos, on an HTTP port', { status: 'malformed', code: 'tls.client_hello.truncated', offset: 0 }, 'http1', /^The connection ended before the ClientHello did\. \(at byte 0\)$/, 'RFC 8446 4.1.2', /gave up/],
    ['a hello that is cut off, on an HTTP port', read(HELLO.subarray(0, 40)), 'http1', /^This is TLS, where HTTP\/1 is expected/, 'RFC 9110 4.2.1', /https/],
    ['a URL with a space', read(bytes('GET /a b HTTP/1.1\r\n\r\n')), 'http1', /version is neither.*\(at byte 7\)$/, 'RFC 9112 2.3', /space in it/],
    ['an SSLv2 hello, nothing expected', read(SSLV2), undefined, /SSL 2\.0/, 'RFC 6176 3', /TLS 1\.2/],
    ['silence', read(bytes()), undefined, /^The client sent nothing\.$/, 'RFC 5321 3.1', /waits for the server to speak first.*MySQL/],
    ['silence on a TLS port', read(bytes()), 'tls', /^Nothing came, where TLS is expected\.$/, 'RFC 5321 3.1', /health check.*STARTTLS/],
    ['silence on a PostgreSQL port', read(bytes()), 'postgres', /^Nothing came, where PostgreSQL is expected\.$/, 'RFC 5321 3.1', /^Nothing was to come.*a pool/],
    ['silence on a MySQL port', read(bytes()), 'mysql', /^Nothing came, where mysql is expected\.$/, 'RFC 5321 3.1', /^It waits for the server to speak first/],
    ['silence on an SMTP port', read(bytes()), 'smtp', /^Nothing came, where SMTP is expected\.$/, 'RFC 5321 3.1', /waits for the server to speak first, as with SMTP/],
    ['silence behind a PROXY header', read(proxyV2(), { proxy: 'require' }), undefined, /^The client sent nothing\.$/, 'RFC 5321 3.1', /speak first/],
    ["a balancer's health check", read(LOCAL, { proxy: 'require' }), 'tls', /load balancer speaks for itself\.$/, 'PROXY protocol 2.2', /health check/],
    ['nothing where a PROXY header must be', read(bytes(), { proxy: 'require' }), undefined, /^No PROXY protocol header/, 'PROXY protocol 2', /health checks/],
    ['HTTP/1.0 without a host', read(bytes('GET / HTTP/1.0\r\n\r\n')), 'http1', /^The request names no host\.$/, 'RFC 9112 3.2', /HTTP\/1\.0/],
    ['noise on a TLS port', read(bytes('hello')), 'tls', /^These bytes are not known to be TLS, nor any other protocol that was asked about\.$/, 'RFC 7605 5', /Another protocol/],
    ['noise', read(bytes('hello')), undefined, /^These bytes open none of the protocols that were asked about\.$/, 'RFC 7605 5', /Another protocol/],
    ['noise, by sniffing, on a TLS port', sniff(bytes('hello')), 'tls', /^These bytes are not known to be TLS/, 'RFC 7605 5', /ended before there was enough/],
    ['SSH on a TLS port', read(bytes('SSH-2.0')), 'tls', /^This is SSH, where TLS is expected\.$/, 'RFC 7605 5', /forwards the wrong one/],
    ['SSH where it is expected', read(bytes('SSH-2.0')), 'ssh', /^This is SSH\.$/, 'RFC 7605 5', /Nothing is wrong/],
    ['SSH, nothing expected', sniff(bytes('SSH-2.0')), undefined, /^This is SSH\.$/, 'RFC 7605 5', /Nothing is wrong/],
    ['TLS with a name', read(HELLO), 'tls', /^This is TLS, for www\.example\.com\.$/, 'RFC 8446 4.1.2', /Nothing is wrong/],
    ['HTTP with a host', read(GET), undefined, /^This is HTTP\/1, for www\.example\.com\.$/, 'RFC 9112 3', /Nothing is wrong/],
    ['a protocol that is not in the presets', sniff(bytes('git'), [prefix('git', 'git')]), 'tls', /^This is git, where TLS is expected\.$/, 'RFC 7605 5', /another protocol/],
    ['a protocol with the name of a property', sniff(bytes('git'), [prefix('constructor', 'git')]), 'toString', /^This is constructor, where toString is expected\.$/, 'RFC 7605 5', /another protocol/],
    ['bytes that are not TLS, decoded as TLS alone', { status: 'malformed', code: 'tls.not_tls', offset: 0 }, 'http1', /^These bytes are not TLS\. \(at byte 0\)$/, 'RFC 8446 5.1', /plain HTTP/],
    ['incomplete', preread(bytes('GET')), 'tls', /^At least 1 more byte/, 'RFC 9293 2.2', /on its way/],
  ])('%s', (_, outcome, expected, message, reference, cause) => {
    const explained = explain(outcome, expected === undefined ? undefined : { expected });
    expect(explained.message).toMatch(message);
    expect(explained.reference).toBe(reference);
    expect(explained.cause).toMatch(cause);
    for (const prose of Object.values(explained)) expect(prose).not.toMatch(/undefined|NaN|\[object|\s{2}|\s$/);
    expect(explained.cause).toMatch(/^[A-Z].*\.$/);
  });

  test('every protocol of the presets, where every other is expected, has words for it', () => {
    const names = tcp.map(({ protocol }) => protocol);
    for (const protocol of names) {
      for (const expected of names) {
        const { message, reference, cause } = explain({ status: 'complete', protocol }, { expected });
        expect(message).toMatch(/^This is [A-Za-z].*\.$/);
        expect(reference).toMatch(/^(RFC \d+|PROXY protocol) [0-9.]+$/);
        expect(cause).toMatch(/^[A-Z].*\.$/);
        if (protocol !== expected && protocol !== 'sslv2') expect(message).toContain(', where ');
      }
    }
  });

  test('a code that no decoder gives throws, whatever is expected', () => {
    const code = 'tls.nothing.length' as ExplainedCode;
    expect(() => explain({ status: 'malformed', code, offset: 0 }, { expected: 'http1' })).toThrow(TypeError);
  });

  test('what matchers of any kind gave may be explained', () => {
    const outcome = preread(bytes('SSH-'), { matchers: [tls, ssh] });
    if (outcome.status === 'complete') expect(explain(outcome, { expected: 'tls' }).message).toBe('This is SSH, where TLS is expected.');
    expect(outcome.status).toBe('complete');
  });
});

describe('no code escapes', () => {
  const root = new URL('../../src/', import.meta.url);
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(new URL(file, root), 'utf8') }));
  /** Codes in quotes of any kind, those in comments among them. */
  const codesIn = (text: string): string[] =>
    Array.from(text.matchAll(/(['"`])((?:tls|proxy|http|preread)\.[a-z0-9_.]+)\1/g), ([, , code]) => code!);

  test('every code in the sources is in one of the lists, and so explained', () => {
    const known: ReadonlySet<string> = new Set(codes);
    const escaped = sources.flatMap(({ file, text }) =>
      codesIn(text)
        .filter((code) => !known.has(code))
        .map((code) => `${file}: ${code}`),
    );
    expect(escaped).toEqual([]);
  });

  test('every code in the lists is in the source of a decoder beside its place in the list', () => {
    const counts = new Map<string, number>();
    for (const { file, text } of sources.filter(({ file }) => !file.endsWith('explain.ts'))) {
      // Comments name codes without giving them, and so does the table of alerts.
      const code = text.replace(/^ *(\/\/|\/\*|\*).*$/gm, '').replace(/^ *case .*$/gm, '');
      expect(code.length, file).toBeGreaterThan(0);
      for (const found of codesIn(code)) counts.set(found, (counts.get(found) ?? 0) + 1);
    }
    expect(codes.filter((code) => (counts.get(code) ?? 0) < 2)).toEqual([]);
  });
});
