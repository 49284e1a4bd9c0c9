import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeProcess, WATCH } from './node-process.ts';

const FOREVER = ['sleep', '600'];

describe('a program that is watched', () => {
  let directory = '';
  let program: NodeProcess;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tollgate-node-'));
    program = new NodeProcess(directory, FOREVER);
  });
  afterEach(() => program.stop());

  it('ends, and its directory goes, when the standard input of its watcher ends: whoever started it is gone', async () => {
    const watcher = spawn('sh', ['-c', WATCH, 'sh', directory, ...FOREVER], { stdio: ['pipe', 'ignore', 'ignore'] });
    watcher.stdin.end();
    await once(watcher, 'exit');
    await expect.poll(() => existsSync(directory)).toBe(false);
  });

  it.each(['KILL', 'TERM'] as const)('ends by %s, keeps its directory, and may be started again', async (signal) => {
    program.start();
    await program.end(signal);
    expect(program.isRunning).toBe(false);
    expect(existsSync(directory)).toBe(true);
    program.start();
    expect(program.isRunning).toBe(true);
  });

  it('may be stopped and go on, and is killed all the same while it is stopped', async () => {
    program.send('STOP');
    program.start();
    program.send('STOP');
    program.send('CONT');
    program.send('STOP');
    expect(program.isRunning).toBe(true);
    await program.end('KILL');
    expect(program.isRunning).toBe(false);
  });

  it('does not run twice at once', () => {
    program.start();
    expect(() => program.start()).toThrow('already');
  });

  it('takes its directory with it when it is stopped', async () => {
    writeFileSync(join(directory, 'data'), 'x');
    program.start();
    await program.stop();
    expect(existsSync(directory)).toBe(false);
  });

  it('leaves what it wrote last', async () => {
    const talking = new NodeProcess(directory, ['sh', '-c', 'echo out; echo err >&2; exec sleep 600']);
    talking.start();
    await expect.poll(() => talking.logTail()).toBe('out\nerr\n');
    await talking.stop();
  });
});
