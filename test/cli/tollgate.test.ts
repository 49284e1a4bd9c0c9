import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

/** The built program; `npm test` builds it first. */
const PROGRAM = fileURLToPath(new URL('../../dist/cli/tollgate.js', import.meta.url));

describe('the program', () => {
  it('runs from its build and ends with the code of its command', () => {
    const version = spawnSync(process.execPath, [PROGRAM, '--version'], { encoding: 'utf8' });
    expect([version.status, version.stderr]).toEqual([0, '']);
    const unknown = spawnSync(process.execPath, [PROGRAM, 'nothing'], { encoding: 'utf8' });
    expect([unknown.status, unknown.stdout]).toEqual([2, '']);
  });

  it('ends with its command, also where something listens that never answers', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tollgate-silent-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const silent = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const config = join(dir, 'tollgate.yaml');
    const kafka = { brokers: [`127.0.0.1:${port}`], connectTimeoutMs: 300 };
    writeFileSync(config, JSON.stringify({ kafka, policies: [{ name: 'egress', inspector: 'egress' }] }));
    const child = spawn(process.execPath, [PROGRAM, 'topics', 'check', '-c', config], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect((await once(child, 'close'))[0]).toBe(4);
  });

  it('ends with 0 when it is stopped before it found a broker: nothing was begun', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tollgate-early-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const config = join(dir, 'tollgate.yaml');
    const settings = { kafka: { brokers: ['127.0.0.1:1'] }, http: { port: 0 } };
    writeFileSync(config, JSON.stringify({ ...settings, policies: [{ name: 'egress', inspector: 'egress' }] }));
    const child = spawn(process.execPath, [PROGRAM, 'run', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect(String((await once(child.stderr, 'data'))[0])).toContain('serving health and metrics');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  it('does not mind a reader that has seen enough', async () => {
    const child = spawn(process.execPath, [PROGRAM, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += String(chunk);
    });
    expect([(await once(child, 'close'))[0], complaint]).toEqual([0, '']);
  });
});
