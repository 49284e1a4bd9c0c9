import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TollgateError } from '../domain/errors.ts';

/** Most of what `opa` says that is shown. */
const SHOWN_CHARS = 4_000;

/**
 * Builds the Rego and data in `dir` into the OPA bundle `outFile` (`opa build -t wasm`; tests, `*_test.rego`, are left
 * out). The same files give the same content. Needs `opa` on the PATH. Throws `usage` when `dir` or an entrypoint is
 * missing, `policy_invalid` when `opa` refuses, `aborted` when `signal` aborts.
 */
export async function buildBundle(
  dir: string,
  outFile: string,
  entrypoints: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (entrypoints.length === 0) {
    throw new TollgateError('usage', 'no entrypoint was given', { where: dir, next: 'add e.g. `-e agent/decision`' });
  }
  await checkDirectory(dir);
  const flags = ['build', '-t', 'wasm', '--ignore', '*_test.rego', '-o', resolve(outFile)];
  // Run inside the directory: names in the bundle are then relative to it, whoever builds it where.
  await runOpa([...flags, ...entrypoints.flatMap((name) => ['-e', name]), '-b', '.'], resolve(dir), signal);
}

async function checkDirectory(dir: string): Promise<void> {
  const info = await stat(dir).catch(() => undefined);
  if (info?.isDirectory()) return;
  throw new TollgateError('usage', 'there is no such directory', {
    where: dir,
    next: 'give the directory of the Rego files',
  });
}

function runOpa(args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn('opa', args, { cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const listen = (chunk: Buffer): void => {
      if (said.length < SHOWN_CHARS) said += chunk.toString('utf8');
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', (thrown) => fail(startError(thrown, signal)));
    child.on('close', (code) => (code === 0 ? done() : fail(refusal(cwd, said.slice(0, SHOWN_CHARS)))));
  });
}

function startError(thrown: Error, signal: AbortSignal): TollgateError {
  if (signal.aborted) return new TollgateError('aborted', 'building the bundle was stopped', { cause: thrown });
  return new TollgateError('usage', 'building a bundle needs `opa` on the PATH, and it could not be started', {
    where: 'opa',
    next: 'install OPA 1.x (openpolicyagent.org/docs, "Download OPA"), or build the bundle elsewhere',
    cause: thrown,
  });
}

function refusal(where: string, said: string): TollgateError {
  return new TollgateError('policy_invalid', `opa refuses the policy:\n${said.trim()}`, {
    where,
    next: 'correct the Rego named above; `opa check` and `opa test` help',
  });
}
