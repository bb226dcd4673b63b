/** The coverage-guided half: libFuzzer, which jazzer.js brings to JavaScript, in a process for each target. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize } from 'node:v8';
import type { Tally } from './targets.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Runs Node.js with the C library that jazzer.js was built for, where the system's own is older. */
const newerNode = join(here, '.libc/node');
const node = existsSync(newerNode) ? newerNode : process.execPath;

const corpusOf = (target: string): string => join(here, 'corpus', target);

export interface GuidedResult {
  readonly runs: number;
  readonly seconds: number;
  /** Of the branches of the library, those that were reached. */
  readonly edges: number;
  /** Inputs that reached what none before them did. */
  readonly news: number;
  readonly tally: Tally;
  /** What stopped it, by the words of libFuzzer, for example `timeout`; with the input, and the last that it printed. */
  readonly stop: { readonly kind: string; readonly input: Uint8Array; readonly output: string } | undefined;
  /** Of a process that ended in another way than by a finding, or fed nothing. */
  readonly failure: string | undefined;
}

/** Longer than the largest that a decoder waits for by default would say no more, and be slow. */
const MAX_LENGTH = 2048;
/** An input that takes longer is a hang, in seconds. */
export const HANG = 10;

interface Exit {
  readonly status: number | null;
  readonly output: string;
}

function jazzer(target: string, corpora: readonly string[], flags: readonly string[], tally = ''): Promise<Exit> {
  const cli = join(here, 'node_modules/@jazzer.js/core/dist/cli.js');
  const child = spawn(
    node,
    [cli, join(here, 'entry.mjs'), ...corpora, '--includes', '/src/', '--excludes', 'node_modules', '--sync', '--', ...flags],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NODE_OPTIONS: `--import ${import.meta.resolve('tsx')}`,
        PREREAD_FUZZ_TARGET: target,
        PREREAD_FUZZ_TALLY: tally,
        PREREAD_FUZZ_NODE: node,
      },
    },
  );
  let output = '';
  const listen = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, output })));
}

/** Fuzzes a target from its corpus and what is in the folder `found`, and puts there what is new. */
export async function fuzzGuided(target: string, found: string, seconds: number, seed: number): Promise<GuidedResult> {
  const folder = mkdtempSync(join(tmpdir(), 'preread-fuzz-'));
  mkdirSync(corpusOf(target), { recursive: true });
  const tallyFile = join(folder, 'tally');
  const { status, output } = await jazzer(
    target,
    [found, corpusOf(target)],
    [
      `-max_total_time=${Math.max(1, Math.round(seconds))}`,
      // libFuzzer takes 0 for a seed of its own.
      `-seed=${(seed >>> 0) || 1}`,
      `-max_len=${MAX_LENGTH}`,
      `-timeout=${HANG}`,
      '-rss_limit_mb=2048',
      `-artifact_prefix=${folder}/`,
    ],
    tallyFile,
  );
  const artifact = readdirSync(folder).find((name) => /^(?:crash|timeout|oom|slow-unit)-/.test(name));
  const last = (pattern: RegExp): number => Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
  const end = output.slice(-2000);
  const runs = last(/^#(\d+)\s/gm);
  const edges = last(/ cov: (\d+) /g);
  const result = {
    runs,
    seconds,
    edges,
    news: output.match(/^#\d+\s+NEW /gm)?.length ?? 0,
    tally: existsSync(tallyFile) ? (deserialize(readFileSync(tallyFile)) as Tally) : new Map(),
    stop: artifact === undefined ? undefined : { kind: artifact.split('-')[0]!, input: new Uint8Array(readFileSync(join(folder, artifact))), output: end },
    // Where it sees no branch it is blind.
    failure: artifact !== undefined || (status === 0 && runs > 0 && edges > 0) ? undefined : failureOf(status, output),
  };
  rmSync(folder, { recursive: true });
  return result;
}

function failureOf(status: number | null, output: string): string {
  return /version `GLIBC\S* not found/.test(output)
    ? "it was built for a newer C library than the system's: run test/fuzz/newer-libc.sh (Debian 12)"
    : `ended with ${status}: ${output.slice(-500)}`;
}

/** Makes of the corpus and what was found the fewest small inputs that reach as much. */
export async function minimise(target: string, found: string): Promise<void> {
  const corpus = corpusOf(target);
  const fewest = mkdtempSync(join(tmpdir(), 'preread-corpus-'));
  // By branches alone: how often each is taken would keep several times as many.
  const flags = ['-merge=1', '-use_counters=0', `-max_len=${MAX_LENGTH}`, `-artifact_prefix=${fewest}-`];
  const { status, output } = await jazzer(target, [fewest, corpus, found], flags);
  if (status !== 0) throw new Error(output.slice(-500));
  rmSync(corpus, { recursive: true });
  mkdirSync(corpus, { recursive: true });
  for (const name of readdirSync(fewest)) {
    copyFileSync(join(fewest, name), join(corpus, name));
  }
  rmSync(fewest, { recursive: true });
}
