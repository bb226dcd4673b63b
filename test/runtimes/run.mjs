// Runs smoke.mjs over what was built, in each runtime, from a folder that has nothing else: as a package where there are
// folders, and as one bundled file where there are none. The last line is `N passed, N failed`. With REQUIRE_PROGRAMS=1 a
// runtime that is not installed is a failure. CHROMIUM is the path of that browser, if it is not Debian's.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { startPeers } from './peers.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const folder = mkdtempSync(join(tmpdir(), 'preread-runtimes-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const installedPackage = join(folder, 'node_modules/preread');
cpSync(join(root, 'dist'), join(installedPackage, 'dist'), { recursive: true });
cpSync(join(root, 'package.json'), join(installedPackage, 'package.json'));
const pem = /-----BEGIN[^]*?-----END [A-Z ]+-----/g;
const [key, cert] = readFileSync(join(root, 'test/vectors/certificate.ts'), 'utf8').match(pem);
writeFileSync(join(folder, 'certificate.json'), JSON.stringify({ cert, key }));
cpSync(join(root, 'test/vectors/hellos'), join(folder, 'hellos'), { recursive: true });
const programs = ['smoke.mjs', 'main.mjs', 'worker.mjs', 'page.mjs'];
const forOne = ['node-adapter.mjs', 'bun-sockets.mjs', 'deno-sockets.mjs', 'workerd-sockets.mjs'];
for (const file of [...programs, ...forOne]) cpSync(join(here, file), join(folder, file));
writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));

let passed = 0;
let failed = 0;

await build({
  stdin: {
    contents: `export * as preread from 'preread';
      export * as explain from 'preread/explain';
      export * as fingerprint from 'preread/fingerprint';
      export * as web from 'preread/web';`,
    resolveDir: folder,
  },
  outfile: join(folder, 'bundle.js'),
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'neutral',
  // For the check below to find.
  external: ['node:*'],
});
const bundle = readFileSync(join(folder, 'bundle.js'), 'utf8');
// As the name of a module, since the words of explain mention `node:tls`; and Buffer but where it is asked for as what may
// not be there.
for (const [what, pattern] of [['node:', /["'`]node:/], ['Buffer', /\bBuffer\b(?!:\w+,Bun:\w+\}=globalThis)/], ['process', /\bprocess\b/]]) {
  const [found] = pattern.exec(bundle) ?? [];
  if (found === undefined) passed++;
  else failed++;
  console.log(`${found === undefined ? '  ok' : 'FAIL'}  no ${what} in the bundle of ${bundle.length} bytes`);
}

const [{ client }] = JSON.parse(readFileSync(join(folder, 'hellos/index.json'), 'utf8'));
const peers = await startPeers(readFileSync(join(folder, `hellos/${client}.bin`)));
// At other addresses of loopback, a port that is taken already: nobody else takes it there.
const [, port] = peers.addresses.echo.split(':');
const inbound = { behindBalancer: `127.0.0.2:${port}`, hasty: `127.0.0.3:${port}` };
writeFileSync(join(folder, 'addresses.json'), JSON.stringify({ peers: peers.addresses, inbound }));
const modules = ['worker.mjs', 'workerd-sockets.mjs', 'smoke.mjs', 'bundle.js'];
const bindings = readdirSync(join(folder, 'hellos')).filter((file) => file.endsWith('.bin'));
writeFileSync(
  join(folder, 'config.capnp'),
  `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "loopback", network = (allow = ["127.0.0.0/8"]))],
  sockets = [
    (name = "behindBalancer", address = "${inbound.behindBalancer}", tcp = (), service = "main"),
    (name = "hasty", address = "${inbound.hasty}", tcp = (), service = (name = "main", entrypoint = "hasty"))
  ]
);

const worker :Workerd.Worker = (
  compatibilityDate = "2024-09-23",
  globalOutbound = "loopback",
  modules = [
    ${modules.map((file) => `(name = "${file}", esModule = embed "${file}")`).join(',\n    ')}
  ],
  bindings = [
    (name = "index", json = embed "hellos/index.json"),
    (name = "addresses", json = embed "addresses.json"),
    ${bindings.map((file) => `(name = "${file}", data = embed "hellos/${file}")`).join(',\n    ')}
  ]
);
`,
);

// The programs themselves, as the packages for one platform bring them, so that no installation script has to run.
const installed = (path) => join(here, 'node_modules', path);
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const runtimes = {
  'this Node.js': { program: process.execPath, args: ['main.mjs'] },
  'Node.js 22': { program: installed('node22-linux-x64/bin/node'), args: ['main.mjs'] },
  'Node.js 24': { program: installed('node24-linux-x64/bin/node'), args: ['main.mjs'] },
  'Node.js 26': { program: installed('node26-linux-x64/bin/node'), args: ['main.mjs'] },
  Bun: { program: installed('@oven/bun-linux-x64/bin/bun'), args: ['main.mjs'] },
  Deno: {
    program: installed('@deno/linux-x64-glibc/deno'),
    args: ['run', '--quiet', '--no-remote', '--allow-read=.', '--allow-net=127.0.0.1', 'main.mjs'],
  },
  workerd: { program: installed('@cloudflare/workerd-linux-64/bin/workerd'), args: ['test', 'config.capnp'] },
  Chromium: {
    program: chromium,
    command: [process.execPath, join(here, 'browser.mjs'), chromium],
    installation: 'apt-get install chromium',
  },
};

// What they leave behind goes with the folder, and Deno, at home there for the first time, would look for a newer one.
const env = { ...process.env, HOME: folder, TMPDIR: folder, DENO_NO_UPDATE_CHECK: '1' };
const options = { cwd: folder, env, encoding: 'utf8', timeout: 60_000, maxBuffer: Infinity };
// Not synchronously, since the servers above answer meanwhile.
const run = (program, args) =>
  new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
  });
for (const [name, { program, args, command = [program, ...args], installation }] of Object.entries(runtimes)) {
  if (!existsSync(program)) {
    const isFailure = process.env.REQUIRE_PROGRAMS === '1';
    if (isFailure) failed++;
    const how = installation ?? 'npm ci --prefix test/runtimes (Linux on x64)';
    console.log(`${isFailure ? 'FAIL' : 'SKIPPED'}  ${name} is not installed: ${how}`);
    continue;
  }
  const started = performance.now();
  const { error, stdout, stderr } = await run(command[0], command.slice(1));
  const elapsed = Math.round(performance.now() - started);
  const version = (await run(program, ['--version'])).stdout.split('\n')[0].trim();
  // workerd prints to either stream, by version.
  const output = `${stdout}${stderr}`;
  const [, ownPassed, ownFailed] = /(\d+) passed, (\d+) failed/.exec(output) ?? [];
  const isSound = error === null && ownFailed === '0' && ownPassed !== '0';
  passed += Number(ownPassed ?? 0);
  failed += Math.max(Number(ownFailed ?? 0), isSound ? 0 : 1);
  console.log(`${isSound ? '  ok' : 'FAIL'}  ${name} (${version}): ${ownPassed} passed, ${elapsed} ms`);
  if (!isSound) console.log(`status ${error?.signal ?? error?.code ?? 0}\n${output}`);
}
peers.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
