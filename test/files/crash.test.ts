import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openFileLog } from '../../src/files/log.ts';
import type { CrashPoint } from '../../src/pipeline/ports.ts';
import { restored } from '../contract/log-contract.ts';
import { sampleChanges } from '../contract/sample-changes.ts';
import { committedLines } from './committed-files.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/*
 * A process that is killed (SIGKILL, by itself, in the middle of a commit) leaves whole transactions: all that it
 * acknowledged, and at most one more. What this does not show: a machine that loses power, whose disk may also forget
 * what was written but not yet synced.
 */

const PARTITIONS = 3;
const RUNNING = new AbortController().signal;
const driver = join(import.meta.dirname, 'crash-driver.mjs');

/** Runs the driver until it dies and returns the last step that it acknowledged. */
function runAndDie(dir: string, point: CrashPoint, after: number): number {
  const child = spawnSync(process.execPath, [driver, dir, point, String(after)], { encoding: 'utf8' });
  expect(child.stderr).toBe('');
  expect(child.signal, `${point} was never reached`).toBe('SIGKILL');
  return Number(child.stdout.trim().split('\n').at(-1));
}

/** The sessions that steps 1…n of the driver leave. */
function sessionsAfter(n: number): Record<string, string> {
  const sessions = new Map<string, string>();
  for (let step = 1; step <= n; step++) {
    sessions.set('all', String(step).padEnd(200, '.'));
    if (step % 3 === 0) sessions.delete(`s${step % 4}`);
    else sessions.set(`s${step % 4}`, String(step));
  }
  return Object.fromEntries([...sessions].sort());
}

/** Checks that the directory holds exactly steps 1…n in every partition, for some n, and returns it. */
async function wholeSteps(dir: string): Promise<number> {
  const n = committedLines(dir, 'decisions', 0).length;
  const log = await openFileLog({ dir, partitions: PARTITIONS, compactAtBytes: 1000 });
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const steps = Array.from({ length: n }, (_, i) => i + 1);
    const read = (kind: string) => committedLines(dir, kind, partition).map((line) => JSON.parse(line));
    expect(read('decisions')).toEqual(steps.map((step) => ({ kind: 'decision', partition, step })));
    expect(read('audit')).toEqual(steps.map((step) => ({ kind: 'audit', partition, step })));
    expect(read('dead-letter').map((letter) => Number(letter.tollgate_error_message))).toEqual(steps);
    const { sessions, meta } = await restored(log, partition);
    expect(sessions).toEqual(sessionsAfter(n));
    expect(meta?.positions.get('t')).toBe(n === 0 ? undefined : n + 1);
    expect(meta?.chain.index).toBe(n === 0 ? undefined : n);
  }
  // The directory is fit for more, too.
  await log.commit([sampleChanges({ step: 99, partition: 1, events: ['more'] })], RUNNING);
  expect(committedLines(dir, 'decisions', 1)).toHaveLength(n + 1);
  await log.close();
  return n;
}

it('is tested against the built program', () => {
  expect(existsSync(join(import.meta.dirname, '../../dist/files/log.js')), 'run `npm run build` first').toBe(true);
});

const commitPoints: [CrashPoint, boolean][] = [
  ['commit:before', false],
  ['commit:outputs-partly-written', false],
  ['commit:outputs-written', false],
  ['commit:state-written', false],
  ['commit:before-rename', false],
  ['commit:after-rename', true],
  ['commit:after', true],
];

for (const [point, takes] of commitPoints) {
  it(`leaves whole transactions when the process is killed at ${point}`, async () => {
    for (const after of [1, 12]) {
      const dir = temporaryDirectory();
      const acknowledged = runAndDie(dir, point, after);
      expect(acknowledged).toBe(after - 1);
      expect(await wholeSteps(dir)).toBe(takes ? after : after - 1);
    }
  });
}

for (const point of ['compaction:before-switch', 'compaction:after-switch'] satisfies CrashPoint[]) {
  it(`leaves whole transactions when the process is killed at ${point}`, async () => {
    for (const after of [1, 5]) {
      const dir = temporaryDirectory();
      const acknowledged = runAndDie(dir, point, after);
      expect(await wholeSteps(dir)).toBe(acknowledged + 1);
    }
  });
}

for (const point of ['restore:before', 'restore:after'] satisfies CrashPoint[]) {
  it(`leaves everything as it was when the process is killed at ${point}`, async () => {
    const dir = temporaryDirectory();
    runAndDie(dir, 'commit:after', 8);
    runAndDie(dir, point, 2);
    expect(await wholeSteps(dir)).toBe(8);
  });
}
