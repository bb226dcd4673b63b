// Runs smoke.mjs over what was built, in each runtime, from a folder that has nothing else. The last line is
// `N passed, N failed`. With REQUIRE_PROGRAMS=1 a runtime that could not be installed is a failure.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const folder = mkdtempSync(join(tmpdir(), 'preread-runtimes-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
cpSync(join(root, 'test/vectors/hellos'), join(folder, 'hellos'), { recursive: true });
for (const file of ['smoke.mjs', 'main.mjs', 'worker.mjs']) cpSync(join(here, file), join(folder, file));
writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));

const modules = ['worker.mjs', 'smoke.mjs', ...filesOf('dist', '.js')].map((file) => `(name = "${file}", esModule = embed "${file}")`);
const bindings = filesOf('hellos', '.bin').map((file) => `(name = "${file.slice('hellos/'.length)}", data = embed "${file}")`);
writeFileSync(
  join(folder, 'config.capnp'),
  `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);

const worker :Workerd.Worker = (
  compatibilityDate = "2024-09-23",
  modules = [
    ${modules.join(',\n    ')}
  ],
  bindings = [
    (name = "index", json = embed "hellos/index.json"),
    ${bindings.join(',\n    ')}
  ]
);
`,
);

function filesOf(path, extension) {
  return readdirSync(join(folder, path), { recursive: true })
    .filter((file) => file.endsWith(extension))
    .map((file) => `${path}/${file}`);
}

// The programs themselves, as the packages for one platform bring them, so that no installation script has to run.
const installed = (path) => join(here, 'node_modules', path);
const runtimes = {
  'this Node.js': [process.execPath, 'main.mjs'],
  'Node.js 22': [installed('node22-linux-x64/bin/node'), 'main.mjs'],
  'Node.js 24': [installed('node24-linux-x64/bin/node'), 'main.mjs'],
  Bun: [installed('@oven/bun-linux-x64/bin/bun'), 'main.mjs'],
  Deno: [installed('@deno/linux-x64-glibc/deno'), 'run', '--quiet', '--no-remote', '--allow-read=.', 'main.mjs'],
  workerd: [installed('@cloudflare/workerd-linux-64/bin/workerd'), 'test', 'config.capnp'],
};

let passed = 0;
let failed = 0;
for (const [name, [program, ...args]] of Object.entries(runtimes)) {
  if (!existsSync(program)) {
    const isFailure = process.env.REQUIRE_PROGRAMS === '1';
    if (isFailure) failed++;
    console.log(`${isFailure ? 'FAIL' : 'SKIPPED'}  ${name} is not installed: npm ci --prefix test/runtimes (Linux on x64)`);
    continue;
  }
  const started = performance.now();
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  const version = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];
  // workerd prints to either stream, by version.
  const output = `${stdout}${stderr}`;
  const [, ownPassed, ownFailed] = /(\d+) passed, (\d+) failed/.exec(output) ?? [];
  const isSound = status === 0 && ownFailed === '0' && ownPassed !== '0';
  passed += Number(ownPassed ?? 0);
  failed += Math.max(Number(ownFailed ?? 0), isSound ? 0 : 1);
  console.log(`${isSound ? '  ok' : 'FAIL'}  ${name} (${version}): ${ownPassed} passed, ${Math.round(performance.now() - started)} ms`);
  if (!isSound) console.log(`status ${status} ${error ?? ''}\n${output}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
