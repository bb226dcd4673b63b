import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';

/** The router whole, between real clients and servers, and among hostile ones. One file at a time: it is timed. */
const config: ViteUserConfig = defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/e2e/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
export default config;
