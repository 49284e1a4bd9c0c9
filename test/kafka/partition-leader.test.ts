import { expect, it, onTestFinished } from 'vitest';
import type { KafkaCluster } from '../../src/kafka/kafkajs.ts';
import { followLeaders } from '../../src/kafka/partition-leader.ts';

it('lets many partitions wait on one signal, without a word about leaks', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const cluster = { addTargetTopic: () => Promise.resolve() } as unknown as KafkaCluster;
  const stop = new AbortController();
  const task = { what: 'waiting', topic: 'calls', signal: stop.signal };
  const endless = () => new Promise<never>(() => undefined);
  const waits = Array.from({ length: 64 }, () => followLeaders(cluster, task, endless));
  const ended = Promise.allSettled(waits);
  stop.abort();
  const reasons = (await ended).map((end) => (end.status === 'rejected' ? (end.reason as { code: string }).code : ''));
  expect(new Set(reasons)).toEqual(new Set(['aborted']));
  // Warnings are told in a turn of their own.
  await new Promise(setImmediate);
  expect(warnings).toEqual([]);
});
