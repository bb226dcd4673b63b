/** Whether a file was started, rather than imported. */
import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** By real paths, since what was started may be a link. */
export function isMain(url, started = process.argv[1]) {
  return started !== undefined && existsSync(started) && realpathSync(started) === realpathSync(fileURLToPath(url));
}
