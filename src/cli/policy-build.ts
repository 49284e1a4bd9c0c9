import { readFile } from 'node:fs/promises';
import { buildBundle } from '../registry/build-bundle.ts';
import { bytesDigest } from '../registry/policy-version.ts';
import type { Terminal } from './terminal.ts';

/** Builds the bundle and says what it has become on standard error. */
export async function buildPolicyBundle(
  dir: string,
  out: string,
  entrypoints: readonly string[],
  terminal: Terminal,
): Promise<void> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    await buildBundle(dir, out, entrypoints, stop.signal);
  } finally {
    process.off('SIGINT', interrupt);
  }
  const bytes = await readFile(out);
  terminal.err.write(`${out}: ${bytes.length} bytes, ${bytesDigest(bytes)}\n`);
}
