import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockDirectory } from '../../src/files/directory-lock.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

function lockedBy(holder: unknown): string {
  const dir = temporaryDirectory();
  writeFileSync(join(dir, 'tollgate.lock'), typeof holder === 'string' ? holder : JSON.stringify(holder));
  return dir;
}

const refused = expect.objectContaining({ code: 'output_unwritable', next: expect.stringContaining('delete') });

describe('the lock of an output directory', () => {
  it('is held by one at a time, and can be taken again once given back', () => {
    const dir = temporaryDirectory();
    const unlock = lockDirectory(dir);
    expect(() => lockDirectory(dir)).toThrow(refused);
    unlock();
    lockDirectory(dir)();
    expect(existsSync(join(dir, 'tollgate.lock'))).toBe(false);
  });

  it('is taken over from a process that died', () => {
    const dir = lockedBy({ pid: deadPid(), host: hostname(), start: null });
    const unlock = lockDirectory(dir);
    expect(JSON.parse(readFileSync(join(dir, 'tollgate.lock'), 'utf8')).pid).toBe(process.pid);
    expect(existsSync(join(dir, 'tollgate.lock.takeover'))).toBe(false);
    unlock();
  });

  it.runIf(process.platform === 'linux')('is taken over from a dead process whose id is in use again', () => {
    lockDirectory(lockedBy({ pid: process.pid, host: hostname(), start: 'another boot:1' }))();
  });

  const held: [string, unknown][] = [
    ['a process that runs', { pid: process.ppid, host: hostname(), start: null }],
    ['a process of another host, dead or not', { pid: deadPid(), host: 'elsewhere', start: null }],
    ['nobody knows whom', 'not json'],
    ['something that is no process', { pid: -1, host: hostname(), start: null }],
    ['null', 'null'],
  ];
  for (const [name, holder] of held) {
    it(`is refused when it is held by ${name}`, () => {
      expect(() => lockDirectory(lockedBy(holder))).toThrow(refused);
    });
  }

  it('is not taken over while another process takes it over', () => {
    const dir = lockedBy({ pid: deadPid(), host: hostname(), start: null });
    writeFileSync(join(dir, 'tollgate.lock.takeover'), 'someone');
    expect(() => lockDirectory(dir)).toThrow(refused);
    expect(existsSync(join(dir, 'tollgate.lock.takeover'))).toBe(true);
  });

  it('leaves a lock alone that is no longer its own', () => {
    const dir = temporaryDirectory();
    const unlock = lockDirectory(dir);
    writeFileSync(join(dir, 'tollgate.lock'), 'another');
    unlock();
    expect(readFileSync(join(dir, 'tollgate.lock'), 'utf8')).toBe('another');
  });
});
