/** Hellos changed as hellos: an extension, the name, the records, with all lengths outside right mostly. */
import { decodeClientHello } from 'preread/tls';
import { bytes, concat, extension, record, records, serverName, u16, u24, unrecorded } from '../vectors/build.ts';
import type { Random } from './random.ts';

/** A hello in parts that can be changed and put together again, with all lengths right. */
export interface Parts {
  /** Of the body, up to the extensions block. */
  readonly head: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

export function partsOf(flight: Uint8Array): Parts {
  const message = unrecorded(flight);
  const hello = decodeClientHello(record(message));
  if (hello.status !== 'complete') throw new Error(hello.status);
  const extensions = hello.value.extensions.map(({ type, data }) => extension(type, data));
  const block = extensions.reduce((sum, { length }) => sum + length, 0);
  return { head: message.slice(4, message.length - block - 2), extensions };
}

/** The handshake message. */
export function assemble({ head, extensions }: Parts): Uint8Array {
  const block = concat(extensions);
  const body = bytes(head, u16(block.length), block);
  return bytes(1, u24(body.length), body);
}

/** One change to a hello: to a byte of it, to a list of extensions, to its records. */
export function changedHello(flight: Uint8Array, { below, pick, shuffle }: Random): Uint8Array {
  const parts = partsOf(flight);
  const { head, extensions } = parts;
  const whole = assemble(parts);
  const chosen = below(extensions.length);
  const isSni = (part: Uint8Array): boolean => part[0] === 0 && part[1] === 0;
  const rebuilt = (changed: readonly Uint8Array[]): Uint8Array => record(assemble({ head, extensions: changed }));
  const replaced = (at: number, ...by: Uint8Array[]): Uint8Array => rebuilt(extensions.toSpliced(at, 1, ...by));
  const altered = (source: Uint8Array, from = 0): Uint8Array => {
    const copy = source.slice();
    const at = from + below(copy.length - from);
    copy[at] = pick([copy[at]! ^ (1 << below(8)), copy[at]! + 1, copy[at]! - 1, below(256), 0, 0xff]);
    return copy;
  };
  const name = (text: string): Uint8Array => {
    const at = extensions.findIndex(isSni);
    return at < 0 ? rebuilt([serverName(text), ...extensions]) : replaced(at, serverName(text));
  };

  return pick<() => Uint8Array>([
    // Any byte: of the flight, of an extension, of the name.
    () => altered(flight),
    () => altered(flight),
    () => replaced(chosen, altered(extensions[chosen]!)),
    () => replaced(chosen, altered(extensions[chosen]!, 2)),
    () => rebuilt(extensions.map((part) => (isSni(part) ? altered(part, 4) : part))),
    () => rebuilt(extensions.map((part) => (isSni(part) ? altered(part, 9) : part))),
    // Too short or too long, with every length outside it right or none.
    () => flight.slice(0, below(flight.length)),
    () => record(bytes(1, u24(whole.length - 4), altered(whole.slice(4, 4 + head.length + 2), 34), whole.slice(6 + head.length))),
    () => replaced(chosen, extension(below(60), extensions[chosen]!.slice(4, 4 + below(extensions[chosen]!.length)))),
    () => replaced(chosen, bytes(extensions[chosen]!, below(256))),
    () => record(bytes(1, u24(whole.length - 4 + below(3)), whole.slice(4), new Uint8Array(below(4)))),
    // Extensions in another order, twice, gone, empty, more of them, another name.
    () => rebuilt(shuffle(extensions)),
    () => rebuilt([...extensions.slice(0, chosen), extensions[chosen]!, ...extensions.slice(chosen)]),
    () => rebuilt([extension(0x5a5a), ...extensions, extension(0x5a5a)]),
    () => rebuilt(extensions.toSpliced(chosen, 1)),
    () => replaced(chosen, extension((extensions[chosen]![0]! << 8) | extensions[chosen]![1]!)),
    () => name(pick(['UPPER.Example', 'dot.example.', 'a_b.example', 'a b', '*.example', '192.0.2.1', '::1', 'é.example', '1.2', '-', '.', 'x'.repeat(64), `${'y.'.repeat(127)}z`, 'a\0b', ''])),
    () => rebuilt([bytes(0, 0, u16(18), u16(16), 0, u16(5), 'a.com', 0, u16(5), 'b.com'), ...extensions.filter((part) => !isSni(part))]),
    // In other records, with something between them.
    () => records(whole, 1 + below(whole.length)),
    () => records(whole, 1 + below(20)),
    () => concat([record(whole.slice(0, 1 + chosen), 22, 0x0300 + below(256)), record(whole.slice(1 + chosen), 22, 0x0300 + below(256))]),
    () => concat([record(whole.slice(0, 60)), record(pick([bytes(), bytes(1), bytes(1, 0), bytes(1, 100)]), pick([20, 21, 22, 23])), record(whole.slice(60))]),
    () => concat([record(whole), altered(record(whole))]),
  ])();
}
