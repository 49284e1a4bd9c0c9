import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../../../src/codec/package-file.ts';

const BUILD_TIMEOUT_MS = 120_000;

/** An `opa` that can build Wasm: on the PATH, where Go puts programs, or where `npm run policies` installs it. */
export function findOpa(): string | undefined {
  const candidates = ['opa', join(homedir(), 'go', 'bin', 'opa'), packageFile('node_modules/.cache/tollgate/opa')];
  return candidates.find((command) => spawnSync(command, ['version']).status === 0);
}

/** Builds the Rego of `dir` into a bundle. Throws what `opa` said. */
export function buildBundle(opa: string, dir: string, entrypoint: string, outFile: string): void {
  const args = ['build', '-t', 'wasm', '-e', entrypoint, '-o', outFile, '-b', '.'];
  const built = spawnSync(opa, args, { cwd: dir, encoding: 'utf8', timeout: BUILD_TIMEOUT_MS });
  if (built.status !== 0) throw new Error(`opa build failed: ${built.stderr || built.error?.message}`);
}
