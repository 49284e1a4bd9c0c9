import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { recordOf, SHIPPED } from '../codec/given-avro.ts';
import { writtenByAvsc } from '../files/given-avro-file.ts';
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

  it('decides of an Avro file what it decides of the same events as lines, to the same bytes', async () => {
    const dir = workspace();
    const { out: expected } = await tollgate(dir, ['replay', 'events']).ended;
    const events = await asAvro(dir);
    for (const codec of ['null', 'deflate'] as const) {
      writeFileSync(join(dir, `${codec}.avro`), await writtenByAvsc(SHIPPED, events.map(recordOf), { codec }));
      const { code, out } = await tollgate(dir, ['replay', `${codec}.avro`]).ended;
      expect(code).toBe(0);
      expect(out).toBe(expected);
    }
    const once = await tollgate(dir, ['run', '--once']).ended;
    expect(once.code).toBe(0);
    const live = Object.values(decisionFiles(dir)).join('').split('\n').sort();
    expect(expected.split('\n').sort()).toEqual(live);
    const followed = await tollgate(dir, ['run']).ended;
    expect(followed.code).toBe(3);
    expect(followed.err).toContain('an Avro file cannot be followed');
  });

  it('goes on over records of an Avro file that are no events, and stops where the file is broken', async () => {
    const dir = workspace();
    const events = (await asAvro(dir)).slice(0, 10);
    const records = [...events.slice(0, 5), { ...events[5], type: 'unheard' }, ...events.slice(6)].map(recordOf);
    const bytes = await writtenByAvsc(SHIPPED, records, { codec: 'null' });
    writeFileSync(join(dir, 'bad.avro'), bytes);
    const shown = await tollgate(dir, ['replay', 'bad.avro']).ended;
    expect(shown.code).toBe(3);
    expect(shown.err).toContain('bad.avro at record 5: unknown_type');
    const kept = await tollgate(dir, ['replay', 'bad.avro', '--dead-letter', 'bad.ndjson', '--tolerate-bad']).ended;
    expect(kept.code).toBe(0);
    const letter = JSON.parse(readFileSync(join(dir, 'bad.ndjson'), 'utf8'));
    expect(Buffer.from(letter.value_base64, 'base64').subarray(0, 2).toString('hex')).toBe('c301');
    writeFileSync(join(dir, 'cut.avro'), bytes.subarray(0, -1));
    const cut = await tollgate(dir, ['replay', 'cut.avro']).ended;
    expect(cut.code).toBe(3);
    expect(cut.err).toContain(`ends in the middle, at byte ${bytes.length - 1}`);
  });
});

/** The events of a workspace, which from now on has them in Avro only. */
async function asAvro(dir: string): Promise<readonly JsonObject[]> {
  const file = join(dir, 'events', 'airline.ndjson');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const events = lines.map((line) => JSON.parse(line) as JsonObject);
  rmSync(file);
  writeFileSync(
    join(dir, 'events', 'airline.avro'),
    await writtenByAvsc(SHIPPED, events.map(recordOf), { codec: 'deflate' }),
  );
  return events;
}
