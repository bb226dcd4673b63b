/**
 * What is promised whatever the input: no code is made of it, no property is looked up by it, nothing that is shared
 * changes, and every result is plain data of its own.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
// Of Vite, which vitest brings and hands on: it reads TypeScript as well as what the build makes of it.
import { parseAst } from 'vitest/node';
import * as explaining from '../src/explain/index.ts';
import { annotate, explain } from '../src/explain/index.ts';
import * as http from '../src/http/index.ts';
import { createRequestHeadParser, decodeRequestHead } from '../src/http/index.ts';
import * as whole from '../src/index.ts';
import * as node from '../src/node.ts';
import { createPreread, preread } from '../src/preread.ts';
import type { PrereadOptions } from '../src/preread.ts';
import * as proxy from '../src/proxy/index.ts';
import {
  awsVpcEndpointId,
  createProxyParser,
  decodeProxyHeader,
  decodeTlv,
  encodeProxyV1,
  encodeProxyV2,
  encodeTlv,
  gcpConnectionId,
  readSsl,
  withTlvs,
} from '../src/proxy/index.ts';
import * as sniffing from '../src/sniff/index.ts';
import { createSniffer, prefix, sniff, sniffDatagram, stun, tcp, tls, udp } from '../src/sniff/index.ts';
import * as fingerprint from '../src/tls/fingerprint.ts';
import { ja4Text } from '../src/tls/fingerprint.ts';
import * as tlsEntry from '../src/tls/index.ts';
import {
  alertFor,
  createClientHelloParser,
  createServerHelloParser,
  decodeAlert,
  decodeClientHello,
  decodeClientHelloMessage,
  decodeExtension,
  decodeRecord,
  decodeServerHello,
  encodeAlert,
  encodeClientHello,
  readServerName,
} from '../src/tls/index.ts';
import type { ClientHello } from '../src/tls/index.ts';
import * as names from '../src/tls/names.ts';
import * as web from '../src/web.ts';
import { countReads } from './reads.ts';
import { numRuns, sample } from './runs.ts';
import { same } from './same.ts';
import { alpn, bytes, hello, realHellos, serverName } from './vectors/build.ts';
import { datagrams, flights, foreignFlights } from './vectors/flights.ts';
import { headBytes, httpAcceptances, httpRefusals } from './vectors/http.ts';
import { prereadAcceptances, prereadRefusals } from './vectors/preread.ts';
import { proxyAcceptances, proxyRefusals, proxyV2, ssl, tlv } from './vectors/proxy.ts';
import { recordedAnswers, serverAcceptances, serverRefusals } from './vectors/server.ts';
import { acceptances, refusals } from './vectors/verdicts.ts';

const root = new URL('..', import.meta.url);

/** What the names of `Object.prototype` are, of any case, and others that lead somewhere in JavaScript. */
const inherited = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length', 'name', 'then'];

// The code

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface Source {
  /** From the root. */
  readonly path: string;
  readonly text: string;
  /** In the order of their beginnings. */
  readonly nodes: readonly Node[];
}

function sourcesIn(folder: string, ending: string, lang: 'ts' | 'js'): Source[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => {
      const text = readFileSync(new URL(folder + path, root), 'utf8');
      const nodes: Node[] = [];
      collect(parseAst(text, { lang }), nodes);
      return { path, text, nodes };
    });
}

function collect(value: unknown, nodes: Node[]): void {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && 'start' in value) nodes.push(value as Node);
  for (const child of Object.values(value)) collect(child, nodes);
}

const textOf = ({ text }: Source, { start, end }: Node): string => text.slice(start, end);

/** The nodes of a type, with what else it has. */
function nodesOf<T>(source: Source, type: string): (Node & T)[] {
  return source.nodes.filter((node) => node.type === type) as (Node & T)[];
}

const src = sourcesIn('src/', '.ts', 'ts');

describe('no code is made of text', () => {
  const names = new Set(['eval', 'Function', 'GeneratorFunction', 'AsyncFunction', 'require', '__proto__', '__defineGetter__', '__defineSetter__', 'setPrototypeOf']);
  const types = new Set(['ImportExpression', 'WithStatement', 'ForInStatement', 'DebuggerStatement']);

  function isForbidden(node: Node & { readonly name?: string; readonly property?: { readonly name?: string } }): boolean {
    if (types.has(node.type)) return true;
    // A constructor leads to Function, too.
    return node.type === 'MemberExpression' ? node.property?.name === 'constructor' : node.type === 'Identifier' && names.has(node.name!);
  }

  test.each([
    ['src', src],
    ['dist', sourcesIn('dist/', '.js', 'js')],
  ])('in %s: no eval, no Function, no import() and no with', (_, sources) => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.flatMap((source) => source.nodes.filter(isForbidden).map((node) => `${source.path}: ${textOf(source, node)}`))).toEqual([]);
  });

  test.each(['eval(a);', 'new Function(a);', 'await import(a);', 'for (const a in b) c(a);', 'a.constructor(b);', 'a.__proto__ = b;'])('%s would be found', (text) => {
    const nodes: Node[] = [];
    collect(parseAst(text, { lang: 'ts' }), nodes);
    expect(nodes.some(isForbidden)).toBe(true);
  });
});

describe('no property is looked up by what the input says', () => {
  /** What is looked up by a word, and why that is never one of the input. */
  const byWord: Readonly<Record<string, string>> = {
    'explain/explain.ts: table[key]': 'only where Object.hasOwn says that it is there',
    'explain/explain.ts: structures[name]': 'cut out of a code that is in extensionCodes',
    'proxy/tlv.ts: sslFields[field]': 'a key of sslFields',
    'proxy/tlv.ts: ssl[field]': 'a key of sslFields, in what a caller encodes',
    'proxy/tlv.ts: raw[field]': 'a key of sslFields, in what was read of it',
  };
  const folder = new URL('test/.promises/', root);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  interface Lookup {
    readonly computed: boolean;
    readonly object: Node;
    readonly property: Node;
  }
  const lookups = (source: Source): (Node & Lookup)[] =>
    nodesOf<Lookup>(source, 'MemberExpression').filter(({ computed, property }) => computed && property.type !== 'Literal');
  const nameOfLookup = (source: Source, { object, property }: Lookup): string =>
    `${source.path}: ${textOf(source, object)}[${textOf(source, property)}]`;

  test('but by numbers, as the type checker says, and by words of its own', () => {
    const met = new Set<string>();
    for (const source of src) {
      const wrapped: Node[] = [];
      for (const lookup of lookups(source)) {
        const name = nameOfLookup(source, lookup);
        if (Object.hasOwn(byWord, name)) met.add(name);
        else wrapped.push(lookup.property);
      }
      // Each key goes through a function that takes nothing but numbers.
      const cuts = wrapped.flatMap(({ start, end }) => [[start, 'number('], [end, ')']] as const).sort(([a], [b]) => b - a);
      const text = cuts.reduce((all, [at, part]) => all.slice(0, at) + part + all.slice(at), source.text);
      const file = new URL(`src/${source.path}`, folder);
      mkdirSync(dirname(file.pathname), { recursive: true });
      writeFileSync(file, `${text}\ndeclare function number<T extends number>(key: T): T;\n${wrapped.length === 0 ? 'void number;\n' : ''}`);
    }
    expect([...met].sort()).toEqual(Object.keys(byWord).sort());
    expect(src.flatMap(lookups).length).toBeGreaterThan(met.size + 300);

    writeFileSync(new URL('tsconfig.json', folder), JSON.stringify({ extends: '../../tsconfig.json', include: ['src'] }));
    const { stdout, status } = spawnSync('node_modules/.bin/tsc', ['-p', 'test/.promises'], { cwd: root, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }, 30_000);

  test('nor is one defined, copied or reflected upon by it: here is every place that could', () => {
    const calls = new Map<string, string[]>();
    for (const source of src) {
      for (const { callee } of nodesOf<{ callee: Node }>(source, 'CallExpression')) {
        const [name] = /^(?:Reflect\.\w+|Object\.(?:assign|fromEntries|define\w+|create))$/.exec(textOf(source, callee)) ?? [];
        if (name !== undefined) calls.set(name, [...(calls.get(name) ?? []), source.path]);
      }
      // Keys in brackets: of literals, constants alone.
      for (const { computed, key } of nodesOf<{ computed?: boolean; key: Node }>(source, 'Property')) {
        if (computed) expect(textOf(source, key)).toMatch(/^[A-Z_]+$/);
      }
    }
    expect(Object.fromEntries(calls)).toEqual({
      'Object.fromEntries': ['explain/annotate-tls.ts'], // GREASE, a table
      'Object.defineProperty': ['node.ts', 'tls/client-hello.ts'], // of a socket, by names that stand there; what console.log shows
      'Object.defineProperties': ['sniff/matcher.ts'],
      'Object.assign': ['node.ts'], // to an Error, its code
      // Of servers and sockets, by names that stand there.
      'Reflect.get': ['node.ts', 'node.ts'],
      'Reflect.set': ['node.ts'],
      'Reflect.deleteProperty': ['node.ts'],
    });
  });

  test('and where a table is asked for a name that every object has, it has none', () => {
    for (const word of inherited) {
      const key = word as never;
      for (const table of Object.values(names)) {
        if (typeof table === 'object') expect(names.nameOf(table, key)).toBe(`0x${word}`);
      }
      expect(() => explain({ status: 'malformed', code: key, offset: 0 })).toThrow(TypeError);
      expect(() => explain({ status: 'malformed', code: `tls.${word}.length` as never, offset: 0 })).toThrow(TypeError);
      expect(explain({ status: 'complete', protocol: word }).message).toBe(`This is ${word}.`);
      expect(explain({ status: 'complete', protocol: 'ssh' }, { expected: word })).toMatchObject({
        message: `This is SSH, where ${word} is expected.`,
        reference: 'RFC 7605 5',
      });
      expect(alertFor(key)).toBeUndefined();
      expect(alertFor(`tls.${word}` as never)).toBe('decode_error');
      expect(() => encodeAlert(key)).toThrow(TypeError);
      expect(() => encodeTlv({ name: key, value: bytes() })).toThrow(TypeError);
      expect(() => preread(bytes(), { proxy: key })).toThrow(TypeError);
      expect(() => encodeProxyV2({ command: key })).toThrow(TypeError);
      expect(() => encodeProxyV2({ transport: key })).toThrow(TypeError);
    }
  });
});

// Results

/** Everything that there is to read in a hello, its extensions with their types. */
function fieldsOf(value: ClientHello): unknown {
  const { legacyVersion, random, sessionId, cipherSuites, compressionMethods, extensions, serverName, alpnProtocols, supportedVersions, ech } = value;
  const decoded = extensions.map((each) => decodeExtension(each));
  return { legacyVersion, random, sessionId, cipherSuites, compressionMethods, extensions, decoded, serverName, alpnProtocols, supportedVersions, ech, json: value.toJSON() };
}

/** An outcome with its hello, if there is one, as what it holds. */
function opened(outcome: unknown): unknown {
  if (typeof outcome !== 'object' || outcome === null || !('value' in outcome) || !('status' in outcome)) return outcome;
  return { ...outcome, value: openedValue(outcome.value) };
}

function openedValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('toJSON' in value) return fieldsOf(value as ClientHello);
  return 'tls' in value ? { ...value, tls: fieldsOf(value.tls as ClientHello) } : value;
}

interface Reader {
  readonly name: string;
  readonly read: (input: Uint8Array) => unknown;
  readonly vectors: readonly Uint8Array[];
}

const small = (inputs: readonly Uint8Array[], step: number): readonly Uint8Array[] => sample(inputs.filter(({ length }) => length < 3000), step);
const ofHellos = small([...realHellos.map(({ flight }) => flight), ...[...refusals, ...acceptances].map((row) => row.bytes)], 6);
const ofServers = small([...recordedAnswers.map(({ flight }) => flight), ...[...serverRefusals, ...serverAcceptances].map((row) => row.bytes)], 8);
const ofProxies = small([...proxyRefusals, ...proxyAcceptances].map((row) => row.bytes), 8);
const ofHeads = small([...httpRefusals, ...httpAcceptances].map(headBytes), 20);
const ofConnections = small([...prereadRefusals, ...prereadAcceptances].map((row) => row.bytes), 8);
const ofFlights = small([...flights, ...foreignFlights].map((flight) => flight.bytes), 6);
const pushed = (parser: { push(chunk: Uint8Array): object; readonly bytes: unknown }, input: Uint8Array): unknown => [opened(parser.push(input)), parser.bytes];

const readers: readonly Reader[] = [
  { name: 'readServerName', read: readServerName, vectors: ofHellos },
  { name: 'decodeClientHello', read: (input) => opened(decodeClientHello(input)), vectors: ofHellos },
  { name: 'createClientHelloParser', read: (input) => pushed(createClientHelloParser(), input), vectors: ofHellos },
  { name: 'decodeClientHelloMessage', read: (input) => opened(decodeClientHelloMessage(input)), vectors: ofHellos.map((flight) => flight.subarray(5)) },
  { name: 'decodeRecord', read: decodeRecord, vectors: ofHellos },
  { name: 'decodeAlert', read: decodeAlert, vectors: [0, 40, 112, 255].map((code) => encodeAlert(code)) },
  { name: 'decodeServerHello', read: (input) => decodeServerHello(input), vectors: ofServers },
  { name: 'createServerHelloParser', read: (input) => pushed(createServerHelloParser(), input), vectors: ofServers },
  {
    name: 'decodeProxyHeader',
    read(input) {
      const header = decodeProxyHeader(input);
      const { tlvs } = header.status === 'complete' ? header.value : { tlvs: [] };
      return [header, tlvs.map(decodeTlv), readSsl(tlvs), awsVpcEndpointId(tlvs), gcpConnectionId(tlvs)];
    },
    vectors: ofProxies,
  },
  { name: 'createProxyParser', read: (input) => pushed(createProxyParser(), input), vectors: ofProxies },
  { name: 'decodeRequestHead', read: (input) => decodeRequestHead(input), vectors: ofHeads },
  { name: 'createRequestHeadParser', read: (input) => pushed(createRequestHeadParser(), input), vectors: ofHeads },
  { name: 'preread', read: (input) => opened(preread(input)), vectors: ofConnections },
  { name: 'createPreread', read: (input) => pushed(createPreread({ proxy: 'optional' }), input), vectors: ofConnections },
  { name: 'sniff', read: (input) => sniff(input), vectors: ofFlights },
  { name: 'createSniffer', read: (input) => pushed(createSniffer(), input), vectors: ofFlights },
  { name: 'sniffDatagram', read: (input) => sniffDatagram(input), vectors: datagrams.map((datagram) => datagram.bytes) },
  { name: 'explain', read: (input) => explain(preread(input)), vectors: ofConnections },
];

/** Vectors, and what becomes of them where a few bytes are others. */
function inputsOf({ vectors }: Reader): readonly Uint8Array[] {
  const change = fc.tuple(fc.nat(), fc.nat(255));
  const mutated = fc.tuple(fc.constantFrom(...vectors), fc.array(change, { minLength: 1, maxLength: 3 })).map(([vector, changes]) => {
    const input = vector.slice();
    for (const [at, byte] of changes) if (input.length > 0) input[at % input.length] = byte;
    return input;
  });
  return [...vectors, ...fc.sample(mutated, { numRuns, seed: 7 })];
}

/** Calls `visit` with every object in a value; what is no plain data fails. */
function walk(value: unknown, visit: (object: object) => void, path = 'result'): void {
  if (typeof value === 'function' || typeof value === 'symbol') expect.fail(`${path} is a ${typeof value}`);
  if (typeof value !== 'object' || value === null) return;
  visit(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (value instanceof Uint8Array) {
    if (prototype !== Uint8Array.prototype) expect.fail(`${path} is of another class`);
    return;
  }
  if (prototype !== (Array.isArray(value) ? Array.prototype : Object.prototype)) expect.fail(`${path} is of another class`);
  for (const key of Reflect.ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key)!;
    if (typeof key === 'symbol' || !('value' in property)) expect.fail(`${path}.${String(key)} is no plain property`);
    if (key !== 'length') walk(property.value, visit, `${path}.${key}`);
  }
}

describe.each(readers)('$name', (reader) => {
  test('gives plain data, which survives structuredClone, and leaves its input as it is', () => {
    for (const input of inputsOf(reader)) {
      const before = input.slice();
      const result = reader.read(input);
      same(input, before);
      walk(result, () => {});
      const clone: unknown = structuredClone(result);
      if (!isDeepStrictEqual(clone, result)) expect(clone).toStrictEqual(result);
    }
  });

  test('gives nothing that it gives again, so that nobody can change what another was given', () => {
    for (const input of reader.vectors) {
      const first = new Set<object>();
      walk(reader.read(input), (object) => first.add(object));
      walk(reader.read(input), (object) => {
        if (first.has(object)) expect.fail(JSON.stringify(object));
      });
    }
  });
});

test('a hello survives by toJSON', () => {
  for (const { flight } of realHellos) {
    const decoded = decodeClientHello(flight);
    if (decoded.status !== 'complete') expect.fail(decoded.status);
    const json = decoded.value.toJSON();
    expect(structuredClone(json)).toStrictEqual(json);
    expect(JSON.parse(JSON.stringify(decoded.value))).toStrictEqual(json);
  }
});

describe('what has a name that every object has is data like others', () => {
  test.each(inherited)('%s', (word) => {
    const head = decodeRequestHead(bytes(`GET / HTTP/1.1\r\nHost: a\r\n${word}: polluted\r\nConnection: upgrade\r\nUpgrade: ${word}\r\n\r\n`));
    if (head.status !== 'complete') expect.fail(head.status);
    expect(head.value.headers[1]).toStrictEqual({ name: word, value: 'polluted' });
    expect(head.value.upgrade).toStrictEqual([word]);

    const decoded = decodeClientHello(hello({ extensions: [serverName(word), alpn(word)] }));
    if (decoded.status !== 'complete') expect.fail(decoded.status);
    expect(decoded.value.serverName).toStrictEqual({ kind: 'dns', host: word.toLowerCase() });
    expect(decoded.value.alpnProtocols).toStrictEqual([word]);
    expect(decoded.value.toJSON().alpnProtocols).toStrictEqual([word]);

    const header = decodeProxyHeader(proxyV2({ tlvs: [tlv(1, word), tlv(2, word), ssl(1, 0, tlv(0x22, word)), tlv(0x30, word)] }));
    if (header.status !== 'complete') expect.fail(header.status);
    expect(header.value.tlvs.map(decodeTlv)).toMatchObject([{ value: { protocol: word } }, { value: { authority: word } }, { value: { cn: word } }, { value: { namespace: word } }]);

    const own = prefix(word, 'x');
    expect(sniff(bytes('x'), [own])).toStrictEqual({ status: 'complete', protocol: word });
    expect(preread(bytes('x'), { matchers: [own] })).toStrictEqual({ status: 'complete', value: { proxy: undefined, payloadOffset: 0, protocol: word }, size: 0 });
  });

  test('as are types of extensions and TLVs, each of which is a number', () => {
    for (let type = 0; type < 0x10000; type += 0xff) {
      const outcome = decodeExtension({ type, data: bytes() });
      if (outcome.status === 'complete') expect(outcome.value.type).toBe(type);
    }
    for (let type = 0; type < 0x100; type++) {
      const outcome = decodeTlv({ type, value: bytes() });
      if (outcome.status === 'complete') expect(outcome.value.type).toBe(type);
    }
  });
});

// What is shared

/** What everybody shares in JavaScript. */
const builtIns = [Object, Array, Function, String, Number, RegExp, Map, Set, WeakMap, Promise, ArrayBuffer, Uint8Array, Int32Array, Error, TypeError, JSON, Math, Reflect, globalThis];
const shapeOf = (): unknown =>
  builtIns.map((each) => [each, 'prototype' in each ? each.prototype : undefined].map((object) => object && Object.getOwnPropertyDescriptors(object)));

test('nothing of JavaScript itself is changed by any of it', () => {
  const before = shapeOf();
  for (const reader of readers) for (const input of reader.vectors) reader.read(input);
  for (const input of [...ofConnections, ...ofServers]) annotate(input);
  for (const { flight } of realHellos) {
    const decoded = decodeClientHello(flight);
    if (decoded.status === 'complete') ja4Text(decoded.value);
  }
  encodeClientHello({ serverName: 'a.example' });
  encodeProxyV2({ command: 'LOCAL' }, { crc32c: true });
  expect(isDeepStrictEqual(shapeOf(), before)).toBe(true);
});

describe('what a caller gives is left as it is', () => {
  /** Freezes what can be frozen: not the bytes in an array of bytes, which are compared. */
  function frozen<T>(value: T): T {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    for (const key of Reflect.ownKeys(value)) frozen(value[key as keyof T]);
    return Object.freeze(value);
  }

  function copyOf(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Uint8Array) return value.slice();
    return Array.isArray(value) ? value.map(copyOf) : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)]));
  }

  const ends = { source: { address: '192.0.2.1', port: 1 }, destination: { address: '::1', port: 2 } };
  const tlvs = [
    { type: 0x20, value: bytes(1, 0, 0, 0, 0) },
    { type: 3, value: bytes(9, 9, 9, 9) },
    { type: 0xe0, value: bytes(0, 0, 0, 0, 0, 0, 0, 1) },
  ];
  const tlvInputs = [
    { name: 'alpn', protocol: 'h2' },
    { name: 'authority', authority: 'a.example' },
    { name: 'crc32c', checksum: 1 },
    { name: 'noop', value: bytes('ab') },
    { name: 'unique_id', uniqueId: bytes('ab') },
    { name: 'ssl', client: 7, verify: 0, cn: 'a', clientCert: bytes('ab') },
    { name: 'ssl', client: 7, verify: 0, tlvs: [{ type: 0x22, value: bytes('a') }] },
    { name: 'netns', namespace: 'a' },
    { name: 'unknown', type: 0xe0, value: bytes('ab') },
  ] as const;
  const connection: PrereadOptions<string> = {
    proxy: 'optional',
    matchers: [tls, prefix('git', 'git')],
    maxBytes: 5000,
    proxyHeader: { maxBytes: 500, verifyCrc32c: true, allowIPv4InTcp6: true },
    tls: { maxBytes: 4000 },
    http: { maxBytes: 4000, maxLineBytes: 400, allowBareLf: true },
  };
  const flight = hello({ extensions: [serverName('a.example'), alpn('h2')] });
  const decoded = decodeClientHello(flight);

  test.each<readonly [name: string, given: readonly unknown[], call: (...given: never[]) => unknown]>([
    ['encodeProxyV1', [ends], encodeProxyV1],
    ['encodeProxyV2', [{ ...ends, tlvs }, { crc32c: true, alignment: 4, gcpConnectionId: 7n, awsVpcEndpointId: 'a' }], encodeProxyV2],
    ['withTlvs', [{ ...ends, tlvs }, { remove: [3], replace: [{ type: 0xe0, value: bytes('a') }], add: tlvs.slice(0, 1) }, { crc32c: true }], withTlvs],
    ...tlvInputs.map((input) => [`encodeTlv of ${input.name}`, [input], encodeTlv] as const),
    [
      'encodeClientHello',
      [
        {
          serverName: 'A.example.',
          alpnProtocols: ['h2'],
          versions: [0x0304, 0x0303],
          cipherSuites: [0x1301],
          groups: [29],
          signatureAlgorithms: [0x0403],
          keyShares: [{ group: 29, keyExchange: new Uint8Array(32).fill(9) }],
          random: new Uint8Array(32).fill(1),
          sessionId: bytes(1, 2),
          extensions: [{ type: 0x1234, data: bytes('a') }],
        },
      ],
      encodeClientHello,
    ],
    ['preread', [flight, connection], preread],
    ['createPreread', [connection], (options: PrereadOptions<string>) => pushed(createPreread(options), flight)],
    ['decodeClientHello', [flight, connection.tls], decodeClientHello],
    ['readServerName', [flight, connection.tls], readServerName],
    ['decodeProxyHeader', [proxyV2(), connection.proxyHeader], decodeProxyHeader],
    ['createProxyParser', [connection.proxyHeader], (options: object) => pushed(createProxyParser(options), proxyV2())],
    ['decodeRequestHead', [bytes('GET / HTTP/1.0\n\n'), connection.http], decodeRequestHead],
    ['createRequestHeadParser', [connection.http], (options: object) => pushed(createRequestHeadParser(options), bytes('GET / HTTP/1.0\n\n'))],
    ['sniff', [flight, [...tcp], { final: true, maxBytes: 100 }], sniff],
    ['createSniffer', [[...tcp], { maxBytes: 100 }], (matchers: typeof tcp, options: object) => pushed(createSniffer(matchers, options), flight)],
    ['sniffDatagram', [bytes(0, 1), [...udp]], sniffDatagram],
    ['decodeTlv', tlvs.slice(0, 1), decodeTlv],
    ['readSsl', [tlvs], readSsl],
    ['decodeExtension', [{ type: 0, data: bytes(0, 4, 0, 0, 1, 'a') }], decodeExtension],
    ['explain', [preread(flight), { expected: 'http1' }], explain],
    ['annotate', [flight, { maxBytes: 5000 }], annotate],
    ['ja4Text', [decoded.status === 'complete' ? decoded.value : undefined, { transport: 'q', order: 'original' }], ja4Text],
  ])('by %s, even where all of it is frozen', (_, given, call) => {
    const run = (): unknown => opened((call as (...given: unknown[]) => unknown)(...given));
    const before = copyOf(given);
    const expected = run();
    same(copyOf(given), before);
    frozen(given);
    same(run(), expected);
    same(copyOf(given), before);
  });
});

describe('what is exported to be read cannot be changed', () => {
  const entries = { preread: whole, tls: tlsEntry, names, proxy, sniff: sniffing, http, fingerprint, explain: explaining, node, web };
  /** Each once, though several entries have it. */
  const tables = [
    ...new Map(
      Object.entries(entries).flatMap(([entry, module]) =>
        Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' ? [] : [[value as object, `${name} of ${entry}`] as const])),
      ),
    ),
  ].map(([table, name]) => [name, table] as const);

  test('there are lists of codes, names, methods, matchers and presets', () => {
    expect(tables.length).toBeGreaterThan(70);
  });

  test.each(tables)('%s', (_, table) => {
    const seen = new Set<unknown>();
    const check = (value: unknown, path: string): void => {
      const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
      if (!isObject || seen.has(value)) return;
      seen.add(value);
      if (!Object.isFrozen(value)) expect.fail(`${path} can be changed`);
      // Whatever has a state of its own is not frozen by freezing it.
      const prototype: unknown = Object.getPrototypeOf(value);
      expect([Object.prototype, Array.prototype, Function.prototype], path).toContain(prototype);
      for (const key of Reflect.ownKeys(value)) check(Reflect.get(value, key), `${path}.${String(key)}`);
    };
    check(table, 'it');
  });

  test('so that no answer changes', () => {
    const answers = (): unknown => [decodeAlert(encodeAlert(40)), names.nameOf(names.versions, 0x0304), sniffDatagram(bytes(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, new Uint8Array(12))), sniff(bytes('SSH-')), decodeRequestHead(bytes('GET / HTTP/1.0\r\n\r\n'))];
    const before = answers();
    const attempts: (() => unknown)[] = [
      () => Object.assign(tlsEntry.alertDescriptions, { 40: 'close_notify' }),
      () => Object.assign(names.versions, { 0x0304: 'SSL 2.0' }),
      () => Object.assign(stun, { match: () => false }),
      () => Object.assign(tls.match, { maxBytes: 0 }),
      () => (tcp as unknown[]).splice(0),
      () => (udp as unknown[]).push(udp[0]),
      () => (http.methods as string[]).fill('FOO'),
      () => (tlsEntry.extensionCodes as unknown as string[]).splice(0),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(TypeError);
    expect(answers()).toStrictEqual(before);
  });
});

test('a head that waits keeps nothing of its lines but their bytes: they are read again once the head is whole', () => {
  const first = 'GET / HTTP/1.1\r\nHost: www.example.com\r\nX: a value that is not kept\r\n';
  const [[, second], parser] = countReads(() => createRequestHeadParser(), [bytes(first), bytes('\r\n')]);
  expect(parser.end()).toMatchObject({ status: 'complete', value: { authority: { host: 'www.example.com' }, headers: { length: 2 } } });
  for (const text of ['www.example.com', 'a value that is not kept']) {
    const start = first.indexOf(text);
    for (let at = start; at < start + text.length; at++) expect(second!.get(at), first.slice(at)).toBeGreaterThan(0);
  }
});
