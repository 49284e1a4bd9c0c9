import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of a file that the package ships beside its code, wherever the code was built to. */
export function packageFile(...parts: readonly string[]): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) {
    const above = dirname(dir);
    if (above === dir) throw new Error('there is no package.json above the code');
    dir = above;
  }
  return join(dir, ...parts);
}
