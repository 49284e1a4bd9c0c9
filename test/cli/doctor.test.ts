import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directoryOf, SHORTEST } from '../config/config-fixture.ts';
import { type Run, run } from './cli-fixture.ts';

const GOOD = `${SHORTEST}files: { in: events, out: out }\n`;

async function examine(yaml: string, ...flags: readonly string[]): Promise<Run> {
  const directory = directoryOf({ 'tollgate.yaml': yaml, 'events/a.ndjson': '', 'bad.wasm': 'no module' });
  return await run(['doctor', '-c', join(directory, 'tollgate.yaml'), ...flags]);
}

describe('doctor, where files are read', () => {
  it('ends with 0 when all is well, a line each', async () => {
    const { code, out, err } = await examine(GOOD);
    expect([code, err]).toEqual([0, '']);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^ok {7}files {5}1 input files, 8 partitions, nothing committed yet in /);
    expect(lines[2]).toMatch(/^ok {7}policies {2}egress \(sha256:/);
  });

  it('tells machines the same', async () => {
    const { out } = await examine(GOOD, '--json');
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      checks: [
        { check: 'config', status: 'ok', details: [] },
        { check: 'files', status: 'ok' },
        { check: 'policies', status: 'ok' },
      ],
    });
  });

  it('ends with 2 when the configuration is wrong, and shows every problem', async () => {
    const { code, out, err } = await examine(`${GOOD}lanes: { count: 0 }\nnonsense: 1\n`);
    expect(code).toBe(2);
    expect(out).toContain('lanes.count: expected at least 1, got 0');
    expect(out).toContain('nonsense: unknown key');
    expect(out).toMatch(/^skipped {2}policies/m);
    expect(err).toContain('not all is well: config');
  });

  it('ends with 2 when a policy cannot be loaded, and says where', async () => {
    const { code, out } = await examine(
      `policies: [{ name: a, opa: { wasm: bad.wasm } }]\nfiles: { in: events, out: o }\n`,
    );
    expect(code).toBe(2);
    expect(out).toMatch(/^failed {3}policies/m);
    expect(out).toContain('bad.wasm');
  });

  it.skipIf(process.getuid?.() === 0)('ends with 2 when the outputs cannot be written', async () => {
    const directory = directoryOf({
      'tollgate.yaml': GOOD.replace('out: out', 'out: shut/out'),
      'events/': '',
      'shut/': '',
    });
    chmodSync(join(directory, 'shut'), 0o500);
    const { code, out } = await run(['doctor', '-c', join(directory, 'tollgate.yaml')]);
    expect([code, out]).toEqual([2, expect.stringContaining('cannot be written to')]);
  });
});

describe('topics, where files are read', () => {
  it.each(['create', 'check'])('has nothing to %s', async (command) => {
    const directory = directoryOf({ 'tollgate.yaml': GOOD, 'events/': '' });
    const { code, err } = await run(['topics', command, '-c', join(directory, 'tollgate.yaml')]);
    expect([code, err]).toEqual([2, expect.stringContaining('it has no topics')]);
  });
});
