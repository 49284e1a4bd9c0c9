import { describe, expect, it } from 'vitest';
import type { Lanes } from '../../src/lanes/lanes.ts';
import { Intake } from '../../src/pipeline/intake.ts';
import { OwnedPartition } from '../../src/pipeline/owned-partition.ts';
import type { Partitions } from '../../src/pipeline/partitions.ts';
import type { Source } from '../../src/pipeline/ports.ts';
import { recordsOf } from '../lanes/given.ts';

const QUEUE_BYTES = 10_000;

/** Partitions 0 and 1 of one lane, with a source that says which were resumed. */
function given() {
  const owned = new Map([0, 1].map((partition) => [partition, new OwnedPartition(partition, { epoch: 1 })]));
  for (const partition of owned.values()) partition.isRunning = true;
  const resumed: number[] = [];
  const lanes = { laneOf: () => 0, enqueue: () => undefined } as unknown as Lanes;
  const partitions = { get: (p: number) => owned.get(p), all: () => owned.values() } as unknown as Partitions;
  const source = { resume: (partition: number) => resumed.push(partition) } as unknown as Source;
  return { owned, resumed, intake: new Intake(lanes, partitions, source, QUEUE_BYTES) };
}

const records = (bytes: number) => recordsOf([Buffer.alloc(bytes)]);

describe('an intake', () => {
  it('pauses the partition that exceeds its lane, and resumes it at half of the bound', () => {
    const { owned, resumed, intake } = given();
    expect(intake.records(0, records(11_000))).toBeLessThanOrEqual(0);
    intake.released(0, 2_000);
    expect(resumed).toEqual([]);
    intake.released(0, owned.get(0)?.bytesInHand ?? 0);
    expect(resumed).toEqual([0]);
    expect(intake.isEmpty).toBe(true);
  });

  it('resumes a partition when a mate of its lane is given up', () => {
    const { owned, resumed, intake } = given();
    intake.records(1, records(6_000));
    intake.records(0, records(11_000));
    intake.released(0, owned.get(0)?.bytesInHand ?? 0);
    expect(resumed).toEqual([]);
    owned.delete(1);
    intake.relieve(1);
    expect(resumed).toEqual([0]);
  });

  it('takes nothing for a partition that is being taken over', () => {
    const { owned, intake } = given();
    owned.get(0)?.beginAnew();
    expect(intake.records(0, records(10))).toBe(0);
    expect(intake.isEmpty).toBe(true);
  });
});
