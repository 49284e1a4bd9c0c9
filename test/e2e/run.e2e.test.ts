import { appendFileSync, existsSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decisionFiles, script, tollgate, workspace } from './given.ts';

const CRASH_POINTS = [
  'commit:before',
  'commit:outputs-partly-written',
  'commit:outputs-written',
  'commit:state-written',
  'commit:before-rename',
  'commit:after-rename',
  'commit:after',
  'restore:before',
  'restore:after',
];
const EVENTS = 5598;

let undisturbed: Record<string, string>;

beforeAll(async () => {
  const dir = workspace();
  expect(await tollgate(dir, ['run', '--once']).ended).toMatchObject({ code: 0, out: '' });
  undisturbed = decisionFiles(dir);
});

const lines = (files: Record<string, string>) => Object.values(files).join('').split('\n').slice(0, -1);

describe('tollgate run on files', () => {
  it('decides every event once, with an audit chain that holds', async () => {
    const dir = workspace();
    await tollgate(dir, ['run', '--once']).ended;
    const decisions = lines(decisionFiles(dir)).map((line) => JSON.parse(line));
    expect(new Set(decisions.map((decision) => decision.event_id)).size).toBe(EVENTS);
    expect(decisions).toHaveLength(EVENTS);
    const audit = await tollgate(dir, ['audit', 'verify', 'out/audit', '--head', 'out/commit.json']).ended;
    expect(audit).toMatchObject({ code: 0 });
  });

  it('adds nothing when it is run again over the same input', async () => {
    const dir = workspace();
    await tollgate(dir, ['run', '--once']).ended;
    const before = decisionFiles(dir);
    await tollgate(dir, ['run', '--once']).ended;
    expect(decisionFiles(dir)).toEqual(before);
  });

  it.each(CRASH_POINTS)('killed at %s, again and again, it decides what an undisturbed run does', async (point) => {
    const dir = workspace();
    const signals: (NodeJS.Signals | null)[] = [];
    for (const times of [1, 2, 3]) {
      const ended = await script(dir, 'crash-driver.mjs', ['tollgate.yaml', point, String(times)]).ended;
      signals.push(ended.signal);
    }
    expect(signals).toContain('SIGKILL');
    expect(await tollgate(dir, ['run', '--once']).ended).toMatchObject({ code: 0 });
    expect(decisionFiles(dir)).toEqual(undisturbed);
    const audit = await tollgate(dir, ['audit', 'verify', 'out/audit', '--head', 'out/commit.json']).ended;
    expect(audit).toMatchObject({ code: 0 });
  });

  it('follows its input, and on SIGTERM commits what is in hand and ends with 0', async () => {
    const dir = workspace();
    const { child, ended } = tollgate(dir, ['run']);
    await committed(dir, EVENTS);
    const extra = { event_id: 'late', type: 'step', session_id: 'late', occurred_at: '2026-03-03T00:00:00Z' };
    appendFileSync(join(dir, 'events', 'airline.ndjson'), `${JSON.stringify(extra)}\n`);
    await committed(dir, EVENTS + 1);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect(lines(decisionFiles(dir))).toHaveLength(EVENTS + 1);
  });
});

/** Resolves when the commit file stands for at least so many decisions. */
function committed(dir: string, decisions: number): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(dir, { recursive: true }, check);
    function check(): void {
      if (!existsSync(join(dir, 'out', 'commit.json')) || countCommitted(dir) < decisions) return;
      watcher.close();
      resolve();
    }
    check();
  });
}

/** Decisions within the committed lengths: bytes beyond them do not count. */
function countCommitted(dir: string): number {
  const commit = JSON.parse(readFileSync(join(dir, 'out', 'commit.json'), 'utf8'));
  let count = 0;
  for (const { partition, lengths } of commit.committed) {
    const file = join(dir, 'out', 'decisions', `${String(partition).padStart(4, '0')}.ndjson`);
    const bytes = existsSync(file) ? readFileSync(file).subarray(0, lengths.decisions) : Buffer.alloc(0);
    count += bytes.toString('latin1').split('\n').length - 1;
  }
  return count;
}
