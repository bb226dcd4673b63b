/** What esbuild makes of sources. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** The library is imported as its users do: by its name, from what was built. */
const root = fileURLToPath(new URL('..', import.meta.url));
const peers = fileURLToPath(new URL('./peers/', import.meta.url));

/**
 * Bundles and minifies, for browsers where that can be.
 *
 * @param {string} contents imports and exports
 * @param {'root' | 'peers'} from whose packages
 * @returns {Promise<{ code: string, platform: 'browser' | 'node' }>}
 */
export async function bundle(contents, from = 'root') {
  const bundleFor = async (platform) => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: from === 'root' ? root : peers },
      ...{ bundle: true, minify: true, format: 'esm', platform, target: 'es2022', write: false, logLevel: 'silent' },
      external: from === 'root' ? ['node:*'] : [],
    });
    return { code: outputFiles[0].text, platform };
  };
  if (from === 'root') return bundleFor('browser');
  return bundleFor('browser').catch(() => bundleFor('node'));
}

/** Imports a file of `src` that is no entry of the package, and what it imports. */
export async function importSource(path) {
  // By way of a file, since Bun takes what a URL of data holds for text.
  const folder = mkdtempSync(join(tmpdir(), 'preread-bench-'));
  try {
    const outfile = join(folder, 'source.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL(`../src/${path}`, import.meta.url))],
      ...{ bundle: true, format: 'esm', target: 'es2022', outfile },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
