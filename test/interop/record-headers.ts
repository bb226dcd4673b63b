/** The header of a record, and where the record stands. */
export interface RecordSpan {
  readonly version: number;
  readonly start: number;
  readonly end: number;
}

/** The records that a flight begins with, up to that in which byte `size` is the last one of the hello. */
export function recordsUpTo(flight: Uint8Array, size: number): RecordSpan[] {
  const spans: RecordSpan[] = [];
  for (let start = 0, end: number; start < size; start = end) {
    end = start + 5 + ((flight[start + 3]! << 8) | flight[start + 4]!);
    spans.push({ version: (flight[start + 1]! << 8) | flight[start + 2]!, start, end });
  }
  return spans;
}
