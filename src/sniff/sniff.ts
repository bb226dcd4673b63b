/**
 * Which protocol opens this connection? Every matcher is asked about all bytes so far, and one that says no never ends
 * the search for the others.
 *
 * @module
 */
import { Accumulator } from '../accumulator.ts';
import { asBytes, atMost, view } from '../cursor.ts';
import { maxBytesOf } from '../decoded.ts';
import type { Bytes } from '../decoded.ts';
import type { DatagramMatcher, Matcher } from './matcher.ts';
import { tcp, udp } from './matchers.ts';
import type { TcpProtocol, UdpProtocol } from './matchers.ts';

/** What a sniffer says of the bytes so far. `complete` and `unknown` are final: more bytes never change them. */
export type Sniffed<N extends string = string> = Recognized<N> | Undecided<N> | Unrecognized;

/** One of the matchers said yes. */
export interface Recognized<N extends string = string> {
  readonly status: 'complete';
  readonly protocol: N;
}

/** The bytes so far are the beginning of a flight of some protocols. */
export interface Undecided<N extends string = string> {
  readonly status: 'incomplete';
  /** At least this many more bytes (1 or more) must come before there can be a decision. */
  readonly needed: number;
  /** Which protocols it may yet be, in the order of their matchers. */
  readonly candidates: readonly N[];
}

/** All of the matchers said no, or no more bytes will come. */
export interface Unrecognized {
  readonly status: 'unknown';
}

export interface SnifferOptions {
  /**
   * How many bytes a decision may need (default 65536, more than any matcher of this module). What is not decided with
   * so many is decided as if no more would come; so a waiting sniffer never holds more than this.
   */
  readonly maxBytes?: number | undefined;
}

export interface SniffOptions extends SnifferOptions {
  /** Whether no more bytes will come (default false): then the answer is never `incomplete`. */
  readonly final?: boolean | undefined;
}

/**
 * Names the protocol that opens a connection. A matcher that says yes wins at once, whatever others still wait for,
 * but weak ones only once all strong ones have said no, or no more bytes will come. Where several say yes, the one wins that
 * could say it first, and of equals the first in the list; so the answer is the same however the bytes came.
 *
 * No bytes at all are not an answer: where none come, the client waits for the server to speak (SMTP, MySQL, FTP).
 *
 * @param bytes all bytes so far, from the start of the connection
 * @param matchers {@link tcp} unless given
 *
 * @example
 * const sniffed = sniff(new TextEncoder().encode('SSH-2.0-OpenSSH_9.2p1\r\n'));
 * console.log(sniffed); // { status: 'complete', protocol: 'ssh' }
 * console.log(sniff(Uint8Array.of(0x16), [tls, ssh])); // { status: 'incomplete', needed: 1, candidates: [ 'tls' ] }
 */
export function sniff(bytes: Uint8Array, matchers?: undefined, options?: SniffOptions): Sniffed<TcpProtocol>;
export function sniff<N extends string>(
  bytes: Uint8Array,
  matchers: readonly Matcher<N>[],
  options?: SniffOptions,
): Sniffed<N>;
export function sniff<N extends string>(
  bytes: Uint8Array,
  matchers: readonly Matcher<N>[] | undefined,
  options?: SniffOptions,
): Sniffed<N | TcpProtocol>;
export function sniff(bytes: Uint8Array, matchers: readonly Matcher[] = tcp, options?: SniffOptions): Sniffed {
  return new Sniffing(matchers, maxBytesOf(options)).ask(asBytes(bytes), options?.final ?? false);
}

/** Streaming: chunks go in, and each call gives the answer for all bytes so far. */
export interface Sniffer<N extends string = string> {
  /** Takes the next bytes, which are copied. After a final answer, repeats it and keeps nothing of the chunk. */
  push(chunk: Uint8Array): Sniffed<N>;
  /** No more bytes will come: the answer is final. */
  end(): Recognized<N> | Unrecognized;
  /**
   * Everything up to and including the chunk that decided, to replay to whoever serves the connection: a copy, yours
   * to change or transfer.
   */
  readonly bytes: Bytes;
}

/**
 * Makes a {@link sniff} for a stream. Time and memory are linear in the bytes however they are cut, and bounded by what
 * the matchers need.
 *
 * @example
 * const sniffer = createSniffer(web);
 * console.log(sniffer.push(new TextEncoder().encode('GET /index.html')).status); // incomplete
 * console.log(sniffer.push(new TextEncoder().encode(' HTTP/1.1\r\n'))); // { status: 'complete', protocol: 'http1' }
 */
export function createSniffer(matchers?: undefined, options?: SnifferOptions): Sniffer<TcpProtocol>;
export function createSniffer<N extends string>(matchers: readonly Matcher<N>[], options?: SnifferOptions): Sniffer<N>;
export function createSniffer<N extends string>(
  matchers: readonly Matcher<N>[] | undefined,
  options?: SnifferOptions,
): Sniffer<N | TcpProtocol>;
export function createSniffer(matchers: readonly Matcher[] = tcp, options?: SnifferOptions): Sniffer {
  const maxBytes = maxBytesOf(options);
  const received = new Accumulator(maxBytes);
  const sniffing = new Sniffing([...matchers], maxBytes);
  let final: Recognized | Unrecognized | undefined;

  const ask = (isFinal: boolean): Sniffed => {
    const outcome = sniffing.ask(received.bytes, isFinal);
    if (outcome.status !== 'incomplete') final = outcome;
    return outcome;
  };
  return {
    push(chunk) {
      if (final !== undefined) return final;
      received.append(asBytes(chunk));
      return ask(false);
    },
    end() {
      if (final === undefined) ask(true);
      return final!;
    },
    get bytes() {
      return received.bytes.slice();
    },
  };
}

/**
 * Names the protocol of a datagram. The first matcher that says yes wins, weak ones after all others. Since a datagram
 * comes whole, nothing is ever undecided.
 *
 * @param matchers {@link udp} unless given; those for streams will do as well
 *
 * @example
 * const request = Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12));
 * console.log(sniffDatagram(request)); // { status: 'complete', protocol: 'stun' }
 */
export function sniffDatagram(datagram: Uint8Array, matchers?: undefined): Recognized<UdpProtocol> | Unrecognized;
export function sniffDatagram<N extends string>(
  datagram: Uint8Array,
  matchers: readonly DatagramMatcher<N>[],
): Recognized<N> | Unrecognized;
export function sniffDatagram(
  datagram: Uint8Array,
  matchers: readonly DatagramMatcher[] = udp,
): Recognized | Unrecognized {
  const input = asBytes(datagram);
  const saysYes = (matcher: DatagramMatcher): boolean => matcher.match(input) === true;
  const winner = matchers.find((each) => !each.weak && saysYes(each)) ?? matchers.find((each) => each.weak && saysYes(each));
  return recognized(winner);
}

function recognized<N extends string>(winner: { readonly protocol: N } | undefined): Recognized<N> | Unrecognized {
  return winner === undefined ? { status: 'unknown' } : { status: 'complete', protocol: winner.protocol };
}

/** The search for one connection's protocol, to be asked again with all of its bytes as they come. */
export class Sniffing<N extends string = string> {
  readonly #all: readonly Matcher<N>[];
  readonly #maxBytes: number;
  /** Those that have not said no. */
  #open: readonly Matcher<N>[];
  /** How many bytes were there when they were last asked. */
  #seen = 0;

  constructor(matchers: readonly Matcher<N>[], maxBytes: number) {
    this.#all = this.#open = matchers;
    this.#maxBytes = maxBytes;
  }

  ask(bytes: Uint8Array, isFinal: boolean): Sniffed<N> {
    const votes = new Votes(bytes, this.#maxBytes, this.#open, this.#seen);
    this.#open = votes.open;
    this.#seen = bytes.length;
    return votes.outcome(this.#all, isFinal);
  }
}

/** What the matchers say of the bytes so far. */
class Votes<N extends string> {
  readonly #bytes: Uint8Array;
  /** How many more bytes a decision may need. */
  readonly #left: number;
  readonly #strong: Matcher<N>[] = [];
  readonly #weak: Matcher<N>[] = [];
  /** What the first of them needs to decide, of those that are not weak and of those that are. */
  #strongNeed = Infinity;
  #weakNeed = Infinity;
  /** Those that did not say no. */
  readonly open: Matcher<N>[] = [];

  /** @param seen how many of the bytes the matchers have been asked about before */
  constructor(bytes: Uint8Array, maxBytes: number, matchers: readonly Matcher<N>[], seen: number) {
    this.#bytes = atMost(bytes, maxBytes);
    this.#left = maxBytes - this.#bytes.length;
    for (const matcher of matchers) {
      const answer = ask(matcher, this.#bytes, seen);
      if (answer === false) continue;
      this.open.push(matcher);
      if (answer === true) (matcher.weak ? this.#weak : this.#strong).push(matcher);
      else if (matcher.weak) this.#weakNeed = Math.min(this.#weakNeed, answer);
      else this.#strongNeed = Math.min(this.#strongNeed, answer);
    }
  }

  /** @param all the matchers, with those that had said no before */
  outcome(all: readonly Matcher<N>[], isFinal: boolean): Sniffed<N> {
    if (this.#strong.length > 0) return recognized(earliest(this.#strong, this.#bytes, 0));
    const isOver = isFinal || this.#left === 0;
    const isWeakTurn = isOver || this.#strongNeed === Infinity;
    if (isWeakTurn && this.#weak.length > 0) {
      const from = this.#weak.length > 1 ? whenStrongSaidNo(all, this.#bytes) : 0;
      return recognized(earliest(this.#weak, this.#bytes, from));
    }
    if (isOver || this.open.length === 0) return { status: 'unknown' };
    return {
      status: 'incomplete',
      needed: Math.min(isWeakTurn ? this.#weakNeed : this.#strongNeed, this.#left),
      candidates: [...new Set(this.open.map(({ protocol }) => protocol))],
    };
  }
}

/** Holds a matcher of whoever made it to its `maxBytes`, so that what it says does not depend on the chunks. */
function ask(matcher: Matcher, bytes: Uint8Array, seen: number): boolean | number {
  const answer = matcher.match(bytes, seen);
  const left = matcher.maxBytes - bytes.length;
  if (typeof answer === 'number') return left > 0 && (answer >= 1 ? Math.min(answer, left) : 1);
  return answer && (left >= 0 || matcher.match(view(bytes, 0, matcher.maxBytes)) === true);
}

/** Of matchers that say yes, the one that could say it first, but none before `from` bytes are there. */
function earliest<N extends string>(matchers: readonly Matcher<N>[], bytes: Uint8Array, from: number): Matcher<N> {
  if (matchers.length === 1) return matchers[0]!;
  const times = matchers.map((matcher) => Math.max(from, decisionTime(matcher, bytes)));
  return matchers[times.indexOf(Math.min(...times))]!;
}

function whenStrongSaidNo(matchers: readonly Matcher[], bytes: Uint8Array): number {
  return Math.max(0, ...matchers.filter(({ weak }) => !weak).map((matcher) => decisionTime(matcher, bytes)));
}

/** With how many of the bytes a matcher decides: all of them where it does not. */
function decisionTime(matcher: Matcher, bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (typeof ask(matcher, view(bytes, 0, middle), 0) === 'number') low = middle + 1;
    else high = middle;
  }
  return low;
}
