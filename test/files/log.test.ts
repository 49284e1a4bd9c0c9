import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileLogOptions, openFileLog } from '../../src/files/log.ts';
import type { CrashPoint, StateLog } from '../../src/pipeline/ports.ts';
import { restored } from '../contract/log-contract.ts';
import { sampleChanges } from '../contract/sample-changes.ts';
import { committedLines } from './committed-files.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const RUNNING = new AbortController().signal;
const one = [sampleChanges({ step: 1, events: ['a'], sessions: { a: 'a1' } })];
const two = [sampleChanges({ step: 2, events: ['b'], sessions: { b: 'b1' } })];

function open(dir: string, options: Partial<FileLogOptions> = {}): Promise<StateLog> {
  return openFileLog({ dir, partitions: 4, unsafeWithoutFsync: true, ...options });
}

/** A directory that holds commit `one`, closed. */
async function written(): Promise<string> {
  const dir = temporaryDirectory();
  const log = await open(dir);
  await log.commit(one, RUNNING);
  await log.close();
  return dir;
}

async function reopened<T>(
  dir: string,
  use: (log: StateLog) => Promise<T>,
  options?: Partial<FileLogOptions>,
): Promise<T> {
  const log = await open(dir, options);
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

describe('opening an output directory', () => {
  it('makes what is not there', async () => {
    const dir = join(temporaryDirectory(), 'deep', 'out');
    await reopened(dir, (log) => log.commit(one, RUNNING));
    expect(committedLines(dir, 'decisions', 0)).toHaveLength(1);
  });

  it('cuts off what was never committed, and removes what an interrupted commit left', async () => {
    const dir = await written();
    const length = readFileSync(join(dir, 'decisions/0000.ndjson')).byteLength;
    writeFileSync(join(dir, 'decisions/0000.ndjson'), 'half a line', { flag: 'a' });
    writeFileSync(join(dir, 'audit/0003.ndjson'), '{"never":"committed"}\n');
    writeFileSync(join(dir, 'state/0000.1.log'), 'xxxxxxxxxxxxx', { flag: 'a' });
    writeFileSync(join(dir, 'state/0000.2.log'), 'half a compaction');
    writeFileSync(join(dir, 'commit.json.tmp'), '{');
    await reopened(dir, async (log) => {
      expect((await restored(log, 0)).sessions).toEqual({ a: 'a1' });
      expect(readFileSync(join(dir, 'decisions/0000.ndjson')).byteLength).toBe(length);
      expect(readFileSync(join(dir, 'audit/0003.ndjson')).byteLength).toBe(0);
      expect(readdirSync(join(dir, 'state'))).toEqual(['0000.1.log']);
      expect(existsSync(join(dir, 'commit.json.tmp'))).toBe(false);
    });
  });

  const contradictions: [string, (dir: string) => void, RegExp][] = [
    ['an output file shorter than committed', (dir) => truncateSync(join(dir, 'audit/0000.ndjson'), 3), /has 3 bytes/],
    ['a missing output file', (dir) => rmSync(join(dir, 'decisions/0000.ndjson')), /has 0 bytes/],
    ['a shorter state file', (dir) => truncateSync(join(dir, 'state/0000.1.log'), 4), /has 4 bytes/],
    ['a commit file that is no JSON', (dir) => writeFileSync(join(dir, 'commit.json'), '{'), /not a commit file/],
    [
      'a commit file of another version',
      (dir) => replaceIn(dir, '"format_version":1', '"format_version":2'),
      /format 1/,
    ],
    ['a commit file with a negative length', (dir) => replaceIn(dir, '"decisions":', '"decisions":-'), /not a commit/],
    ['output without a commit file', (dir) => rmSync(join(dir, 'commit.json')), /no commit.json/],
    ['another partition count', (dir) => replaceIn(dir, '"partitions":4', '"partitions":8'), /8 partitions/],
  ];

  function replaceIn(dir: string, from: string, to: string): void {
    const text = readFileSync(join(dir, 'commit.json'), 'utf8');
    expect(text).toContain(from);
    writeFileSync(join(dir, 'commit.json'), text.replace(from, to));
  }

  for (const [name, damage, message] of contradictions) {
    it(`refuses ${name}, says what to do, and leaves the lock to the next who tries`, async () => {
      const dir = await written();
      damage(dir);
      const expected = {
        code: 'position_contradicts',
        message: expect.stringMatching(message),
        next: expect.any(String),
      };
      await expect(open(dir)).rejects.toMatchObject(expected);
      await expect(open(dir)).rejects.toMatchObject(expected);
    });
  }

  it('refuses a state file whose records do not fit its length', async () => {
    const dir = await written();
    const path = join(dir, 'state/0000.1.log');
    const bytes = readFileSync(path);
    bytes.writeUInt32LE(1_000_000, 4);
    writeFileSync(path, bytes);
    await reopened(dir, async (log) => {
      await expect(restored(log, 0)).rejects.toMatchObject({ code: 'position_contradicts' });
    });
  });
});

describe('the file log', () => {
  it('restores sessions of any size and name', async () => {
    const dir = temporaryDirectory();
    const sessions = { 'ключ-🔑': 'x'.repeat(3_000_000), empty: '', ['k'.repeat(2000)]: 'y', ['__proto__']: 'z' };
    const small = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`s${i}`, `value ${i}`.repeat(8)]));
    await reopened(dir, async (log) => {
      await log.commit([sampleChanges({ step: 1, sessions: small })], RUNNING);
      await log.commit([sampleChanges({ step: 2, sessions })], RUNNING);
    });
    await reopened(dir, async (log) => {
      expect(new Map(Object.entries((await restored(log, 0)).sessions))).toEqual(
        new Map([...Object.entries(small), ...Object.entries(sessions)]),
      );
    });
  });

  it('keeps positions of any file name, and a clock that has not begun', async () => {
    const dir = temporaryDirectory();
    const [change] = one;
    if (change === undefined) throw new Error('no sample');
    const positions = new Map([
      ['__proto__', 1],
      ['1', 2],
      ['control:a.ndjson', 3],
    ]);
    const meta = { ...change.meta, positions, clockMs: Number.NEGATIVE_INFINITY };
    await reopened(dir, (log) => log.commit([{ ...change, meta }], RUNNING));
    await reopened(dir, async (log) => expect((await restored(log, 0)).meta).toEqual(meta));
  });

  it('writes dead letters with their source, and their bytes untouched', async () => {
    const dir = temporaryDirectory();
    const [change] = [sampleChanges({ step: 1, deadLetters: ['empty', 'invalid_utf8', 'too_large'] })];
    const values = [null, Buffer.from([0xff, 0x0a]), Buffer.from('12345')];
    const sources = change.sources.map((record, i) => ({ ...record, value: values[i] ?? null, nextOffset: 5000 }));
    await reopened(dir, (log) => log.commit([{ ...change, sources }], RUNNING));
    const lines = committedLines(dir, 'dead-letter', 0).map((line) => JSON.parse(line));
    const head = { tollgate_error_message: 'refused' };
    expect(lines).toEqual([
      { ...head, tollgate_error_code: 'empty', tollgate_source: 'events.ndjson/0/1000', key: 'empty', value: null },
      {
        ...head,
        tollgate_error_code: 'invalid_utf8',
        tollgate_source: 'events.ndjson/0/1010',
        key: 'invalid_utf8',
        value_base64: '/wo=',
      },
      {
        ...head,
        tollgate_error_code: 'too_large',
        tollgate_source: 'events.ndjson/0/1020',
        key: 'too_large',
        value_bytes: 3980,
        value_head_sha256: '5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5',
      },
    ]);
  });

  it.runIf(process.platform === 'linux')('refuses commits after the disk was full, until it is restored', async () => {
    const dir = await written();
    symlinkSync('/dev/full', join(dir, 'decisions/0001.ndjson'));
    const log = await open(dir);
    const full = [...two, sampleChanges({ step: 2, partition: 1, events: ['x'] })];
    await expect(log.commit(full, RUNNING)).rejects.toMatchObject({
      code: 'output_unwritable',
      next: expect.stringContaining('free disk space'),
    });
    await expect(log.commit(two, RUNNING)).rejects.toMatchObject({ code: 'commit_failed' });
    expect((await restored(log, 0)).sessions).toEqual({ a: 'a1' });
    await log.commit(two, RUNNING);
    expect(committedLines(dir, 'decisions', 0)).toHaveLength(2);
    await log.close();
  });

  it('reports a file that cannot be written as output_unwritable', async () => {
    const dir = temporaryDirectory();
    const log = await open(dir);
    mkdirSync(join(dir, 'audit/0000.ndjson'));
    await expect(log.commit(one, RUNNING)).rejects.toMatchObject({ code: 'output_unwritable' });
    await log.close();
  });

  it('takes a block that does not end with a line feed, and an unknown partition, for our own fault', async () => {
    const [change] = one;
    if (change === undefined) throw new Error('no sample');
    for (const wrong of [
      { ...change, audit: { ...change.audit, bytes: Buffer.from('{}') } },
      { ...change, partition: 4 },
    ]) {
      await reopened(temporaryDirectory(), async (log) => {
        await expect(log.commit([wrong], RUNNING)).rejects.toThrow(/line feed|no partition 4/);
      });
    }
  });

  it('commits nothing once it is closed', async () => {
    const log = await open(temporaryDirectory());
    await log.close();
    await log.close();
    await expect(log.commit(one, RUNNING)).rejects.toMatchObject({ code: 'aborted' });
    await expect(restored(log, 0)).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('compaction', () => {
  const options = { compactAtBytes: 1000 };
  const grow = (step: number) =>
    sampleChanges({ step, sessions: { a: `${step}`.repeat(300), b: step % 2 === 0 ? null : 'b' } });

  it('rewrites a state file that has outgrown its live sessions, and keeps what it restores', async () => {
    const dir = temporaryDirectory();
    await reopened(
      dir,
      async (log) => {
        for (let step = 1; step <= 9; step++) await log.commit([grow(step)], RUNNING);
        await log.commit([sampleChanges({ step: 10, partition: 1, sessions: { c: 'c' } })], RUNNING);
      },
      options,
    );
    expect(readdirSync(join(dir, 'state')).sort()).toEqual(['0000.3.log', '0001.1.log']);
    await reopened(dir, async (log) => {
      expect((await restored(log, 0)).sessions).toEqual({ a: '9'.repeat(300), b: 'b' });
      await log.commit([grow(10)], RUNNING);
      expect((await restored(log, 0)).sessions).toEqual({ a: '10'.repeat(300) });
    });
  });

  it('makes an empty file when no session is left', async () => {
    const dir = temporaryDirectory();
    await reopened(
      dir,
      async (log) => {
        await log.commit([sampleChanges({ step: 1, sessions: { a: 'x'.repeat(990) } })], RUNNING);
        await log.commit([sampleChanges({ step: 2, sessions: { a: null } })], RUNNING);
        expect(readFileSync(join(dir, 'state/0000.2.log')).byteLength).toBe(0);
        expect((await restored(log, 0)).sessions).toEqual({});
      },
      options,
    );
  });

  it('is made up for when the directory is opened', async () => {
    const dir = temporaryDirectory();
    await reopened(dir, async (log) => {
      for (let step = 1; step <= 9; step++) await log.commit([grow(step)], RUNNING);
    });
    await reopened(
      dir,
      async (log) => {
        expect(readdirSync(join(dir, 'state'))).toEqual(['0000.2.log']);
        expect((await restored(log, 0)).sessions).toEqual({ a: '9'.repeat(300), b: 'b' });
      },
      options,
    );
  });

  for (const point of ['compaction:before-switch', 'compaction:after-switch'] satisfies CrashPoint[]) {
    it(`loses nothing when it dies at ${point}, and the log goes on after a restore`, async () => {
      const dir = temporaryDirectory();
      let crashes = 0;
      const crashHook = (reached: CrashPoint) => {
        if (reached !== point || crashes > 0) return;
        crashes += 1;
        throw new Error('crash');
      };
      const log = await open(dir, { ...options, crashHook });
      let step = 1;
      while (crashes === 0) await log.commit([grow(step++)], RUNNING).catch(() => undefined);
      const last = `${step - 1}`.repeat(300);
      expect((await restored(log, 0)).sessions.a).toBe(last);
      expect(readdirSync(join(dir, 'state'))).toHaveLength(1);
      await log.commit([sampleChanges({ step, sessions: { z: 'z' } })], RUNNING);
      await log.close();
      await reopened(dir, async (again) => {
        expect((await restored(again, 0)).sessions).toMatchObject({ a: last, z: 'z' });
      });
    });
  }
});
