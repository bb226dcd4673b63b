/**
 * Lengths of beginnings to look at, from none to all of `length` bytes: those below `start`, the last `end` and all,
 * and of those between every `step`th.
 */
export function lengthsOf(length: number, start: number, end: number, step: number): number[] {
  const all = Array.from({ length: length + 1 }, (_, at) => at);
  return all.filter((at) => at < start || at > length - end || at % step === 0);
}
