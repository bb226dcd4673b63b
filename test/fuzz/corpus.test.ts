/** What the fuzzer by coverage found worth keeping, to everything that the fuzzers hold the answers to. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sample } from '../runs.ts';
import { targets } from './targets.ts';
import type { Tally } from './targets.ts';

describe.each(targets)('$name', ({ name, check }) => {
  const folder = new URL(`corpus/${name}/`, import.meta.url);
  const files = readdirSync(folder);

  test('every input of the corpus, under all laws', () => {
    const tally: Tally = new Map();
    for (const file of sample(files, 5)) check(new Uint8Array(readFileSync(new URL(file, folder))), tally);
    expect(files.length).toBeGreaterThan(10);
    for (const laws of tally.values()) expect(Math.min(...laws.values())).toBeGreaterThan(0);
  });
});

test('the corpus has a folder for every target and no other', () => {
  expect(readdirSync(new URL('corpus/', import.meta.url)).sort()).toEqual(targets.map(({ name }) => name).sort());
});
