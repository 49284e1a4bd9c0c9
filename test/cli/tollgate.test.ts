import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** The built program; `npm test` builds it first. */
const PROGRAM = fileURLToPath(new URL('../../dist/cli/tollgate.js', import.meta.url));

describe('the program', () => {
  it('runs from its build and ends with the code of its command', () => {
    const version = spawnSync(process.execPath, [PROGRAM, '--version'], { encoding: 'utf8' });
    expect([version.status, version.stderr]).toEqual([0, '']);
    const unknown = spawnSync(process.execPath, [PROGRAM, 'nothing'], { encoding: 'utf8' });
    expect([unknown.status, unknown.stdout]).toEqual([2, '']);
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
