/** What jazzer.js loads: each input that libFuzzer makes, to the target that `PREREAD_FUZZ_TARGET` names. */
import { writeFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { targetNamed } from './targets.ts';

const { PREREAD_FUZZ_TARGET, PREREAD_FUZZ_TALLY, PREREAD_FUZZ_NODE } = process.env;
const target = targetNamed(PREREAD_FUZZ_TARGET ?? '');
const tally = new Map();
if (PREREAD_FUZZ_TALLY) process.on('exit', () => writeFileSync(PREREAD_FUZZ_TALLY, serialize(tally)));
// It starts itself again by this name to minimise a corpus.
if (PREREAD_FUZZ_NODE) process.argv[0] = PREREAD_FUZZ_NODE;

export function fuzz(data) {
  target.check(Uint8Array.from(data), tally);
}
