import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { explain } from '../src/explain.ts';
import type { ExplainedCode } from '../src/explain.ts';
import { requestHeadCodes } from '../src/http/index.ts';
import { proxyHeaderCodes, proxyV1Codes, proxyV2Codes, tlvCodes } from '../src/proxy/index.ts';
import { sniff } from '../src/sniff/index.ts';
import type { Unrecognized } from '../src/sniff/index.ts';
import { alertCodes } from '../src/tls/alert.ts';
import { clientHelloCodes } from '../src/tls/client-hello.ts';
import { extensionCodes } from '../src/tls/extensions.ts';
import { handshakeCodes } from '../src/tls/handshake.ts';
import { recordCodes } from '../src/tls/record.ts';

const codes: readonly ExplainedCode[] = [
  ...recordCodes,
  ...handshakeCodes,
  ...clientHelloCodes,
  ...extensionCodes,
  ...alertCodes,
  ...proxyHeaderCodes,
  ...proxyV1Codes,
  ...proxyV2Codes,
  ...tlvCodes,
  ...requestHeadCodes,
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
    expect(codes.filter((code) => !/^(tls|proxy|http)(\.[a-z0-9_]+){1,2}$/.test(code))).toEqual([]);
  });

  test('no two codes share a message', () => {
    const messages = codes.map((code) => explain({ status: 'malformed', code, offset: 7 }).message);
    expect(new Set(messages).size).toBe(codes.length);
  });

  test('the offset makes a difference to the message and to nothing else', () => {
    for (const code of codes) {
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
    'tls.server_name.invalid',
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
        for (const layer of ['tls', 'proxy', 'http']) {
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

describe('no code escapes', () => {
  const root = new URL('../src/', import.meta.url);
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(new URL(file, root), 'utf8') }));
  /** Codes in quotes of any kind, those in comments among them. */
  const codesIn = (text: string): string[] =>
    Array.from(text.matchAll(/(['"`])((?:tls|proxy|http)\.[a-z0-9_.]+)\1/g), ([, , code]) => code!);

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
    for (const { file, text } of sources.filter(({ file }) => file !== 'explain.ts')) {
      // Comments name codes without giving them, and so does the table of alerts.
      const code = text.replace(/^ *(\/\/|\/\*|\*).*$/gm, '').replace(/^ *case .*$/gm, '');
      expect(code.length, file).toBeGreaterThan(0);
      for (const found of codesIn(code)) counts.set(found, (counts.get(found) ?? 0) + 1);
    }
    expect(codes.filter((code) => (counts.get(code) ?? 0) < 2)).toEqual([]);
  });
});
