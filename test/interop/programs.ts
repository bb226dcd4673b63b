/** The programs of other makers that these tests run, and what happens where one is missing. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { describe, onTestFinished, test } from 'vitest';

/** By name, or by path for what is no program, with the Debian package that brings each. */
const packages = {
  openssl: 'openssl',
  curl: 'curl',
  chromium: 'chromium',
  tshark: 'tshark',
  // The launcher alone is not enough: a single source file is compiled as it starts.
  javac: 'openjdk-17-jdk-headless',
  haproxy: 'haproxy',
  nginx: 'nginx',
  '/usr/lib/nginx/modules/ngx_stream_module.so': 'libnginx-mod-stream',
  ssh: 'openssh-client',
  dbclient: 'dropbear-bin',
  plink: 'putty-tools',
  'redis-cli': 'redis-tools',
  psql: 'postgresql-client',
  mosquitto_pub: 'mosquitto-clients',
  dig: 'bind9-dnsutils',
  openvpn: 'openvpn',
  ldapsearch: 'ldap-utils',
  kcat: 'kcat',
  memccat: 'libmemcached-tools',
  rtmpdump: 'rtmpdump',
  'nc.openbsd': 'netcat-openbsd',
  sslscan: 'sslscan',
  sipsak: 'sipsak',
  nghttp: 'nghttp2-client',
  wget: 'wget',
  'amqp-publish': 'amqp-tools',
  logger: 'bsdutils',
  aria2c: 'aria2',
  tinyproxy: 'tinyproxy-bin',
} as const;

export type Program = keyof typeof packages;

/** What nginx has to load for a `stream` block. */
export const nginxStreamModule: Program = '/usr/lib/nginx/modules/ngx_stream_module.so';

/**
 * `describe` for tests that need programs. Where one is missing they are skipped, and it is said what to install;
 * with REQUIRE_PROGRAMS=1 that is a failure.
 */
export function describeWith(programs: readonly Program[], title: string, body: () => void): void {
  const missing = programs.filter((program) => !isInstalled(program));
  const advice = `needs ${missing.join(', ')}: apt-get install ${missing.map((program) => packages[program]).join(' ')}`;
  if (missing.length > 0 && process.env['REQUIRE_PROGRAMS'] === '1') {
    test(title, () => {
      throw new Error(advice);
    });
    return;
  }
  if (missing.length > 0) console.warn(`SKIPPED ${title}: ${advice}`);
  describe.skipIf(missing.length > 0)(title, body);
}

/** Servers are not on the path of everyone. */
const searchPath = [process.env['PATH'] ?? '', '/usr/sbin'].join(delimiter);

function isInstalled(program: Program): boolean {
  if (isAbsolute(program)) return existsSync(program);
  return searchPath.split(delimiter).some((folder) => existsSync(join(folder, program)));
}

export interface Run {
  /** The exit status; null where a signal ended it. */
  readonly status: number | null;
  /** What it printed, on either stream. */
  readonly output: string;
}

/** Runs a program to its end, with nothing to read. */
export function run(program: string, args: readonly string[]): Promise<Run> {
  return start(program, args).ended;
}

export interface Started {
  readonly ended: Promise<Run>;
  /** The first group of `pattern` once the program has printed that; rejects if it ends without. */
  printed(pattern: RegExp): Promise<string>;
  /** Ends it and whatever it started. */
  stop(): Promise<void>;
}

/**
 * Starts a program in a process group of its own.
 *
 * @param stdin `pipe` for one that would stop at the end of its input; otherwise it has nothing to read
 * @param milliseconds after which it is ended, whoever still waits for it: more for one that serves many tests
 */
export function start(
  program: string,
  args: readonly string[],
  stdin: 'ignore' | 'pipe' = 'ignore',
  milliseconds = 50_000,
): Started {
  const env = { ...process.env, PATH: searchPath };
  const child = spawn(program, args, { stdio: [stdin, 'pipe', 'pipe'], detached: true, env });
  const watchers = new Set<() => void>();
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const watcher of watchers) watcher();
    });
  }
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It and all that it started are gone already.
    }
  };
  const deadline = setTimeout(kill, milliseconds);
  const ended = new Promise<Run>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(deadline);
      resolve({ status, output });
    });
  });
  return {
    ended,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(output);
          if (found === null) return;
          watchers.delete(look);
          resolve(found[1] ?? found[0]);
        };
        watchers.add(look);
        look();
        void ended.then(() => reject(new Error(`${program} ended without printing ${pattern}: ${output}`)), reject);
      }),
    async stop() {
      kill();
      await ended;
    },
  };
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Where the two are, until the test is over. */
  readonly folder: string;
}

/** Makes a self-signed certificate, with a key over P-256 unless told, as paths. */
export function makeCertificate(algorithm: 'ec' | 'rsa' = 'ec'): Certificate {
  const folder = temporaryFolder();
  const cert = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const kind = algorithm === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['rsa:2048'];
  const args = ['req', '-x509', '-newkey', ...kind, '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert];
  const made = spawnSync('openssl', args, { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`openssl req: ${made.stderr}`);
  return { cert, key, folder };
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const { folder, remove } = makeFolder();
  onTestFinished(remove);
  return folder;
}

/** A folder for several tests, gone once `remove` is called. */
export function makeFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'preread-interop-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
