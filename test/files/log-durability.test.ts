import { readlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openFileLog } from '../../src/files/log.ts';
import type { CrashPoint } from '../../src/pipeline/ports.ts';
import { sampleChanges } from '../contract/sample-changes.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/*
 * What the disk was asked for, in which order: a process that dies cannot show that (its writes live on in the system's
 * cache), only the calls themselves can. Every call still reaches the disk. Needs /proc to name a handle's file.
 */

const METHODS = ['write', 'writeFile', 'appendFile', 'sync', 'datasync'] as const;
const RUNNING = new AbortController().signal;
let calls: string[] = [];
let dir = '';
let restore: () => void = () => undefined;

beforeEach(async () => {
  dir = temporaryDirectory();
  calls = [];
  const probe = await open(join(dir, '..'), 'r');
  const prototype: FileHandle = Object.getPrototypeOf(probe);
  await probe.close();
  const originals = METHODS.map((name) => ({ name, original: Object.getOwnPropertyDescriptor(prototype, name) }));
  for (const { name, original } of originals) {
    Object.defineProperty(prototype, name, {
      ...original,
      value(this: FileHandle, ...args: unknown[]) {
        const path = relative(dir, readlinkSync(`/proc/self/fd/${this.fd}`));
        calls.push(`${name.endsWith('sync') ? 'sync' : 'write'} ${path}`);
        return Reflect.apply(original?.value, this, args);
      },
    });
  }
  restore = () => {
    for (const { name, original } of originals)
      if (original !== undefined) Object.defineProperty(prototype, name, original);
  };
});

afterEach(() => restore());

/** Files that were written, and not synced since, before the call at `end`. */
function unsynced(end: number): string[] {
  const dirty = new Set<string>();
  for (const call of calls.slice(0, end)) {
    const [kind, path] = call.split(' ') as [string, string];
    if (kind === 'write') dirty.add(path);
    else dirty.delete(path);
  }
  return [...dirty];
}

const onLinux = it.runIf(process.platform === 'linux');

onLinux('makes every byte and every name durable before the rename, and the rename before it answers', async () => {
  const crashHook = (point: CrashPoint) => calls.push(point);
  const log = await openFileLog({ dir, partitions: 4, crashHook });
  for (const step of [1, 2]) {
    calls = [];
    await log.commit(
      [
        sampleChanges({ step, partition: 0, events: ['a'], deadLetters: ['empty'], sessions: { a: 'a' } }),
        sampleChanges({ step, partition: 3, events: ['b'], sessions: { b: 'b' } }),
      ],
      RUNNING,
    );
    const rename = calls.indexOf('commit:before-rename');
    expect(rename).toBeGreaterThan(0);
    expect(unsynced(rename)).toEqual([]);
    expect(calls.filter((call) => call.startsWith('write '))).toHaveLength(8);
    const folders = ['decisions', 'audit', 'dead-letter', 'state'].map((folder) => `sync ${folder}`);
    if (step === 1) expect(calls.slice(0, rename)).toEqual(expect.arrayContaining(folders));
    expect(calls.slice(calls.indexOf('commit:after-rename'))).toEqual(['commit:after-rename', 'sync ', 'commit:after']);
  }
  await log.close();
});

onLinux('makes a rewritten state file durable, with its name, before it counts', async () => {
  const crashHook = (point: CrashPoint) => calls.push(point);
  const log = await openFileLog({ dir, partitions: 1, compactAtBytes: 10, crashHook });
  await log.commit([sampleChanges({ step: 1, sessions: { a: 'longer than ten bytes' } })], RUNNING);
  const end = calls.indexOf('compaction:before-switch');
  const start = calls.indexOf('commit:after');
  expect(calls.slice(start + 1, end)).toEqual(['write state/0000.2.log', 'sync state/0000.2.log', 'sync state']);
  expect(calls.slice(end + 1, calls.indexOf('compaction:after-switch'))).toEqual([
    'write commit.json.tmp',
    'sync commit.json.tmp',
    'sync ',
  ]);
  await log.close();
});
