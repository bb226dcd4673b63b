/** What esbuild makes of sources: of ours for what is not exported, and of imports for their size. */
import { buildSync } from 'esbuild';
import { fileURLToPath } from 'node:url';

const { outputFiles } = buildSync({
  entryPoints: [fileURLToPath(new URL('../src/proxy/crc32c.ts', import.meta.url))],
  ...{ bundle: true, format: 'esm', target: 'es2022', write: false },
});

/** @type {(bytes: Uint8Array, end: number, field?: number) => number} */
export const { crc32c } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
