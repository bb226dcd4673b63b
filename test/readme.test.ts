/** Every code block of the README, and every example of a docstring, is run and prints what its comments say. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { timeoutOf } from '../src/adapter.ts';
import * as explaining from '../src/explain/index.ts';
import * as http from '../src/http/index.ts';
import * as node from '../src/node.ts';
import * as whole from '../src/preread.ts';
import * as proxy from '../src/proxy/index.ts';
import * as sniffing from '../src/sniff/index.ts';
import type { Matcher } from '../src/sniff/index.ts';
import * as fingerprint from '../src/tls/fingerprint.ts';
import * as tls from '../src/tls/index.ts';
import * as web from '../src/web.ts';
import { bytes, extension, message, records } from './vectors/build.ts';
import { proxyV2, tlv } from './vectors/proxy.ts';
import { serverMessage } from './vectors/server.ts';

const root = new URL('..', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const blocks = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));

// Inside the project, so that `preread/…` is the package itself: its build, through its exports.
const folder = new URL('test/.readme/', root);
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('there is nothing in the README but TypeScript to run and the commands that CI calls', () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['ts', 'sh']));
  const ci = readFileSync(new URL('.ci/run', root), 'utf8');
  for (const { text } of blocks.filter(({ language }) => language === 'sh')) expect(ci).toContain(text.trim());
});

/** The examples of the docstrings, which leave out the imports and have the bytes of a hello at hand. */
const docstrings = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => {
    const source = readFileSync(new URL(`src/${path}`, root), 'utf8');
    return [...source.matchAll(/@example\n((?: \*.*\n)+?) \*\/\n/g)].map(([, lines]) => lines!.replace(/^ \* ?/gm, ''));
  })
  .map((text) => {
    const used = (module: object): string =>
      Object.keys(module)
        // preread/node has functions of the same names, with hashes of its own.
        .filter((name) => new RegExp(`\\b${name}\\(`).test(text) && !(module === node && name in fingerprint))
        .join(', ');
    // Matchers are values, with names that stand in other examples as words.
    const matchers = /sniff/i.test(text) ? Object.keys(sniffing).filter((name) => new RegExp(`\\b${name}\\b`).test(text)) : [];
    return `import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BlockList, createServer, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { ${used(explaining)} } from 'preread/explain';
import { ${used(fingerprint)} } from 'preread/fingerprint';
import { ${used(whole)} } from 'preread';
import { ${used(tls)} } from 'preread/tls';
import { ${used(proxy)} } from 'preread/proxy';
import { ${used(http)} } from 'preread/http';
import { ${matchers.join(', ')} } from 'preread/sniff';
import { ${used(node)} } from 'preread/node';
import { ${used(web)} } from 'preread/web';
const bytes: Uint8Array = readFileSync('test/vectors/hellos/chromium.bin');
const socket: PassThrough = new PassThrough();
export const atHand: unknown[] = [bytes, socket, BlockList, createHash, createServer, Socket];
${text}`;
  });

const examples = [...blocks.filter(({ language }) => language === 'ts').map(({ text }) => text), ...docstrings];
const files = examples.map((text, i) => {
  const file = `test/.readme/example-${i}.ts`;
  writeFileSync(new URL(file, root), text);
  return file;
});

describe('examples of the README and of the docstrings', () => {
  test.each(examples.map((text, i) => [i, text] as const))('example %i', async (i, text) => {
    // What is printed stands in a comment behind, or in those of the lines below.
    const expected = [...text.matchAll(/console\.log\(.*\);(?: \/\/ (.*)|((?:\n\/\/ .*)+))$/gm)].map(
      ([, comment, lines]) => comment ?? lines!.replace(/^\n\/\/ /, '').replaceAll('\n// ', '\n'),
    );
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    try {
      await import(new URL(files[i]!, root).pathname);
      expect(log.mock.calls.map((values) => format(...values).trimEnd())).toEqual(expected);
    } finally {
      log.mockRestore();
    }
  });

  test('all of them pass the type checker', () => {
    const flags = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
    const { stdout, status } = spawnSync('node_modules/.bin/tsc', [...flags, ...files], { cwd: root, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }, 30_000);

  test('there are some, and all but those of a socket print', () => {
    expect(docstrings.length).toBeGreaterThanOrEqual(9);
    expect(examples.length - docstrings.length).toBeGreaterThanOrEqual(4);
    expect(examples.filter((text) => !text.includes('console.log')).every((text) => text.includes('socket'))).toBe(true);
  });
});

test('it names every function and list that the package exports, of the decoders of single extensions one for all', () => {
  const oneByOne = /^decode(?!ClientHello|ClientHelloMessage|ServerHello$|Extension$|KeyShare$|Record$|Alert$)/;
  const ofTls = Object.keys(tls).filter((name) => !oneByOne.test(name));
  const exported = [...ofTls, ...[whole, proxy, http, sniffing, fingerprint, explaining, node, web].flatMap((module) => Object.keys(module))];
  for (const name of exported) {
    if (name !== 'alertDescriptions') expect(readme).toMatch(new RegExp(`\\b${name}\\b`));
  }
});

describe('what it says of security', () => {
  const [, section] = /^## Security\n(.*?)^## /ms.exec(readme)!;
  const rowsOf = (title: string): string[][] =>
    new RegExp(`^### ${title}[^]*?\\n\\|---.*\\n((?:\\|.*\\n)+)`, 'm')
      .exec(section!)![1]!
      .trimEnd()
      .split('\n')
      .map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()));
  const namesIn = (cell: string): string[] => Array.from(cell.matchAll(/`(\w+)`/g), ([, name]) => name!);

  test('every test that holds a promise is there', () => {
    const tests = readdirSync(new URL('test', root), { recursive: true, encoding: 'utf8' }).map((path) => `test/${path}`);
    const named = rowsOf('What is promised').flatMap(([, held]) => Array.from(held!.matchAll(/`(test\/[^`]+)`/g), ([, path]) => path!));
    expect(named.length).toBeGreaterThan(8);
    for (const name of named) expect(tests.filter((path) => path.startsWith(name)), name).not.toEqual([]);
  });

  /** What a function says of input that takes so many bytes to decide, by its name and the limit, or what limits it. */
  const decides: Readonly<Record<string, (size: number) => { readonly status: string; readonly code?: string }>> = {
    ...ofHello('readServerName', (input) => tls.readServerName(input)),
    ...ofHello('decodeClientHello', (input) => tls.decodeClientHello(input)),
    ...ofHello('createClientHelloParser', (input) => tls.createClientHelloParser().push(input)),
    'decodeClientHelloMessage maxBytes': (size) => tls.decodeClientHelloMessage(helloOf(size)),
    'decodeServerHello maxBytes': (size) => tls.decodeServerHello(inRecords(size, answerOf)),
    'createServerHelloParser maxBytes': (size) => tls.createServerHelloParser().push(inRecords(size, answerOf)),
    'decodeProxyHeader maxBytes': (size) => proxy.decodeProxyHeader(headerOf(size)),
    'decodeProxyV2 maxBytes': (size) => proxy.decodeProxyV2(headerOf(size)),
    'createProxyParser maxBytes': (size) => proxy.createProxyParser().push(headerOf(size)),
    'decodeProxyV1 line': (size) => proxy.decodeProxyV1(bytes('PROXY UNKNOWN ', 'a'.repeat(size - 16), '\r\n')),
    'decodeRequestHead maxBytes': (size) => http.decodeRequestHead(headOf(size)),
    'createRequestHeadParser maxBytes': (size) => http.createRequestHeadParser().push(headOf(size)),
    'decodeRequestHead maxLineBytes': (size) => http.decodeRequestHead(lineOf(size)),
    'createRequestHeadParser maxLineBytes': (size) => http.createRequestHeadParser().push(lineOf(size)),
    'sniff maxBytes': (size) => sniffing.sniff(new Uint8Array(size), [waitsFor(size)]),
    'createSniffer maxBytes': (size) => sniffing.createSniffer([waitsFor(size)]).push(new Uint8Array(size)),
    'preread maxBytes': (size) => whole.preread(new Uint8Array(size), { matchers: [waitsFor(size)] }),
    'createPreread maxBytes': (size) => whole.createPreread({ matchers: [waitsFor(size)] }).push(new Uint8Array(size)),
    'preread proxyHeader maxBytes': (size) => whole.preread(bytes(headerOf(size), 'SSH-'), { proxy: 'require' }),
    'preread tls maxBytes': (size) => whole.preread(inRecords(size, helloOf)),
    'preread http maxBytes': (size) => whole.preread(headOf(size)),
    'preread http maxLineBytes': (size) => whole.preread(lineOf(size)),
  };

  function ofHello(name: string, decode: (input: Uint8Array) => { readonly status: string; readonly code?: string }): typeof decides {
    return { [`${name} maxBytes`]: (size) => decode(inRecords(size, helloOf)) };
  }
  /** A message of so many bytes, by an extension that is as long as it takes. */
  function helloOf(size: number): Uint8Array {
    return sized(size, (data) => message({ extensions: extension(9999, data) }));
  }
  function answerOf(size: number): Uint8Array {
    return sized(size, (data) => serverMessage({ extensions: [extension(43, 3, 4), extension(9999, data)] }));
  }
  function headerOf(size: number): Uint8Array {
    return sized(size, (data) => proxyV2({ tlvs: tlv(4, data) }));
  }
  function headOf(size: number): Uint8Array {
    const line = bytes(`a:${'b'.repeat(996)}\r\n`);
    return sized(size, (data) => bytes('GET / HTTP/1.0\r\n', ...Array.from({ length: data.length / 1000 }, () => line), 'a:', data.subarray(0, data.length % 1000).fill(0x62), '\r\n\r\n'));
  }
  function lineOf(size: number): Uint8Array {
    return bytes('GET / HTTP/1.0\r\n', `a:${'b'.repeat(size - 4)}\r\n\r\n`);
  }
  function sized(size: number, make: (data: Uint8Array) => Uint8Array): Uint8Array {
    return make(new Uint8Array(size - make(new Uint8Array(0)).length));
  }
  /** A message in full records, of so many bytes together. */
  function inRecords(size: number, make: (size: number) => Uint8Array): Uint8Array {
    return records(make(size - 5 * Math.ceil(size / (0x4000 + 5))), 0x4000);
  }
  function waitsFor(size: number): Matcher {
    return { protocol: 'p', maxBytes: size, match: ({ length }) => length >= size || size - length };
  }

  /** Of each function, and of `preread` by the name of the part. */
  const limits = rowsOf('Limits').flatMap(([limit, of, unlessGiven, past], row, rows) => {
    const [functions, part = ''] = (of === 'the same' ? rows[row - 1]![1]! : of!).split(', and as ');
    const option = namesIn(limit!)[0] ?? 'line';
    const value = parseInt(unlessGiven!, 10);
    const code = /`([a-z0-9_]+\.[a-z0-9_.]+)`/.exec(past!)?.[1];
    const whole = namesIn(part).slice(0, 1).map((name) => ({ what: `preread ${name} ${option}`, value, code }));
    return [...namesIn(functions!.replace(/;.*/, '')).map((name) => ({ what: `${name} ${option}`, value, code })), ...whole];
  });

  test('every limit is where it says, and past it comes the code that it says', () => {
    for (const [what, decide] of Object.entries(decides)) {
      const row = limits.find((each) => each.what === what) ?? expect.fail(`${what} is not in the table`);
      expect(decide(row.value), what).toMatchObject({ status: 'complete' });
      const past = what.includes('niff') ? { status: 'unknown' } : { status: 'malformed', code: row.code };
      expect(decide(row.value + 1), what).toMatchObject(past);
    }
    for (const { value } of limits.filter(({ what }) => what.endsWith(' timeout'))) expect(timeoutOf({})).toBe(value);
    // Of those that need a socket or a stream, what they are made of is looked at.
    const isSeen = ({ what }: { what: string }): boolean => what in decides || /timeout|^prereadS|^annotate /.test(what);
    expect(limits.filter((row) => !isSeen(row))).toEqual([]);
  });

  test('every function that takes a limit is in the table', () => {
    const text = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(new URL(`src/${path}`, root), 'utf8'))
      .join('\n');
    const interfaces = [...text.matchAll(/^export interface (\w+)(?:<[^>]*>)? (?:extends ([^{]*) )?\{(.*?)^\}/gms)];
    const limited = new Set(['DecodeOptions', 'WaitOptions']);
    for (const [, name, bases = '', body] of interfaces) {
      if (/Options$/.test(name!) && /^  readonly (?:max\w+|timeout)\?:/m.test(body!)) limited.add(name!);
      if (bases.split(/\W+/).some((base) => limited.has(base))) limited.add(name!);
    }
    const taking = [...text.matchAll(/^export (?:async )?function (\w+)(?:<[^(]*>)?\(([^)]*)\)/gms)]
      .filter(([, , parameters]) => parameters!.split(/\W+/).some((word) => limited.has(word)))
      .map(([, name]) => name!);
    const exported = new Set([whole, tls, proxy, http, sniffing, explaining, node, web].flatMap((module) => Object.keys(module)));
    const inTable = new Set(limits.map(({ what }) => what.split(' ')[0]));
    const functions = [...new Set(taking)].filter((name) => exported.has(name));
    expect(functions.length).toBeGreaterThan(18);
    expect(functions.filter((name) => !inTable.has(name))).toEqual([]);
  });
});

test('the router stands in it whole', () => {
  expect(blocks.map(({ text }) => text)).toContain(readFileSync(new URL('test/e2e/router.ts', root), 'utf8'));
});

test('it says how many extensions have a type', () => {
  let typed = 0;
  for (let type = 0; type < 0x10000; type++) {
    const outcome = tls.decodeExtension({ type, data: new Uint8Array(0) });
    if (outcome.status === 'malformed' || outcome.value.name !== 'unknown') typed++;
  }
  expect(readme).toContain(`each of ${typed} extensions`);
});
