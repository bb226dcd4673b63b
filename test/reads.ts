import type { Parser } from '../src/parser.ts';

/** How often each position of the connection was read. */
export type Reads = Map<number, number>;

/**
 * Pushes chunks into a parser, and counts for each push how often each byte of the connection is read: by index, by
 * `indexOf`, and as text. For that, every `Uint8Array` that is made meanwhile is one that counts. Copies count as reads of
 * nothing: a parser copies what comes.
 */
export function countReads<P extends Parser<unknown, string>>(
  newParser: () => P,
  chunks: readonly Uint8Array[],
): [perPush: Reads[], parser: P] {
  const Real = Uint8Array;
  const originals = new WeakMap<object, Uint8Array>();
  const original = (value: unknown): unknown =>
    typeof value === 'object' && value !== null ? (originals.get(value) ?? value) : value;
  /** The memory that holds the connection: what chunks were copied into. */
  const rooms = new WeakSet<object>();
  let reads: Reads = new Map();
  const count = (array: Uint8Array, from: number, to: number): void => {
    if (!rooms.has(array.buffer)) return;
    for (let at = array.byteOffset + from; at < array.byteOffset + to; at++) reads.set(at, (reads.get(at) ?? 0) + 1);
  };

  let chunk: Uint8Array | undefined;
  const counting = (array: Uint8Array): Uint8Array => {
    const proxy = new Proxy(array, {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) count(target, Number(key), Number(key) + 1);
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          const given = args.map(original);
          if (key === 'set' && given[0] === chunk) rooms.add(target.buffer);
          const result: unknown = Reflect.apply(value, target, given);
          if (key === 'indexOf') count(target, Number(args[1] ?? 0), result === -1 ? target.length : Number(result) + 1);
          return result;
        };
      },
      set: (target, key, value) => Reflect.set(target, key, value, target),
    });
    originals.set(proxy, array);
    return proxy;
  };

  const { latin1Slice } = Buffer.prototype;
  Buffer.prototype.latin1Slice = function (this: Buffer, start = 0, end = this.length) {
    const array = original(this) as Buffer;
    count(array, start, end);
    return latin1Slice.call(array, start, end);
  };

  const perPush: Reads[] = [];
  globalThis.Uint8Array = new Proxy(Real, {
    construct: (target, args) => counting(Reflect.construct(target, args.map(original)) as Uint8Array),
  });
  try {
    const parser = newParser();
    for (chunk of chunks) {
      parser.push(chunk);
      perPush.push(reads);
      reads = new Map();
    }
    return [perPush, parser];
  } finally {
    Buffer.prototype.latin1Slice = latin1Slice;
    globalThis.Uint8Array = Real;
  }
}
