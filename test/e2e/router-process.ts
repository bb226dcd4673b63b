/** Starts the router in a process of its own, so that its memory is its own and a fault of it would show. */
import { fork, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from './router.ts';

/** As what crosses to another process. */
export interface Tables {
  readonly tls: Record<string, Backend[]>;
  readonly http1: Record<string, Backend[]>;
}

/** What the router's process has to say. */
export type Message =
  | { readonly port: number }
  | { readonly id: number; readonly state: State }
  | { readonly fault: string };

export interface Question {
  readonly id: number;
  /** Whether to collect garbage first. */
  readonly collect: boolean;
}

export interface State {
  /** Those of clients that are open. */
  readonly connections: number;
  /** How many bytes have come over those. */
  readonly received: number;
  /** What lies on the heap and outside of it, in bytes. */
  readonly used: number;
  readonly rss: number;
  /** The highest value of `used` since the question before. */
  readonly peak: number;
  /** How many connections came to what. */
  readonly outcomes: Readonly<Record<string, number>>;
}

export interface RouterProcess {
  readonly port: number;
  /** What it did not catch, and how it ended if it did. */
  readonly faults: readonly string[];
  ask(collect?: boolean): Promise<State>;
  stop(): Promise<void>;
}

const root = new URL('../..', import.meta.url).pathname;

/** @param slowdown how many times as long its timers take: where a host may be slower than what they are there for */
export async function startRouterProcess(tables: Tables, slowdown = 1): Promise<RouterProcess> {
  const folder = build();
  const args = [JSON.stringify(tables), String(slowdown)];
  const child = fork(join(folder, 'router-main.js'), args, { execArgv: ['--expose-gc'], cwd: root });
  const faults: string[] = [];
  const waiting = new Map<number, (state: State) => void>();
  let questions = 0;
  let isStopped = false;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (status, signal) => {
      rmSync(folder, { recursive: true, force: true });
      if (!isStopped) faults.push(`ended with ${status ?? signal}`);
      resolve();
    });
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.on('message', (message: Message) => {
      if ('port' in message) resolve(message.port);
      else if ('fault' in message) faults.push(message.fault);
      else waiting.get(message.id)?.(message.state);
    });
    void exited.then(() => reject(new Error(`the router did not start: ${faults.join('\n')}`)));
  });
  return {
    port,
    faults,
    ask: (collect = false) => question(child, waiting, { id: questions++, collect }, exited),
    async stop() {
      isStopped = true;
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function question(
  child: ChildProcess,
  waiting: Map<number, (state: State) => void>,
  asked: Question,
  exited: Promise<void>,
): Promise<State> {
  return new Promise((resolve, reject) => {
    waiting.set(asked.id, (state) => {
      waiting.delete(asked.id);
      resolve(state);
    });
    void exited.then(() => reject(new Error('the router has ended')));
    child.send(asked);
  });
}

/** Inside the project, so that `preread/…` is the package itself: its build, through its exports. */
function build(): string {
  const parent = join(root, 'test/.e2e');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'router-'));
  const options = ['--no-config', '--format', 'esm', '--external', 'preread', '--silent', '-d', folder];
  const tsup = join(root, 'node_modules/.bin/tsup');
  const { status, stderr } = spawnSync(tsup, ['test/e2e/router-main.ts', ...options], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`tsup: ${stderr}`);
  return folder;
}
