import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decisionFiles, tollgate, workspace } from './given.ts';

async function replayed(options: { lanes?: number; batchEvents?: number } = {}): Promise<string> {
  const { code, out } = await tollgate(workspace(options), ['replay', 'events']).ended;
  expect(code).toBe(0);
  return out;
}

describe('tollgate replay', () => {
  it('gives the same bytes twice, with 1 and 2 lanes, with batches of 7 and 512', async () => {
    const expected = await replayed();
    expect(expected.split('\n')).toHaveLength(5599);
    for (const lanes of [1, 2]) {
      for (const batchEvents of [7, 512]) expect(await replayed({ lanes, batchEvents })).toBe(expected);
    }
  });

  it('prints decisions in the order of the input', async () => {
    const dir = workspace();
    const events = readFileSync(join(dir, 'events', 'airline.ndjson'), 'utf8')
      .trimEnd()
      .split('\n');
    const { out } = await tollgate(dir, ['replay', 'events']).ended;
    const ids = (texts: readonly string[]) => texts.map((text) => JSON.parse(text).event_id);
    expect(ids(out.trimEnd().split('\n'))).toEqual(ids(events));
  });

  it('decides what the live run decided', async () => {
    const dir = workspace();
    await tollgate(dir, ['run', '--once']).ended;
    const { out } = await tollgate(dir, ['replay', 'events']).ended;
    const live = Object.values(decisionFiles(dir)).join('').split('\n').sort();
    expect(out.split('\n').sort()).toEqual(live);
  });

  it('reads gzip and writes a file', async () => {
    const dir = workspace();
    const plain = await tollgate(dir, ['replay', 'events']).ended;
    writeFileSync(join(dir, 'old.ndjson.gz'), gzipSync(readFileSync(join(dir, 'events', 'airline.ndjson'))));
    const { code, out } = await tollgate(dir, ['replay', 'old.ndjson.gz', '--out', 'decisions.ndjson']).ended;
    expect([code, out]).toEqual([0, '']);
    expect(readFileSync(join(dir, 'decisions.ndjson'), 'utf8')).toBe(plain.out);
  });

  it('prints one session as it is within the whole, folded from its beginning', async () => {
    const dir = workspace();
    const whole = await tollgate(dir, ['replay', 'events']).ended;
    const { out } = await tollgate(dir, ['replay', 'events', '--session', 'airline-3-0']).ended;
    const own = whole.out.split('\n').filter((line) => line.includes('"session_id":"airline-3-0"'));
    expect(out).toBe(`${own.join('\n')}\n`);
  });

  it('goes on over lines that are no events, shows them, and ends with 3', async () => {
    const dir = workspace();
    const file = join(dir, 'events', 'airline.ndjson');
    appendFileSync(file, '{"event_id":"x"}\nnot json\n');
    const shown = await tollgate(dir, ['replay', 'events']).ended;
    expect(shown.code).toBe(3);
    expect(shown.err).toContain('missing_field');
    expect(shown.err).toContain('2 lines could not be read as events');
    expect(shown.out.split('\n')).toHaveLength(5599);
    const kept = await tollgate(dir, ['replay', 'events', '--dead-letter', 'bad.ndjson', '--tolerate-bad']).ended;
    expect(kept.code).toBe(0);
    expect(readFileSync(join(dir, 'bad.ndjson'), 'utf8').trimEnd().split('\n')).toHaveLength(2);
  });
});
