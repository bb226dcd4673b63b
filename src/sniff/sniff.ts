/**
 * Which protocol opens this connection? Every matcher is asked about all bytes so far, and one that says no never ends
 * the search for the others.
 *
 * @module
 */
import { Accumulator } from '../accumulator.ts';
import { asBytes, atMost, byteAt, view } from '../cursor.ts';
import { maxBytesOf } from '../decoded.ts';
import type { Bytes } from '../decoded.ts';
import { keepsToMaxBytes, refusesFirst } from './matcher.ts';
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
 * @param matchers {@link tcp} unless given; of a frozen list of matchers of this module is remembered who refuses which
 *   first byte, so that it is the fastest
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
  return new StreamingSniffer(matchers, maxBytesOf(options));
}

class StreamingSniffer implements Sniffer {
  readonly #received: Accumulator;
  readonly #sniffing: Sniffing;
  #final: Recognized | Unrecognized | undefined;

  constructor(matchers: readonly Matcher[], maxBytes: number) {
    this.#received = new Accumulator(maxBytes);
    this.#sniffing = new Sniffing(Object.isFrozen(matchers) ? matchers : [...matchers], maxBytes);
  }

  push(chunk: Uint8Array): Sniffed {
    if (this.#final !== undefined) return this.#final;
    const outcome = this.#sniffing.ask(this.#received.append(asBytes(chunk)), false);
    if (outcome.status !== 'incomplete') this.#final = outcome;
    return outcome;
  }

  end(): Recognized | Unrecognized {
    // At the end nothing is undecided.
    return (this.#final ??= this.#sniffing.ask(this.#received.bytes, true) as Recognized | Unrecognized);
  }

  get bytes(): Bytes {
    return this.#received.bytes.slice();
  }
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
  let weak: DatagramMatcher | undefined;
  for (const matcher of matchers) {
    if ((matcher.weak && weak !== undefined) || matcher.match(input) !== true) continue;
    if (!matcher.weak) return recognized(matcher);
    weak ??= matcher;
  }
  return weak === undefined ? { status: 'unknown' } : recognized(weak);
}

function recognized<N extends string>({ protocol }: { readonly protocol: N }): Recognized<N> {
  return { status: 'complete', protocol };
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
    const within = atMost(bytes, this.#maxBytes);
    const first = byteAt(within, 0);
    const asked = this.#seen === 0 && first !== -1 ? shortlist(this.#open, first) : this.#open;
    /** Of those that say yes and are not weak the one that could say it first. */
    let strong: Matcher<N> | undefined;
    /** Those that did not say no, but for the strong ones that say yes, and of those the weak ones that do. */
    let open: Matcher<N>[] | undefined;
    let weak: Matcher<N>[] | undefined;
    /** What the first of the others needs to decide. */
    let strongNeed = Infinity;
    let weakNeed = Infinity;
    for (const matcher of asked) {
      const answer = ask(matcher, within, this.#seen);
      if (answer === false) continue;
      if (answer === true && !matcher.weak) {
        // No list of them: to make one takes as long as to ask another matcher (measured).
        strong = strong === undefined ? matcher : earlier(strong, matcher, within, 0);
        continue;
      }
      (open ??= []).push(matcher);
      if (answer === true) (weak ??= []).push(matcher);
      else if (matcher.weak) weakNeed = Math.min(weakNeed, answer);
      else strongNeed = Math.min(strongNeed, answer);
    }
    if (strong !== undefined) return recognized(strong);
    // Where nobody has said no, the list stays the one that it is, so that connections share it.
    this.#open = open?.length === asked.length ? asked : (open ?? []);
    this.#seen = bytes.length;

    const left = this.#maxBytes - within.length;
    const isOver = isFinal || left === 0;
    const isWeakTurn = isOver || strongNeed === Infinity;
    if (isWeakTurn && weak !== undefined) {
      const from = weak.length > 1 ? whenStrongSaidNo(this.#all, within) : 0;
      return recognized(weak.reduce((one, other) => earlier(one, other, within, from)));
    }
    if (isOver || open === undefined) return { status: 'unknown' };
    return {
      status: 'incomplete',
      needed: Math.min(isWeakTurn ? weakNeed : strongNeed, left),
      candidates: [...new Set(open.map(({ protocol }) => protocol))],
    };
  }
}

/** For lists that cannot change, nor what is in them, as the presets: by first byte, those that do not refuse it. */
const shortlists = new WeakMap<readonly Matcher[], (readonly Matcher[])[]>();

function shortlist<N extends string>(matchers: readonly Matcher<N>[], first: number): readonly Matcher<N>[] {
  const byFirst = shortlists.get(matchers);
  const known = byFirst?.[first];
  if (known !== undefined) return known as readonly Matcher<N>[];
  const left = matchers.filter((matcher) => !refusesFirst(matcher, first));
  if (byFirst !== undefined) byFirst[first] = left;
  else if (Object.isFrozen(matchers) && matchers.every(Object.isFrozen)) shortlists.set(matchers, []);
  return left;
}

/** Holds a matcher of whoever made it to its `maxBytes`, so that what it says does not depend on the chunks. */
function ask(matcher: Matcher, bytes: Uint8Array, seen: number): boolean | number {
  const answer = matcher.match(bytes, seen);
  const left = matcher.maxBytes - bytes.length;
  if (typeof answer === 'number') return left > 0 && (answer >= 1 ? Math.min(answer, left) : 1);
  return answer && (left >= 0 || keepsToMaxBytes(matcher) || matcher.match(view(bytes, 0, matcher.maxBytes)) === true);
}

/** Of two matchers that say yes, the one that could say it first, but none before `from` bytes are there. */
function earlier<N extends string>(one: Matcher<N>, other: Matcher<N>, bytes: Uint8Array, from: number): Matcher<N> {
  const time = Math.max(from, decisionTime(one, bytes));
  return Math.max(from, decisionTime(other, bytes)) < time ? other : one;
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
