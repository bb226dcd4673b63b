import { defineConfig } from 'vitest/config';
import { covered, coveringTests } from './groups.mjs';

/** Which lines and branches of the decoders their own tests reach: all of them. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: coveringTests,
    testTimeout: 30_000,
    pool: 'threads',
    isolate: false,
    coverage: {
      provider: 'v8',
      include: covered,
      reporter: ['text'],
      thresholds: { 100: true },
    },
  },
});
