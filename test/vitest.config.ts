import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';

/** The quick suites: no network, no other program. The slower ones bring a config or runner of their own. */
const config: ViteUserConfig = defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'test/e2e/**', 'test/runtimes/**', 'test/package/**', '**/node_modules/**'],
    testTimeout: 30_000,
    // On two cores the default leaves one idle: 50 seconds in place of 28.
    maxWorkers: '100%',
    pool: 'threads',
    isolate: false,
  },
});
export default config;
