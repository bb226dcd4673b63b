/** The engine's rules, with matchers made for each of them. Those for real protocols are in matchers.test.ts. */
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { createSniffer, prefix, sniff, sniffDatagram, ssh, tcp, tls, udp, web } from '../../src/sniff/index.ts';
import type { Matcher, Sniffed, TcpProtocol, UdpProtocol } from '../../src/sniff/index.ts';
import { numRuns } from '../runs.ts';
import { bytes as text } from '../vectors/build.ts';

const weak = <N extends string>(matcher: Matcher<N>): Matcher<N> => ({ ...matcher, weak: true });

/** Decides with so many bytes, and not before. */
const at = <N extends string>(protocol: N, length: number, answer = true): Matcher<N> => ({
  protocol,
  maxBytes: length,
  match: (bytes) => (bytes.length < length ? length - bytes.length : answer),
});

const unknown = { status: 'unknown' } as const;
const complete = <N extends string>(protocol: N): Sniffed<N> => ({ status: 'complete', protocol });
const incomplete = (needed: number, ...candidates: string[]): Sniffed => ({ status: 'incomplete', needed, candidates });

describe('a strong yes', () => {
  test('wins at once, whatever others still wait for', () => {
    expect(sniff(text('abc'), [at('slow', 10), at('fast', 3)])).toEqual(complete('fast'));
    expect(sniff(text('abc'), [at('fast', 3), at('slow', 10)])).toEqual(complete('fast'));
  });

  test('wins over a weak one that came before it', () => {
    expect(sniff(text('abcdef'), [weak(at('weak', 1)), at('strong', 6)])).toEqual(complete('strong'));
  });

  test('of several, the one wins that could say it first, however many bytes there are', () => {
    for (const list of [[at('late', 5), at('early', 2)], [at('early', 2), at('late', 5)]]) {
      for (const bytes of ['ab', 'abcd', 'abcde', 'abcdefghij']) expect(sniff(text(bytes), list)).toEqual(complete('early'));
    }
  });

  test('of those that say it with the same byte, the first in the list', () => {
    expect(sniff(text('abc'), [at('one', 2), at('other', 2)])).toEqual(complete('one'));
    expect(sniff(text('abc'), [at('other', 2), at('one', 2)])).toEqual(complete('other'));
  });
});

describe('a no', () => {
  test('never ends the search for others', () => {
    expect(sniff(text('ab'), [prefix('x', 'x'), at('late', 5), prefix('y', 'y')])).toEqual(incomplete(3, 'late'));
  });

  test('of all is unknown, as early as it can be known', () => {
    const list = [prefix('x', 'abx'), prefix('y', 'aby')];
    expect(sniff(text('ab'), list)).toEqual(incomplete(1, 'x', 'y'));
    expect(sniff(text('abz'), list)).toEqual(unknown);
    expect(sniff(text('b'), list)).toEqual(unknown);
  });

  test('is what a matcher means that is undecided with maxBytes, or says yes only with more', () => {
    const never: Matcher<'never'> = { protocol: 'never', maxBytes: 4, match: () => 1 };
    const late: Matcher<'late'> = { ...at('late', 6), maxBytes: 4 };
    for (const matcher of [never, late]) {
      expect(sniff(text('abc'), [matcher])).toEqual(incomplete(1, matcher.protocol));
      expect(sniff(text('abcd'), [matcher])).toEqual(unknown);
      expect(sniff(text('abcdefgh'), [matcher])).toEqual(unknown);
    }
  });

  test('cannot come later than maxBytes, nor needed be less than one, whatever a matcher asks for', () => {
    for (const [asked, needed] of [[100, 4], [4, 4], [0, 1], [-1, 1], [NaN, 1]] as const) {
      expect(sniff(text('a'), [{ protocol: 'own', maxBytes: 5, match: () => asked }])).toEqual(incomplete(needed, 'own'));
    }
  });
});

describe('a weak yes', () => {
  const list = [weak(at('weak', 2)), at('strong', 6, false)];

  test('waits until every strong matcher has said no', () => {
    expect(sniff(text('ab'), list)).toEqual(incomplete(4, 'weak', 'strong'));
    expect(sniff(text('abcde'), list)).toEqual(incomplete(1, 'weak', 'strong'));
    expect(sniff(text('abcdef'), list)).toEqual(complete('weak'));
  });

  test('or until no more bytes will come', () => {
    expect(sniff(text('ab'), list, { final: true })).toEqual(complete('weak'));
    expect(sniff(text('a'), list, { final: true })).toEqual(unknown);
  });

  test('of several, the one wins that could first be heard', () => {
    const late = weak(at('late', 5));
    const early = weak(at('early', 2));
    const earlier = weak(at('earlier', 1));
    for (const bytes of ['abcde', 'abcdefgh']) {
      expect(sniff(text(bytes), [late, early])).toEqual(complete('early'));
      // Before the third byte neither is heard, and then both at once.
      expect(sniff(text(bytes), [late, early, earlier, at('strong', 3, false)])).toEqual(complete('early'));
      expect(sniff(text(bytes), [late, earlier, early, at('strong', 3, false)])).toEqual(complete('earlier'));
    }
    expect(sniff(text('abcde'), [late, early, at('strong', 9)], { final: true })).toEqual(complete('late'));
  });

  test('while there is none, waits for the first weak matcher to decide', () => {
    expect(sniff(text('ab'), [weak(at('slow', 9)), weak(at('fast', 5)), prefix('x', 'x')])).toEqual(incomplete(3, 'slow', 'fast'));
  });
});

describe('needed and candidates', () => {
  test('needed is what the first strong matcher needs', () => {
    expect(sniff(text('ab'), [at('slow', 10), at('fast', 4), weak(at('weak', 3))])).toEqual(incomplete(2, 'slow', 'fast', 'weak'));
  });

  test('candidates are in the order of the list, each once', () => {
    expect(sniff(text(''), [prefix('b', 'x'), prefix('a', 'xy'), prefix('b', 'xyz')])).toEqual(incomplete(1, 'b', 'a'));
  });

  test('no bytes are not an answer: every protocol may come', () => {
    expect(sniff(new Uint8Array(0))).toEqual({ status: 'incomplete', needed: 1, candidates: tcp.map(({ protocol }) => protocol) });
    expect(sniff(new Uint8Array(0), tcp, { final: true })).toEqual(unknown);
  });

  test('no matcher knows nothing', () => {
    expect(sniff(text('abc'), [])).toEqual(unknown);
    expect(sniff(text(''), [])).toEqual(unknown);
    expect(sniffDatagram(text('abc'), [])).toEqual(unknown);
  });
});

describe('maxBytes', () => {
  const list = [at('strong', 10), weak(at('weak', 2))];

  test('with so many bytes it is decided as if no more would come', () => {
    expect(sniff(text('abc'), list, { maxBytes: 5 })).toEqual(incomplete(2, 'strong', 'weak'));
    for (const bytes of ['abcde', 'abcdef', 'abcdefghijkl']) {
      expect(sniff(text(bytes), list, { maxBytes: 5 })).toEqual(complete('weak'));
      expect(sniff(text(bytes), [at('strong', 10)], { maxBytes: 5 })).toEqual(unknown);
    }
    expect(sniff(text('abcdefghij'), list, { maxBytes: 10 })).toEqual(complete('strong'));
  });

  test('is whole bytes, and none at all where it is no number', () => {
    expect(sniff(text('a'), list, { maxBytes: 2.9 })).toEqual(incomplete(1, 'strong', 'weak'));
    for (const maxBytes of [0, -1, NaN]) expect(sniff(text('abcdefghij'), list, { maxBytes })).toEqual(unknown);
  });

  test('bounds what a sniffer keeps', () => {
    const sniffer = createSniffer(list, { maxBytes: 4 });
    expect(sniffer.push(text('abc')).status).toBe('incomplete');
    expect(sniffer.push(text('defgh'))).toEqual(complete('weak'));
    expect(sniffer.push(text('ijk'))).toEqual(complete('weak'));
    expect(Buffer.from(sniffer.bytes).toString()).toBe('abcdefgh');
  });
});

describe('createSniffer', () => {
  const lists: readonly (readonly Matcher[])[] = [
    tcp,
    web,
    [at('slow', 9), at('fast', 4), prefix('x', 'abx')],
    [weak(at('w1', 3)), weak(at('w2', 2)), at('no', 5, false), prefix('s', 'abcdefgh')],
    [weak(at('w1', 3)), weak(at('w2', 2)), at('never', 50, false)],
  ];
  const options = [undefined, { maxBytes: 4 }, { maxBytes: 0 }];

  test('gives the one-shot answer at every split, and end() the final one', () => {
    const input = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom('abcdefghijk', 'abx', 'GET /', 'SSH-').map(text));
    fc.assert(
      fc.property(input, fc.array(fc.nat(40), { maxLength: 8 }), (bytes, cuts) => {
        const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
        for (const list of lists) {
          for (const option of options) {
            const sniffer = createSniffer(list, option);
            let from = 0;
            let decided: Sniffed | undefined;
            for (const to of [...ends, bytes.length]) {
              const sniffed = sniffer.push(bytes.subarray(from, to));
              expect(sniffed).toEqual(decided ?? sniff(bytes.subarray(0, to), list, option));
              if (decided === undefined) expect(sniffer.bytes).toEqual(bytes.slice(0, to));
              if (sniffed.status !== 'incomplete') decided ??= sniffed;
              from = to;
            }
            expect(sniffer.end()).toEqual(decided ?? sniff(bytes, list, { ...option, final: true }));
            expect(sniffer.end()).toEqual(sniffer.push(text('more')));
          }
        }
      }),
      { numRuns },
    );
  });

  test('asks no matcher again that has said no', () => {
    let asked = 0;
    const counting: Matcher<'counting'> = { protocol: 'counting', maxBytes: 9, match: (bytes) => (asked++, bytes.length < 2 && 1) };
    const sniffer = createSniffer([counting, at('slow', 9)]);
    for (let i = 0; i < 8; i++) sniffer.push(text('a'));
    expect(asked).toBe(2);
  });

  test('tells a matcher how many bytes it has seen before', () => {
    const calls: [length: number, seen: number | undefined][] = [];
    const noting: Matcher<'noting'> = {
      protocol: 'noting',
      maxBytes: 6,
      match: (bytes, seen) => (calls.push([bytes.length, seen]), bytes.length < 6 ? 1 : true),
    };
    const sniffer = createSniffer([noting]);
    for (const chunk of ['ab', 'c', '', 'def']) sniffer.push(text(chunk));
    expect(calls).toEqual([[2, 0], [3, 2], [3, 3], [6, 3]]);
  });

  test('copies what it is given, and gives a copy', () => {
    const sniffer = createSniffer([prefix('x', 'abc')]);
    const chunk = text('ab');
    sniffer.push(chunk);
    chunk.fill(0);
    sniffer.bytes.fill(0);
    expect(sniffer.push(text('c'))).toEqual(complete('x'));
    expect(Buffer.from(sniffer.bytes).toString()).toBe('abc');
    expect(Object.getPrototypeOf(sniffer.bytes)).toBe(Uint8Array.prototype);
  });

  test('keeps to the list that it was made with', () => {
    const list: Matcher[] = [prefix('x', 'abc')];
    const sniffer = createSniffer(list);
    list.length = 0;
    expect(sniffer.push(text('abc'))).toEqual(complete('x'));
  });
});

describe('what is remembered of matchers', () => {
  const git = prefix('git', '0032git');

  test('belongs to their question, not to what a caller makes of them', () => {
    for (const list of [[{ ...git, match: ssh.match }], Object.freeze([{ ...git, match: ssh.match }])]) {
      for (let i = 0; i < 3; i++) {
        expect(sniff(text('SSH-2.0-x'), list)).toEqual(complete('git'));
        expect(sniff(text('0032git'), list)).toEqual(unknown);
      }
    }
    expect(sniff(text('0032git'), [git])).toEqual(complete('git'));
  });

  test('leaves a shorter maxBytes in force', () => {
    for (const maxBytes of [1, 6]) expect(sniff(text('0032git-'), [{ ...git, maxBytes }])).toEqual(unknown);
    for (const maxBytes of [7, 9]) expect(sniff(text('0032git-'), [{ ...git, maxBytes }])).toEqual(complete('git'));
  });

  test('is no no where the first byte is all that a matcher needs', () => {
    const one = prefix('one', 'a');
    for (const list of [[one], Object.freeze([one])]) {
      for (let i = 0; i < 3; i++) expect(sniff(text('a'), list)).toEqual(complete('one'));
    }
  });

  test('does not outlive a change of a matcher in a frozen list', () => {
    const changing = { ...git };
    const list = Object.freeze([ssh, changing]);
    for (let i = 0; i < 3; i++) expect(sniff(text('abc'), list)).toEqual(unknown);
    changing.match = (): boolean => true;
    expect(sniff(text('abc'), list)).toEqual(complete('git'));
  });

  test('does not outlive a change of the list', () => {
    const list: Matcher[] = [ssh];
    expect(sniff(text('0032git'), list)).toEqual(unknown);
    list.push(git);
    expect(sniff(text('0032git'), list)).toEqual(complete('git'));
    list.length = 0;
    expect(sniff(text('0032git'), list)).toEqual(unknown);
  });

  test('is the same for every first byte, in a list that is frozen and in one that is not', () => {
    expect([tcp, web, udp].every(Object.isFrozen)).toBe(true);
    for (const preset of [tcp, web] as readonly (readonly Matcher[])[]) {
      for (let byte = 0; byte < 256; byte++) {
        const bytes = Uint8Array.of(byte, 0x45, 0x54, 0x20);
        for (const input of [bytes.subarray(0, 1), bytes, bytes]) {
          const asked = preset.map((matcher) => ({ ...matcher, match: (given: Uint8Array) => matcher.match(given) }));
          expect(sniff(input, preset)).toEqual(sniff(input, asked));
          expect(sniff(input, [...preset])).toEqual(sniff(input, asked));
        }
      }
    }
  });

  test('waits for the first byte, however often none comes', () => {
    const sniffer = createSniffer();
    for (let i = 0; i < 3; i++) expect(sniffer.push(text('')).status).toBe('incomplete');
    expect(sniffer.push(text('S')).status).toBe('incomplete');
    expect(sniffer.push(text('SH-'))).toEqual(complete('ssh'));
  });
});

describe('sniffDatagram', () => {
  test('is never incomplete: what a matcher still waits for will not come', () => {
    expect(sniffDatagram(text('ab'), [at('slow', 3), at('fast', 2)])).toEqual(complete('fast'));
    expect(sniffDatagram(text('a'), [at('slow', 3), at('fast', 2)])).toEqual(unknown);
    expect(sniffDatagram(new Uint8Array(0))).toEqual(unknown);
  });

  test('hears weak matchers last', () => {
    expect(sniffDatagram(text('ab'), [weak(at('weak', 1)), at('strong', 2)])).toEqual(complete('strong'));
    expect(sniffDatagram(text('ab'), [weak(at('weak', 1)), at('strong', 3)])).toEqual(complete('weak'));
  });
});

describe('prefix', () => {
  test('is yes for any of its texts, one byte per character', () => {
    const matcher = prefix('x', 'ab', '\xff\0c');
    expect(matcher).toMatchObject({ protocol: 'x', maxBytes: 3 });
    expect(matcher.match(Uint8Array.of(0xff, 0, 0x63, 1))).toBe(true);
    expect(matcher.match(Uint8Array.of(0xff, 0))).toBe(1);
    expect(matcher.match(text('ab'))).toBe(true);
    expect(matcher.match(text('ac'))).toBe(false);
    expect(matcher.match(text(''))).toBe(1);
  });

  test('must have texts of bytes', () => {
    expect(() => prefix('x')).toThrow(TypeError);
    expect(() => prefix('x', 'a', '')).toThrow(TypeError);
    expect(() => prefix('x', 'a', '\u0100')).toThrow(RangeError);
    expect(() => prefix('x')).toThrow(/^x: a prefix must not be empty/);
    expect(() => prefix('x', '\u0100')).toThrow(/^x: a prefix has a character above/);
  });
});

test('bytes of another class or realm are bytes, and anything else is a mistake of the caller', () => {
  const bytes = text('..SSH-2.0-x');
  expect(sniff(Buffer.from(bytes.buffer, 2))).toEqual(complete('ssh'));
  expect(sniff(new DataView(bytes.buffer, 2) as unknown as Uint8Array)).toEqual(complete('ssh'));
  for (const call of [sniff, sniffDatagram, createSniffer().push]) {
    expect(() => (call as (bytes: unknown) => unknown)('SSH-2.0-x')).toThrow(TypeError);
  }
});

test('the protocol is of the names passed in', () => {
  expectTypeOf(sniff(text(''))).toEqualTypeOf<Sniffed<TcpProtocol>>();
  expectTypeOf(sniff(text(''), undefined, { final: true })).toEqualTypeOf<Sniffed<TcpProtocol>>();
  expectTypeOf(sniff(text(''), [tls, ssh])).toEqualTypeOf<Sniffed<'tls' | 'ssh'>>();
  expectTypeOf(sniff(text(''), [...web, prefix('git', 'x')])).toEqualTypeOf<Sniffed<'tls' | 'http1' | 'http2' | 'git'>>();
  expectTypeOf(createSniffer([ssh]).push).returns.toEqualTypeOf<Sniffed<'ssh'>>();
  const maybe = [tls] as readonly Matcher<'tls'>[] | undefined;
  expectTypeOf(sniff(text(''), maybe)).toEqualTypeOf<Sniffed<TcpProtocol>>();
  expectTypeOf(createSniffer(maybe && [...maybe, prefix('git', 'x')]).end).returns.toExtend<{ status: string }>();
  expectTypeOf(sniffDatagram(text(''), undefined)).toEqualTypeOf(sniffDatagram(text('')));
  const datagram = sniffDatagram(text(''), [...udp, ssh]);
  if (datagram.status === 'complete') expectTypeOf(datagram.protocol).toEqualTypeOf<UdpProtocol | 'ssh'>();
  // @ts-expect-error a matcher for datagrams cannot say that it waits
  sniff(text(''), udp);
});
