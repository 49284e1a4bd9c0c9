import { describe, expect, it } from 'vitest';
import { timedLog } from '../../src/ops/timed-log.ts';
import type { PartitionChanges, StateLog } from '../../src/pipeline/ports.ts';

const SIGNAL = new AbortController().signal;

function changes(records: number): PartitionChanges {
  return { sources: Array.from({ length: records }) } as unknown as PartitionChanges;
}

describe('a timed log', () => {
  it('tells of each commit that went well: its duration, and how many records it settled', async () => {
    const told: [number, number][] = [];
    const inner = { commit: async () => undefined } as unknown as StateLog;
    const log = timedLog(inner, { transaction: (seconds, records) => told.push([seconds, records]) });
    await log.commit([changes(3), changes(4)], SIGNAL);
    expect(told).toEqual([[expect.any(Number), 7]]);
  });

  it('tells nothing of one that failed, and fails as the log does', async () => {
    const told: number[] = [];
    const inner = { commit: () => Promise.reject(new Error('no')) } as unknown as StateLog;
    const log = timedLog(inner, { transaction: (seconds) => told.push(seconds) });
    await expect(log.commit([changes(1)], SIGNAL)).rejects.toThrow('no');
    expect(told).toEqual([]);
  });
});
