// What would be published, checked as its users get it: packed, unpacked into a project of its own, imported, type
// checked by old and new compilers, and bundled. The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const project = realpathSync(mkdtempSync(join(tmpdir(), 'preread-package-')));
process.once('exit', () => rmSync(project, { recursive: true, force: true }));

let passed = 0;
let failed = 0;
async function check(title, body) {
  try {
    const remark = await body();
    passed++;
    console.log(`  ok  ${title}${remark === undefined ? '' : `: ${remark}`}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${title}\n${String(error?.message ?? error).replace(/^/gm, '      ')}`);
  }
}

/** Fails with the list, unless it is empty. */
function none(list, what) {
  if (list.length > 0) throw new Error(`${what}:\n${list.join('\n')}`);
}

/** Runs a program, and gives what it printed on its standard output. */
function run(command, args, cwd = project) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${error ?? ''}${stdout}${stderr}`);
  return stdout;
}

// Packing builds first, and what the build prints comes before the answer.
const packed = run('npm', ['pack', '--json', '--pack-destination', project], root);
const [{ filename, size, unpackedSize }] = Object.values(JSON.parse(packed.slice(packed.search(/^[[{]$/m))));
const tarball = join(project, filename);
const unpacked = join(project, 'node_modules/preread');
mkdirSync(unpacked, { recursive: true });
run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);

const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => posix.relative(unpacked, join(entry.parentPath ?? entry.path, entry.name)))
  .sort();
const text = (file) => readFileSync(join(unpacked, file), 'utf8');
const manifest = JSON.parse(text('package.json'));
const subpaths = Object.keys(manifest.exports).filter((path) => path !== './package.json');
const specifiers = subpaths.map((path) => posix.join('preread', path));

console.log(`${filename}: ${files.length} files, ${size} bytes, ${unpackedSize} unpacked`);

// --- the tarball

await check('has what it must have', () => {
  const required = ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'src/index.ts', 'dist/index.js', 'dist/index.d.ts'];
  none(required.filter((file) => !files.includes(file)), 'missing');
});

await check('has nothing else', () => {
  const expected = /^(?:package\.json|LICENSE|README\.md|CHANGELOG\.md|dist\/.+\.(?:js|d\.ts|d\.ts\.map)|src\/.+\.ts)$/;
  none(files.filter((file) => !expected.test(file) || file.includes('.test.')), 'not expected');
});

await check('names no path of the machine that built it', () => {
  const paths = [root, `${homedir()}/`, `${tmpdir()}/`, 'file://'];
  none(files.filter((file) => paths.some((path) => text(file).includes(path))), 'an absolute path is in');
});

await check('declaration maps lead to sources that are in it', () => {
  const maps = files.filter((file) => file.endsWith('.d.ts.map'));
  const declarations = files.filter((file) => file.endsWith('.d.ts'));
  none(declarations.filter((file) => !maps.includes(`${file}.map`) || !text(file).includes('sourceMappingURL=')), 'without a map');
  none(
    maps.filter((file) => {
      const { sources, sourceRoot = '' } = JSON.parse(text(file));
      return sources.length === 0 || sources.some((source) => !files.includes(posix.join(dirname(file), sourceRoot, source)));
    }),
    'leads nowhere',
  );
  return `${maps.length} maps`;
});

await check('every target of exports is in it, with its types', () => {
  const targets = Object.values(manifest.exports).map((target) => posix.normalize(target));
  const wanted = targets.flatMap((file) => (file.endsWith('.js') ? [file, file.replace(/\.js$/, '.d.ts')] : [file]));
  none(wanted.filter((file) => !files.includes(file)), 'missing');
});

await check('asks for no other package', () => {
  none(
    ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundleDependencies', 'bundledDependencies'].filter(
      (field) => Object.keys(manifest[field] ?? {}).length > 0,
    ),
    'package.json has',
  );
  none(
    ['preinstall', 'install', 'postinstall', 'prepare'].filter((script) => manifest.scripts?.[script] !== undefined),
    'runs at installation',
  );
});

// --- in Node.js

writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
writeFileSync(
  join(project, 'import.mjs'),
  `const imported = await import(process.argv[2]);
   console.log(JSON.stringify(Object.keys(imported)));`,
);
// What a module that is required may be marked with is no export of its own.
writeFileSync(
  join(project, 'require.cjs'),
  `const required = require(process.argv[2]);
   console.log(JSON.stringify(Object.keys(required).filter((name) => name !== '__esModule')));`,
);
for (const specifier of specifiers) {
  await check(`import and require of ${specifier}`, () => {
    const imported = JSON.parse(run(process.execPath, ['import.mjs', specifier]));
    const required = JSON.parse(run(process.execPath, ['--no-warnings', 'require.cjs', specifier]));
    if (imported.length === 0) throw new Error('it exports nothing');
    if (imported.join() !== required.join()) throw new Error(`imported ${imported}, required ${required}`);
    return `${imported.length} exports`;
  });
}

await check('what exports does not name cannot be imported', () => {
  for (const specifier of ['preread/dist/index.js', 'preread/cursor', 'preread/src/index.ts']) {
    const { status, stderr } = spawnSync(process.execPath, ['import.mjs', specifier], { cwd: project, encoding: 'utf8' });
    if (status === 0 || !stderr.includes('ERR_PACKAGE_PATH_NOT_EXPORTED')) throw new Error(`${specifier}: ${stderr}`);
  }
});

// --- type checks

// The adapters need the types of where they run; everything else needs none.
const core = specifiers.filter((specifier) => !['preread/node', 'preread/web'].includes(specifier));
writeFileSync(
  join(project, 'consumer.ts'),
  `import { alertFor, alertForMissingName, createClientHelloParser, decodeAlert, decodeClientHello } from 'preread/tls';
import { decodeExtension, encodeAlert, readServerName } from 'preread/tls';
import type { ClientHello, ClientHelloCode, Decoded, Parser } from 'preread/tls';
import { createServerHelloParser, decodeServerHello, encodeClientHello } from 'preread/tls';
import { annotate, explain } from 'preread/explain';
import { ja3, ja4 } from 'preread/fingerprint';
import { createProxyParser, decodeProxyHeader, decodeTlv, encodeProxyV2, readSsl, withTlvs } from 'preread/proxy';
import type { ProxyCode, ProxyHeader, ProxyHeaderInput } from 'preread/proxy';
${core.map((specifier, i) => `import * as module${i} from '${specifier}';`).join('\n')}

export const modules: object[] = [${core.map((_, i) => `module${i}`).join(', ')}];

export function route(bytes: Uint8Array): string | Uint8Array {
  const name = readServerName(bytes);
  if (name.status === 'incomplete') return name.needed.toFixed();
  if (name.status === 'malformed') return encodeAlert(alertFor(name.code)) ?? explain(name).message;
  if (name.value === undefined) return encodeAlert('unrecognized_name');
  // @ts-expect-error only a name that was checked has a host
  name.value.host;
  return name.value.kind === 'dns' ? name.value.host : name.value.kind === 'ip' ? name.value.address : name.value.raw;
}

export function inspect(hello: ClientHello): number[] {
  // @ts-expect-error what was decoded is not to be changed
  hello.legacyVersion = 0;
  return hello.extensions.flatMap((extension) => {
    const decoded = decodeExtension(extension);
    // @ts-expect-error an extension is whole, so it is never incomplete
    if (decoded.status === 'incomplete') return [];
    if (decoded.status === 'malformed') return [decoded.offset];
    return decoded.value.name === 'key_share' ? decoded.value.clientShares.map((share) => share.group) : [];
  });
}

const parser: Parser<ClientHello, ClientHelloCode> = createClientHelloParser({ maxBytes: 4096 });
const outcome: Decoded<ClientHello> = parser.push(new Uint8Array(0));
export const missing = outcome.status === 'complete' ? alertForMissingName(outcome.value) : undefined;
export const description: string | number | undefined =
  decodeAlert(parser.bytes).status === 'complete' ? decodeClientHello(parser.bytes).status : undefined;

const proxyParser: Parser<ProxyHeader, ProxyCode> = createProxyParser({ maxBytes: 65551 });
export function relay(chunk: Uint8Array): string | Uint8Array | undefined {
  const header = proxyParser.push(chunk);
  if (header.status === 'incomplete') return undefined;
  if (header.status === 'malformed') return header.code === 'proxy.v2.crc32c' ? 'changed' : explain(header).cause;
  const { source, tlvs } = header.value;
  // @ts-expect-error a UNIX socket has no address
  source?.address;
  for (const tlv of tlvs) {
    const decoded = decodeTlv(tlv);
    if (decoded.status === 'complete' && decoded.value.name === 'authority') return decoded.value.authority;
  }
  if (source?.family === 'unix') return source.path;
  return readSsl(tlvs)?.verified ? withTlvs(header.value, { remove: [0x20] }) : encodeProxyV2(header.value);
}
const endpoint: { address: string; family: string; port: number } = { address: '::1', family: 'IPv6', port: 1 };
export const input: ProxyHeaderInput = { source: endpoint, destination: endpoint };
// @ts-expect-error not everything is a header
decodeProxyHeader('PROXY UNKNOWN');

// @ts-expect-error no such alert
encodeAlert('unrecognised_name');

export function fingerprints(hello: ClientHello, md5: (text: string) => string, sha256: (text: string) => Promise<string>) {
  const text: string = ja3(hello, md5);
  const promise: Promise<string> = ja4(hello, sha256, { transport: 'q', order: 'original' });
  // @ts-expect-error what is promised is not there yet
  const early: string = ja4(hello, sha256);
  return [text, promise, early];
}

export function ask(chunk: Uint8Array): string | number | undefined {
  const question = encodeClientHello({ serverName: 'www.example.com', random: new Uint8Array(32) });
  // @ts-expect-error names are text
  encodeClientHello({ serverName: 1 });
  const parser: Parser<unknown, string> = createServerHelloParser();
  const answer = decodeServerHello(chunk);
  if (answer.status !== 'complete') return answer.status === 'malformed' ? annotate(chunk) : parser.push(question).status;
  switch (answer.value.kind) {
    case 'server_hello':
      return answer.value.certificates.length;
    case 'hello_retry_request':
      return answer.value.group ?? answer.value.cookie?.length;
    case 'alert':
      // @ts-expect-error an alert chooses nothing
      return answer.value.cipherSuite ?? answer.value.description;
  }
}
`,
);
writeFileSync(
  join(project, 'browser.ts'),
  `import { createClientHelloParser, encodeAlert } from 'preread';
import { tls } from 'preread/sniff';
import { prereadStream } from 'preread/web';

// What is handed out for sending is a BufferSource, whichever TypeScript says what that is.
export const blob: Blob = new Blob([encodeAlert('unrecognized_name'), createClientHelloParser().bytes]);

export async function name(stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<string | undefined> {
  const answer = await prereadStream(stream, { matchers: [tls], timeout: 3000, signal });
  await answer.readable.cancel(answer.error);
  if (answer.status === 'malformed') return answer.code;
  // @ts-expect-error an answer is final
  if (answer.status === 'incomplete') return undefined;
  return answer.value.protocol === 'tls' ? answer.value.host : answer.value.protocol;
}
`,
);
symlinkSync(join(root, 'node_modules/@types'), join(project, 'node_modules/@types'));
symlinkSync(join(root, 'node_modules/undici-types'), join(project, 'node_modules/undici-types'));
writeFileSync(
  join(project, 'server.ts'),
  `import { createServer } from 'node:https';
import { BlockList, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { acceptProxy, clientHello, endpoints, ja3, ja4, prereadSocket, probeTls, proxyHeader } from 'preread/node';
import { encodeProxyV2 } from 'preread/proxy';
import { http1, tls } from 'preread/sniff';
import { prereadStream } from 'preread/web';

const server = createServer(({ socket }, response) => {
  const ends = endpoints(socket);
  if (ends !== undefined) response.write(encodeProxyV2(ends));
  response.end(clientHello(socket)?.alpnProtocols[0] ?? proxyHeader(socket)?.command);
});
acceptProxy(server, { trusted: new BlockList(), onRefused: ({ code }) => code }).setTimeout(3000);
acceptProxy(server, { trusted: (socket) => socket.remoteAddress === '::1', timeout: Infinity });
// @ts-expect-error addresses belong into a list
acceptProxy(server, { trusted: ['::1'] });

export async function name(socket: TLSSocket): Promise<string | undefined> {
  const answer = await prereadSocket(socket, { matchers: [tls, http1], proxy: 'require' });
  const authorized: boolean = answer.socket.authorized;
  if (answer.status === 'malformed') return answer.code;
  switch (answer.value.protocol) {
    case 'tls':
      return answer.value.tls.serverName?.kind;
    case 'http1':
      return authorized ? answer.value.http.target : answer.value.host;
    case 'unknown':
    case 'silent':
      return answer.ended;
    // @ts-expect-error it is not looked for
    case 'ssh':
      return undefined;
  }
}

export async function isHealthy(host: string, signal: AbortSignal): Promise<number | string> {
  const probe = await probeTls({ host, port: 443, serverName: host, alpnProtocols: ['h2'], timeout: 3000, signal });
  // @ts-expect-error whom to ask must be said
  await probeTls({ port: 443 });
  return probe.healthy ? probe.cipherSuite : probe.reason;
}
export const seen = (socket: object): string[] => {
  const hello = clientHello(socket);
  return hello === undefined ? [] : [ja3(hello), ja4(hello, { transport: 't' })];
};

export async function rest(stream: ReadableStream<Uint8Array>): Promise<number> {
  const { readable, bytes } = await prereadStream(stream);
  for await (const chunk of readable) if (chunk.length > 0) return chunk.length;
  return bytes.length;
}
export const socket = new Socket();
`,
);

const compilers = {
  'TypeScript 5.4': join(here, 'node_modules/typescript54/bin/tsc'),
  'TypeScript 5.9': join(here, 'node_modules/typescript59/bin/tsc'),
  "the project's TypeScript": join(root, 'node_modules/typescript/bin/tsc'),
};
for (const [title, tsc] of Object.entries(compilers)) {
  for (const [where, module, moduleResolution, lib, types, files] of [
    ['anywhere', 'nodenext', 'nodenext', ['es2022'], [], ['consumer.ts']],
    ['in browsers', 'esnext', 'bundler', ['es2022', 'dom'], [], ['consumer.ts', 'browser.ts']],
    ['in Node.js', 'nodenext', 'nodenext', ['es2022'], ['node'], ['consumer.ts', 'server.ts']],
  ]) {
    await check(`${title}, ${moduleResolution}: a consumer ${where} type checks`, () => {
      writeFileSync(
        join(project, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: {
            ...{ module, moduleResolution, target: 'es2022', lib, types, noEmit: true },
            ...{ strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
          },
          files,
        }),
      );
      run(process.execPath, [tsc, '-p', '.']);
      return run(process.execPath, [tsc, '--version']).trim();
    });
  }
}

// --- what the publishing checkers say

await check('publint', async () => {
  const { messages, pkg } = await publint({ pkgDir: unpacked, strict: true });
  none(messages.map((message) => `${message.type}: ${formatMessage(message, pkg, { color: false })}`), 'it says');
});

await check('are the types wrong', () => {
  const attw = join(here, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  run(process.execPath, [attw, tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji']);
});

// --- bundles

/** What a bundler makes of these lines for a browser, minified. */
async function bundle(contents) {
  const { outputFiles, warnings } = await build({
    stdin: { contents, resolveDir: project },
    // That a bare import is dropped is what is wanted here.
    logOverride: { 'ignored-bare-import': 'silent' },
    ...{ bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false, logLevel: 'silent' },
    external: ['node:*'],
  });
  none(warnings.map(({ text: warning }) => warning), 'esbuild warns');
  return outputFiles[0].text;
}

// Each is in the bundle of the decoder, so that its absence elsewhere means something.
const marks = ['tls.client_hello.session_id', 'tls.pre_shared_key.not_last'];
await check('a bundle of decodeClientHello has the decoder', async () => {
  const code = await bundle("export { decodeClientHello } from 'preread/tls'");
  none(marks.filter((mark) => !code.includes(mark)), 'not there');
});
await check('a bundle of encodeAlert has no decoder', async () => {
  const code = await bundle("export { encodeAlert } from 'preread/tls'");
  none(marks.filter((mark) => code.includes(mark)), 'there');
  return `${code.length} bytes minified`;
});
await check('a bundle of readServerName has no decoders of other extensions, no alerts, no prose', async () => {
  const code = await bundle("export { readServerName } from 'preread/tls'");
  none(['tls.key_share', 'unrecognized_name', 'RFC 8446'].filter((mark) => code.includes(mark)), 'there');
});
await check('a bundle of decodeProxyHeader has no TLS, no prose', async () => {
  const code = await bundle("export { decodeProxyHeader } from 'preread/proxy'");
  none(['tls.', 'RFC 8446', 'vpce'].filter((mark) => code.includes(mark)), 'there');
});

const sniffing = await import(join(unpacked, manifest.exports['./sniff']));
const matchers = Object.entries(sniffing).filter(([, value]) => typeof value === 'object' && 'match' in value);
await check('a bundle of one matcher has no other', async () => {
  const sizes = [];
  for (const [name, { protocol }] of matchers) {
    const code = await bundle(`export { ${name} } from 'preread/sniff'`);
    if (!code.includes(`"${protocol}"`)) throw new Error(`${name} is not there`);
    const others = matchers.map(([, other]) => other.protocol).filter((other) => other !== protocol);
    none(others.filter((other) => code.includes(`"${other}"`)), `with ${name} there are`);
    sizes.push(gzipSync(code, { level: 9 }).length);
  }
  if (sizes.length < 40) throw new Error(`${sizes.length} matchers`);
  return `${sizes.length} of them, ${Math.min(...sizes)} to ${Math.max(...sizes)} bytes gzipped`;
});
for (const specifier of specifiers) {
  await check(`a bundle that only imports ${specifier} is empty`, async () => {
    const code = await bundle(`import '${specifier}'`);
    if (code.trim() !== '') throw new Error(code.slice(0, 500));
  });
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
