import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { packageFile } from '../../../src/codec/package-file.ts';
import { freePorts } from '../../kafka/broker/free-ports.ts';
import { NodeProcess } from '../../kafka/broker/node-process.ts';
import { GUARD } from './guard.ts';

const READY_TIMEOUT_MS = 15_000;
const LOOK_MS = 50;

/** OPA, answering for the guard over HTTP. */
export interface OpaServer {
  /** Of the process whose child it is. */
  readonly pid: number;
  readonly port: number;
  /** Of the entrypoint. */
  readonly path: string;
  readonly version: string;
  close(): Promise<void>;
}

/**
 * Starts `opa run --server` with the guard's Rego and data: found on the PATH, where Go installs programs, or where
 * `node policies/rebuild.mjs` puts it. Undefined where there is none.
 */
export async function startOpaServer(): Promise<OpaServer | undefined> {
  const found = findOpa();
  if (found === undefined) return undefined;
  const [port = 0] = await freePorts(1);
  const address = ['--addr', `127.0.0.1:${port}`, '--log-level', 'error', '--disable-telemetry'];
  const args = ['run', '--server', ...address, '--ignore', '*_test.rego', GUARD.sources];
  const program = new NodeProcess(mkdtempSync(join(tmpdir(), 'tollgate-bench-opa-')), [found.command, ...args]);
  program.start();
  try {
    await answers(port, program);
  } catch (thrown) {
    await program.stop();
    throw thrown;
  }
  const path = `/v1/data/${GUARD.entrypoint}`;
  return { pid: program.pid ?? 0, port, path, version: found.version, close: () => program.stop() };
}

const VERSION = /^Version: (.*)$/m;

function findOpa(): { readonly command: string; readonly version: string } | undefined {
  const goPath = output('go', ['env', 'GOPATH'])?.trim() ?? '';
  const installed = packageFile('node_modules', '.cache', 'tollgate', 'opa');
  for (const command of ['opa', installed, ...(goPath === '' ? [] : [`${goPath}/bin/opa`])]) {
    const version = VERSION.exec(output(command, ['version']) ?? '')?.[1];
    if (version !== undefined) return { command, version };
  }
  return undefined;
}

function output(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

async function answers(port: number, program: NodeProcess): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    if (!program.isRunning) throw new Error(`OPA's server ended: ${program.logTail()}`);
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (answer?.ok === true) return;
    if (performance.now() > deadline) throw new Error(`OPA's server did not answer within ${READY_TIMEOUT_MS} ms`);
    await setTimeout(LOOK_MS);
  }
}
