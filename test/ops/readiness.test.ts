import { describe, expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { Readiness } from '../../src/ops/readiness.ts';

function aReady(partitions: readonly number[] = [0, 1]): Readiness {
  const readiness = new Readiness();
  readiness.policiesLoaded();
  readiness.assigned(partitions);
  for (const partition of partitions) readiness.running(partition);
  return readiness;
}

const BROKEN = new TollgateError('commit_failed', 'disk full');

describe('readiness', () => {
  it('is there when policies are loaded and every assigned partition is judged', () => {
    const readiness = new Readiness();
    expect(readiness.obstacles()).toEqual(['policies are not loaded yet', 'no partitions are assigned yet']);
    readiness.policiesLoaded();
    readiness.assigned([2, 10]);
    expect(readiness.obstacles()).toEqual(['being taken over: partitions 2, 10']);
    readiness.running(10);
    expect(readiness.obstacles()).toEqual(['being taken over: partition 2']);
    readiness.running(2);
    expect(readiness.obstacles()).toEqual([]);
  });

  it.each<readonly [string, (readiness: Readiness) => void, readonly string[]]>([
    ['a partition begins anew', (it) => it.takingOver(1), ['being taken over: partition 1']],
    ['another partition is added', (it) => it.assigned([0, 1, 7]), ['being taken over: partition 7']],
    ['all are revoked', (it) => it.revoked([0, 1]), ['no partitions are assigned yet']],
    ['it is told to stop', (it) => it.stopping(), ['the process is stopping']],
    ['it is failing', (it) => it.failing(BROKEN), ['commit_failed: disk full']],
  ])('is gone when %s', (_, happens, obstacles) => {
    const readiness = aReady();
    happens(readiness);
    expect(readiness.obstacles()).toEqual(obstacles);
  });

  it.each<readonly [string, (readiness: Readiness) => void]>([
    ['the same partitions are assigned again', (it) => it.assigned([0, 1])],
    ['some are revoked', (it) => it.revoked([1])],
    ['there are none for this process', (it) => [it.revoked([0, 1]), it.assigned([])]],
    ['one runs that is no longer ours', (it) => [it.revoked([1]), it.takingOver(1), it.running(1)]],
  ])('stays when %s', (_, happens) => {
    const readiness = aReady();
    happens(readiness);
    expect(readiness.obstacles()).toEqual([]);
  });

  it('names few partitions and counts many', () => {
    const readiness = new Readiness();
    readiness.policiesLoaded();
    readiness.assigned(Array.from({ length: 200 }, (_, partition) => partition));
    expect(readiness.obstacles()).toEqual(['being taken over: 200 partitions']);
  });
});

describe('health', () => {
  it('is lost for good by what ends the process, and by nothing else', () => {
    const readiness = aReady();
    readiness.revoked([0, 1]);
    readiness.stopping();
    expect(readiness.failures()).toEqual([]);
    readiness.failing(BROKEN);
    readiness.failing(new TollgateError('internal', 'later'));
    expect(readiness.failures()).toEqual(['commit_failed: disk full']);
  });
});
