/** tshark as an independent reader of hellos. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytes, concat, u16 } from '../vectors/build.ts';
import { run, temporaryFolder } from './programs.ts';

/**
 * What tshark reads in each flight.
 *
 * @param fields by their names in tshark
 * @returns by flight the fields, several values of one with `|` between them; undefined where tshark gives no line
 */
export async function dissect(flights: readonly Uint8Array[], fields: readonly string[]): Promise<(string[] | undefined)[]> {
  const file = join(temporaryFolder(), 'hellos.pcap');
  writeFileSync(file, capture(flights));
  const columns = ['tcp.stream', ...fields].flatMap((field) => ['-e', field]);
  const form = ['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', '-E', 'aggregator=|'];
  const { output, status } = await run('tshark', ['-n', '-r', file, ...form, ...columns]);
  if (status !== 0) throw new Error(`tshark ended with ${status}: ${output}`);
  const seen = new Map(
    output
      .split('\n')
      .map((line) => line.split('\t'))
      .filter((row) => row.length === fields.length + 1)
      .map(([stream, ...row]) => [Number(stream), row]),
  );
  return flights.map((_, i) => seen.get(i));
}

/** A capture (pcap, raw IPv4) with each flight in one packet of a TCP connection of its own. */
function capture(flights: readonly Uint8Array[]): Uint8Array {
  const le = (value: number, width: number): number[] => Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i) & 0xff);
  const linkTypeRaw = 101;
  const header = bytes(le(0xa1b2c3d4, 4), le(2, 2), le(4, 2), le(0, 8), le(0x40000, 4), le(linkTypeRaw, 4));
  const packets = flights.map((payload, i) => {
    const total = 40 + payload.length;
    const ip = bytes(0x45, 0, u16(total), u16(i), u16(0), 64, 6, u16(0), [127, 0, 0, 1], [127, 0, 0, 1]);
    const tcp = bytes(u16(20_000 + i), u16(443), [0, 0, 0, 1], [0, 0, 0, 1], 0x50, 0x18, u16(0xffff), u16(0), u16(0));
    return bytes(le(i, 4), le(0, 4), le(total, 4), le(total, 4), ip, tcp, payload);
  });
  return concat([header, ...packets]);
}
