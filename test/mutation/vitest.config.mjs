import { defineConfig } from 'vitest/config';
import { groups } from './groups.mjs';

const all = Object.values(groups);

/** Which lines and branches of what is mutated the same tests reach: all of them. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: [...new Set(all.flatMap(({ tests }) => tests))],
    testTimeout: 30_000,
    pool: 'threads',
    isolate: false,
    coverage: {
      provider: 'v8',
      include: all.flatMap(({ mutate }) => mutate),
      reporter: ['text'],
      thresholds: { 100: true },
    },
  },
});
