/** The house of the design, read from the import lines: arrows point only down, and everything is in its room. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = new URL('..', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The floors, from the top: a file may import only from floors below its own, or what is named before it on its own. */
const floors: readonly (readonly string[])[] = [
  ['index.ts', 'node.ts', 'web.ts'],
  ['adapter.ts', 'explain/index.ts'],
  ['explain/annotate.ts'],
  ['explain/annotate-tls.ts', 'explain/annotate-proxy.ts', 'explain/annotate-http.ts'],
  ['explain/dump.ts'],
  ['explain/explain.ts'],
  ['preread.ts'],
  ['tls/index.ts', 'tls/fingerprint.ts'],
  ['tls/names.ts'],
  ['tls/encode-client-hello.ts', 'tls/server-hello.ts'],
  ['tls/alert.ts'],
  ['tls/server-name.ts'],
  ['tls/client-hello.ts'],
  ['tls/hello-walk.ts'],
  ['tls/extensions.ts'],
  ['tls/handshake.ts'],
  ['tls/record.ts'],
  ['proxy/index.ts'],
  ['proxy/decode.ts'],
  ['proxy/v1.ts', 'proxy/v2.ts'],
  ['proxy/endpoint.ts', 'proxy/vendors.ts'],
  ['proxy/header.ts'],
  ['proxy/tlv.ts', 'proxy/crc32c.ts'],
  ['sniff/index.ts'],
  ['sniff/sniff.ts'],
  ['sniff/matchers.ts'],
  ['sniff/matcher.ts'],
  ['sniff/flight.ts'],
  ['http/index.ts'],
  ['http/request-head.ts'],
  ['http/authority.ts', 'http/method.ts'],
  ['parser.ts'],
  ['accumulator.ts'],
  ['host.ts', 'field.ts'],
  ['address.ts'],
  ['cursor.ts'],
  ['latin1.ts'],
  ['decoded.ts'],
  ['ascii.ts', 'tls/numbers.ts', 'proxy/numbers.ts'],
];
const floorOf = new Map(floors.flatMap((files, floor) => files.map((file) => [file, floor] as const)));

const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.split('\\').join('/'));

interface Import {
  readonly from: string;
  readonly to: string;
}
const imports: readonly Import[] = sources.flatMap((from) =>
  [...read(`src/${from}`).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, to]) => ({ from, to: to! })),
);

test('every source has its floor, and every floor its sources', () => {
  expect([...sources].sort()).toEqual([...floorOf.keys()].sort());
});

describe('imports', () => {
  test.each(imports)('$from -> $to', ({ from, to }) => {
    if (from === 'node.ts' && to.startsWith('node:')) return;
    expect(to, 'all but node.ts import files of this project only').toMatch(/^\.{1,2}\/.*\.ts$/);
    const target = posix.join(posix.dirname(from), to);
    expect(floorOf.get(target), `${target} is no source`).toBeDefined();
    expect(floorOf.get(target)!, 'arrows point down').toBeGreaterThan(floorOf.get(from)!);
  });

  test('there are some', () => {
    expect(imports.length).toBeGreaterThan(20);
  });
});

test('an index only re-exports', () => {
  for (const path of sources.filter((path) => path.endsWith('index.ts'))) {
    const text = read(`src/${path}`)
      .replace(/\/\*.*?\*\//gs, '')
      .replace(/export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s+from\s+'[^']+';/g, '');
    expect(text.trim(), path).toBe('');
  }
});

test('modules of numbers import nothing, so that the build puts the numbers where the names stand', () => {
  expect(imports.filter(({ from }) => from === 'ascii.ts' || from.endsWith('numbers.ts'))).toEqual([]);
});

test('only cursor.ts and the hot path read bytes by index', () => {
  for (const path of sources.filter((path) => !['cursor.ts', 'latin1.ts', 'tls/hello-walk.ts'].includes(path))) {
    expect(read(`src/${path}`), path).not.toMatch(/\b(?:bytes|data|input|chunk|view)\[/);
  }
});

test('the top level holds nothing that the frame does not name', () => {
  const allowed = /^(?:package\.json|package-lock\.json|tsconfig\.json|src|test|bench|README\.md|CHANGELOG\.md|LICENSE|\..*|node_modules|dist|coverage)$/;
  expect(readdirSync(root).filter((name) => !allowed.test(name))).toEqual([]);
});
