/**
 * Bytes of TLS as the specifications lay them out: well-formed mostly, and almost right sometimes. They are what the laws
 * and other makers' readers are tried on.
 */
import fc from 'fast-check';
import { bytes, concat, record, u16 } from '../vectors/build.ts';
import { helloMessages, plainMessages } from './client-hellos.ts';
import { followed, inRecords, interrupted } from './records.ts';
import { mostly, opaque, u8 } from './values.ts';

export { helloMessages } from './client-hellos.ts';
export { extensions, structuredTypes, wellFormedOf } from './extensions.ts';
export { alerts, serverFlights } from './server-flights.ts';

/** A hello as SSLv2 had it (RFC 5246 E.2): of what goes into three bytes, suites of TLS begin with zero. */
const sslv2Hellos: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.constantFrom(0x0303, 0x0300, 0x0002),
    fc.array(fc.constantFrom([0, 0, 0x2f], [0, 0xc0, 0x2b], [1, 0, 0x80]), { minLength: 1, maxLength: 5 }),
    opaque(16, 32),
    mostly([6, fc.constant(0)], [1, u8]),
  )
  .map(([version, specs, challenge, more]) => {
    const lengths = [3 * specs.length + more, 0, challenge.length].map(u16);
    const body = bytes(1, u16(version), lengths, specs, challenge);
    return bytes(u16(0x8000 | body.length), body);
  });

const helloRecords = inRecords(helloMessages);

/** What a client says first: more than two of three are a whole hello. */
export const clientFlights: fc.Arbitrary<Uint8Array> = mostly(
  [30, followed(helloRecords)],
  [5, followed(interrupted(helloRecords))],
  [1, fc.tuple(helloRecords, fc.nat(600)).map(([all, end]) => concat(all).slice(0, end))],
  // Another message in the record in which the hello ends.
  [1, fc.tuple(helloMessages, mostly([1, helloMessages], [1, opaque(1, 20)])).map((messages) => record(concat(messages)))],
  [1, sslv2Hellos],
);

/** Well-formed hellos as whole flights, with a name of a host, an address or none, and what a server needs to answer them. */
export const plainHellos: fc.Arbitrary<Uint8Array> = inRecords(plainMessages).map(concat);
