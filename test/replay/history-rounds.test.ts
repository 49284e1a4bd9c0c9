import { describe, expect, it } from 'vitest';
import { HistoryRounds } from '../../src/replay/history-rounds.ts';
import { PartitionHistory } from '../../src/replay/partition-history.ts';
import { eventAt, GivenHistory, NEVER } from './given-history.ts';

const COUNTS = [5, 0, 2, 9];

async function chunksOf(fetchRecords: number) {
  const history = new GivenHistory(fetchRecords);
  for (const [partition, count] of COUNTS.entries()) {
    for (let n = 0; n < count; n++) history.append('a', partition, { value: eventAt(n) });
  }
  const each = COUNTS.map((_, partition) => new PartitionHistory(history, { events: ['a'] }, partition, NEVER));
  const rounds = new HistoryRounds(each, 4);
  const chunks: string[] = [];
  for (let chunk = await rounds.next(); chunk !== undefined; chunk = await rounds.next()) {
    const ends = [chunk.records[0], chunk.records.at(-1)].map((record) => `${record?.offset}#${record?.ordinal}`);
    chunks.push(`${chunk.partition}: ${ends.join('–')}`);
  }
  return chunks;
}

describe('the rounds of a history', () => {
  it('take a chunk of each partition in turn, and number the records without gaps', async () => {
    expect(await chunksOf(100)).toEqual([
      '0: 0#0–3#3',
      '2: 0#4–1#5',
      '3: 0#6–3#9',
      '0: 4#10–4#10',
      '3: 4#11–7#14',
      '3: 8#15–8#15',
    ]);
  });

  it('are the same however much the broker gives at once', async () => {
    expect(await chunksOf(1)).toEqual(await chunksOf(100));
    expect(await chunksOf(3)).toEqual(await chunksOf(100));
  });
});
