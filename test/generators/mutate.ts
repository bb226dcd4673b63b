/** What hostile and broken senders make of bytes. */
import fc from 'fast-check';
import { concat, records } from '../vectors/build.ts';

/** One change. A position is taken modulo the length, so that each change can be made to any bytes. */
type Change =
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'add'; readonly at: number; readonly width: number; readonly delta: number }
  | { readonly kind: 'insert'; readonly at: number; readonly data: Uint8Array }
  | { readonly kind: 'delete'; readonly at: number; readonly count: number }
  | { readonly kind: 'truncate'; readonly at: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly count: number; readonly times: number }
  | { readonly kind: 'splice'; readonly at: number; readonly other: Uint8Array; readonly from: number }
  | { readonly kind: 'refragment'; readonly size: number };

/** Changes of which some put in parts of `others`. */
function changes(others: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Change> {
  const at = fc.nat();
  const kind = <K extends Change['kind']>(name: K): fc.Arbitrary<K> => fc.constant(name);
  return fc.oneof(
    fc.record({ kind: kind('set'), at, byte: fc.nat(255) }),
    fc.record({ kind: kind('flip'), at, bit: fc.nat(7) }),
    // A length field that lies, whatever its width.
    fc.record({ kind: kind('add'), at, width: fc.integer({ min: 1, max: 3 }), delta: fc.integer({ min: -3, max: 3 }) }),
    fc.record({ kind: kind('insert'), at, data: fc.uint8Array({ maxLength: 6 }) }),
    fc.record({ kind: kind('delete'), at, count: fc.nat(6) }),
    fc.record({ kind: kind('truncate'), at }),
    fc.record({ kind: kind('repeat'), at, count: fc.nat(40), times: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: kind('splice'), at, other: others, from: fc.nat() }),
    fc.record({ kind: kind('refragment'), size: fc.integer({ min: 1, max: 200 }) }),
  );
}

function apply(input: Uint8Array, change: Change): Uint8Array {
  if (input.length === 0) return input;
  if (change.kind === 'refragment') return input[0] === 22 ? records(input.subarray(5), change.size) : input;
  const at = change.at % input.length;
  const out = Uint8Array.from(input);
  switch (change.kind) {
    case 'set':
      out[at] = change.byte;
      return out;
    case 'flip':
      out[at]! ^= 1 << change.bit;
      return out;
    case 'add': {
      let carry = change.delta;
      for (let i = Math.min(at + change.width, out.length) - 1; i >= at; i--) {
        carry += out[i]!;
        out[i] = carry;
        carry >>= 8;
      }
      return out;
    }
    case 'insert':
      return concat([out.subarray(0, at), change.data, out.subarray(at)]);
    case 'delete':
      return concat([out.subarray(0, at), out.subarray(at + change.count)]);
    case 'truncate':
      return out.subarray(0, at);
    case 'repeat': {
      const repeated = Array.from({ length: change.times }, () => out.subarray(at, at + change.count));
      return concat([out.subarray(0, at), ...repeated, out.subarray(at)]);
    }
    case 'splice':
      return concat([out.subarray(0, at), change.other.subarray(change.from % (change.other.length + 1))]);
  }
}

/** What `base` gives with up to four changes, of which some put in parts of `others`. */
export function mutated(base: fc.Arbitrary<Uint8Array>, others: fc.Arbitrary<Uint8Array> = base): fc.Arbitrary<Uint8Array> {
  return fc.tuple(base, fc.array(changes(others), { maxLength: 4 })).map(([input, list]) => list.reduce(apply, input));
}
