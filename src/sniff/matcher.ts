/**
 * What a matcher is, and the ways to make one.
 *
 * @module
 */
import { asBytes } from '../cursor.ts';
import type { Words } from '../cursor.ts';
import { oneOf } from './flight.ts';
import type { Flight } from './flight.ts';

/**
 * Tells one protocol from all others by the first bytes of a connection.
 *
 * @typeParam N the protocol's name
 */
export interface Matcher<N extends string = string> {
  readonly protocol: N;
  /** With so many bytes it has decided: where it has not, that is a no. */
  readonly maxBytes: number;
  /** Set where it goes by structure alone: its yes counts only once every matcher without this has said no. */
  readonly weak?: true | undefined;
  /**
   * Whether the connection speaks the protocol: yes, no, or not known before at least so many (1 or more) bytes more
   * have come. A yes or no is for ever, whatever follows. Never throws.
   *
   * @param bytes all bytes so far
   * @param seen of those, how many it was given when it was last asked about this connection, if it was; it need not
   *   look at them again
   */
  match(bytes: Uint8Array, seen?: number): boolean | number;
}

/** Tells one protocol from all others by a whole datagram. A {@link Matcher} is one too. */
export interface DatagramMatcher<N extends string = string> {
  readonly protocol: N;
  /** As of a {@link Matcher}. */
  readonly weak?: true | undefined;
  /** Whether the datagram is of the protocol. A number is a no: nothing more will come. */
  match(datagram: Uint8Array): boolean | number;
}

/** The question of a matcher, and of those that {@link matcher} makes what spares the engine to ask it. */
interface Match {
  (bytes: Uint8Array, seen?: number): boolean | number;
  /** It looks at no byte behind so many. */
  readonly maxBytes?: number;
  /** Whether it refuses every connection that begins with a byte. */
  readonly refuses?: (byte: number) => boolean;
}
/** What is known of a matcher and a first byte, where it was asked. */
const MAY = 1;
const REFUSED = 2;

/**
 * Whether a matcher refuses every connection that begins with this byte. A no to one byte is a no for ever, and nearly
 * all matchers say no: to remember that takes a fifth of the time of asking (measured). Those of callers are not asked
 * for more than they must be.
 */
export function refusesFirst({ match }: { readonly match: Match }, byte: number): boolean {
  return match.refuses !== undefined && match.refuses(byte);
}

/** Whether a matcher looks at no more than its `maxBytes`, however many bytes there are. */
export function keepsToMaxBytes({ match, maxBytes }: { readonly match: Match; readonly maxBytes: number }): boolean {
  return match.maxBytes !== undefined && match.maxBytes <= maxBytes;
}

/** @param recognize steps over the flight, true once all of them are right */
/* @__NO_SIDE_EFFECTS__ */
export function matcher<N extends string>(
  protocol: N,
  maxBytes: number,
  recognize: (flight: Flight) => boolean,
): Matcher<N> {
  const match: Match = (bytes, seen = 0) => {
    const input = asBytes(bytes);
    const flight = flightOf(input, Math.min(input.length, maxBytes), seen);
    if (recognize(flight)) return true;
    const { missing } = flight;
    return missing > 0 && input.length + missing <= maxBytes && missing;
  };
  const firsts = new Uint8Array(256);
  const refuses = (byte: number): boolean => {
    if (firsts[byte] === 0) firsts[byte] = match(new Uint8Array([byte])) === false ? REFUSED : MAY;
    return firsts[byte] === REFUSED;
  };
  // Not for people to see, nor to change.
  Object.defineProperties(match, { maxBytes: { value: maxBytes }, refuses: { value: Object.freeze(refuses) } });
  return Object.freeze({ protocol, maxBytes, match: Object.freeze(match) });
}

/* @__NO_SIDE_EFFECTS__ */
export function weakMatcher<N extends string>(
  protocol: N,
  maxBytes: number,
  recognize: (flight: Flight) => boolean,
): Matcher<N> {
  return Object.freeze({ ...matcher(protocol, maxBytes, recognize), weak: true });
}

/* @__NO_SIDE_EFFECTS__ */
export function datagramMatcher<N extends string>(
  protocol: N,
  recognize: (datagram: Flight) => boolean,
): DatagramMatcher<N> {
  const match = (datagram: Uint8Array): boolean => {
    const input = asBytes(datagram);
    return recognize(flightOf(input, input.length, 0));
  };
  return Object.freeze({ protocol, match: Object.freeze(match) });
}

function flightOf(bytes: Uint8Array, length: number, seen: number): Flight {
  return { bytes, length, seen, offset: 0, value: 0, missing: 0 };
}

/**
 * Makes a matcher for a protocol that begins with one of some texts, one byte per character.
 *
 * @throws TypeError without a text, or for an empty one
 * @throws RangeError for a character above U+00FF
 *
 * @example
 * const git = prefix('git', '0032git-upload-pack ', '0033git-receive-pack ');
 * console.log(sniff(new TextEncoder().encode('0032git-upload-pack /a'), [git])); // { status: 'complete', protocol: 'git' }
 */
/* @__NO_SIDE_EFFECTS__ */
export function prefix<N extends string>(protocol: N, ...texts: readonly string[]): Matcher<N> {
  if (texts.length === 0 || texts.includes('')) throw new TypeError(`${protocol}: a prefix must not be empty`);
  if (!/^[\0-\xff]*$/.test(texts.join(''))) throw new RangeError(`${protocol}: a prefix has a character above U+00FF`);
  const maxBytes = Math.max(...texts.map((text) => text.length));
  const words: Words = { texts };
  return matcher(protocol, maxBytes, (flight) => oneOf(flight, words));
}
