/**
 * What the adapters have in common: how long they wait for an answer, and what they give with it.
 *
 * @module
 */
import type { Bytes, Complete, Malformed } from './decoded.ts';
import type { Preread, PrereadCode, PrereadOptions } from './preread.ts';
import type { ProxyHeader } from './proxy/header.ts';
import type { TcpProtocol } from './sniff/matchers.ts';

/** As for `createPreread`, and how long to wait. */
export interface AdapterOptions<N extends string = TcpProtocol> extends PrereadOptions<N>, WaitOptions {}

/** How long to wait. */
export interface WaitOptions {
  /**
   * How many milliseconds from the call until the bytes so far are all that counts, however they trickle in (default
   * 10000, at most 2147483647). `Infinity` waits for as long as the connection lives.
   */
  readonly timeout?: number | undefined;
  /** To stop waiting: the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The answer of the composite, with what was received. */
export type Answer<N extends string = TcpProtocol> = (Complete<Preread<N>> | Malformed<PrereadCode>) & Received;

export interface Received {
  /** Everything that was read, a PROXY header included: a copy. */
  readonly bytes: Bytes;
  /** The PROXY header, also where what follows is refused. */
  readonly proxy: ProxyHeader | undefined;
  /**
   * Why no more bytes were waited for, where they did not decide by themselves: the end of the stream, a connection that
   * was reset or destroyed, or the deadline. The answer is then what `end()` of a parser says of the bytes so far.
   */
  readonly ended: Ended | undefined;
  /** What the connection failed with, if it did. */
  readonly error?: unknown;
}

export type Ended = 'end' | 'reset' | 'timeout';

/** Longer ones elapse at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * How long to wait, in milliseconds.
 *
 * @throws TypeError or RangeError where `timeout` is no such time
 */
export function timeoutOf({ timeout = 10_000 }: { readonly timeout?: number | undefined }): number {
  if (typeof timeout !== 'number') throw new TypeError('timeout must be a number');
  if (timeout === Infinity || (timeout >= 0 && timeout <= LONGEST_TIMER)) return timeout;
  throw new RangeError(`timeout must be from 0 to ${LONGEST_TIMER}, or Infinity`);
}

/** Starts a timer for {@link timeoutOf}, and gives what stops it. */
export function startTimer(timeout: number, onTimeout: () => void): () => void {
  if (timeout === Infinity) return () => {};
  const timer = setTimeout(onTimeout, timeout);
  return () => clearTimeout(timer);
}
