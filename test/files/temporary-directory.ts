import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

let root: string | undefined;
let made = 0;

// At the top of the module, so that it belongs to the test file that imports it: inside a test it would never run.
afterAll(() => {
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
});

/** A new, empty directory that is removed after the test file. */
export function temporaryDirectory(): string {
  root ??= mkdtempSync(join(tmpdir(), 'tollgate-files-'));
  const dir = join(root, String(made++));
  mkdirSync(dir);
  return dir;
}
