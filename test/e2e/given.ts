import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'dist/cli/tollgate.js');
const HISTORY = join(ROOT, 'test/history/airline.ndjson.gz');
const made: string[] = [];

afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

/** How a program ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Policies of the end-to-end tests: real Wasm, real inspectors, everything matched. */
const POLICIES = `
defaultEffect: allow
policies:
  - { name: egress, inspector: egress, with: { strict: true } }
  - { name: repetition, inspector: repetition, with: { max: 1 } }
  - name: guard
    opa: { bundle: ${join(ROOT, 'policies/dist/agent-guard.tar.gz')}, entrypoint: agent/decision }
    needs: [hosts]
    match: { types: [tool_call] }
`;

/** A folder with a configuration, the airline history as events, and nothing else. */
export function workspace({ lanes = 2, batchEvents = 64 } = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'tollgate-e2e-'));
  made.push(dir);
  mkdirSync(join(dir, 'events'));
  writeFileSync(join(dir, 'events', 'airline.ndjson'), gunzipSync(readFileSync(HISTORY)));
  const lanesText = `lanes: { count: ${lanes}, batchEvents: ${batchEvents}, batchBytes: 65536, queueBytes: 262144 }`;
  writeFileSync(
    join(dir, 'tollgate.yaml'),
    `files: { in: ./events, out: ./out, partitions: 4 }\nhttp: { port: 0 }\nlog: { level: warn }\n${lanesText}\n${POLICIES}`,
  );
  return dir;
}

/** Starts the built command line in a folder. */
export function tollgate(dir: string, args: readonly string[]) {
  return start(dir, [CLI, ...args]);
}

/** Starts a script beside this file with Node. */
export function script(dir: string, name: string, args: readonly string[]) {
  return start(dir, [join(ROOT, 'test/e2e', name), ...args]);
}

function start(dir: string, args: readonly string[]) {
  const child = spawn(process.execPath, args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks = { out: [] as Buffer[], err: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => chunks.out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.err.push(chunk));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal, out: String(Buffer.concat(chunks.out)), err: String(Buffer.concat(chunks.err)) });
    });
  });
  return { child, ended };
}

/** The committed decisions of an output directory, file by file. */
export function decisionFiles(dir: string): Record<string, string> {
  const folder = join(dir, 'out', 'decisions');
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
