/**
 * What a matcher is, and the ways to make one.
 *
 * @module
 */
import { asBytes } from '../cursor.ts';
import { Flight } from './flight.ts';

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

/** @param recognize steps over the flight, true once all of them are right */
/* @__NO_SIDE_EFFECTS__ */
export function matcher<N extends string>(
  protocol: N,
  maxBytes: number,
  recognize: (flight: Flight) => boolean,
): Matcher<N> {
  return {
    protocol,
    maxBytes,
    match(bytes, seen = 0) {
      const input = asBytes(bytes);
      const flight = new Flight(input, maxBytes, seen);
      if (recognize(flight)) return true;
      const { missing } = flight;
      return missing > 0 && input.length + missing <= maxBytes && missing;
    },
  };
}

/* @__NO_SIDE_EFFECTS__ */
export function weakMatcher<N extends string>(
  protocol: N,
  maxBytes: number,
  recognize: (flight: Flight) => boolean,
): Matcher<N> {
  return { ...matcher(protocol, maxBytes, recognize), weak: true };
}

/* @__NO_SIDE_EFFECTS__ */
export function datagramMatcher<N extends string>(
  protocol: N,
  recognize: (datagram: Flight) => boolean,
): DatagramMatcher<N> {
  return { protocol, match: (datagram) => recognize(new Flight(asBytes(datagram), Infinity, 0)) };
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
  return matcher(protocol, maxBytes, (flight) => flight.oneOf(texts));
}
