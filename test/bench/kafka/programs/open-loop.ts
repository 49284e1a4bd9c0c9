/**
 * The load, an open loop: each event has its moment, whatever became of those before. What is late goes out at once, with the
 * moment that it should have had. Waits in fractions of a millisecond, which timers cannot.
 */
import { setImmediate } from 'node:timers/promises';
import { createKafka } from '../../../../src/kafka/client.ts';
import { openCluster } from '../../../../src/kafka/kafkajs.ts';
import { produceBatches } from '../../../../src/kafka/mends/produce.ts';
import { RecordBatchBuilder } from '../../../../src/kafka/mends/record-batch.ts';
import { nowUs } from '../clock.ts';
import { LatencyRecorder } from '../latencies.ts';
import type { LoadOrder, LoadReport } from '../load.ts';
import { type ProgramTask, programTask } from '../place.ts';
import { QUIET } from '../quiet.ts';
import { TimedEvents } from '../timed-events.ts';

const NO_PRODUCER = { producerId: -1, producerEpoch: -1, baseSequence: -1, isTransactional: false };
const OPTIONS = { transactionalId: null, acks: -1, timeoutMs: 30_000 } as const;
const SHAPE = { sessions: 10_000, bytes: 500 };
/** Answers are read between two waits. */
const MAX_WAIT_MS = 1;
/** Most events in one turn, so that answers are read while it catches up. */
const MAX_DUE = 2_000;
/** Requests under way at most: only who sends as fast as it goes gets there. */
const MAX_UNDER_WAY = 16;
const US_PER_S = 1e6;
const US_PER_MS = 1e3;

const { place } = programTask<ProgramTask>();
const topic = place.topics.events;
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const cluster = await openCluster(createKafka({ brokers: place.brokers, clientId: 'load' }, QUIET));
await cluster.addTargetTopic(topic);
const [nodeId = '0'] = Object.keys(cluster.findLeaderForPartitions(topic, [0]));
const leader = await cluster.findBroker({ nodeId });
const events = new TimedEvents({ ...SHAPE, partitions: place.partitions });
const lateness = new LatencyRecorder();

/** Sends the events from one number to another, a batch a partition, in one request. */
async function send(from: number, to: number, momentOf: (number: number) => number): Promise<void> {
  const wallMs = Date.now();
  const sentUs = nowUs();
  const batches = new Map<number, RecordBatchBuilder>();
  for (let number = from; number < to; number++) {
    const scheduledUs = momentOf(number);
    lateness.record(sentUs - scheduledUs);
    const { partition, key, value } = events.at(number, scheduledUs, wallMs);
    let batch = batches.get(partition);
    if (batch === undefined) {
      batch = new RecordBatchBuilder();
      batches.set(partition, batch);
    }
    if (!batch.append({ key, value, timestampMs: wallMs })) throw new Error('a batch of the load is full');
  }
  const finished = Array.from(batches, ([partition, batch]) => ({
    topic,
    partition,
    batch: batch.finish(NO_PRODUCER),
  }));
  await produceBatches(leader, OPTIONS, finished);
}

async function run({ ratePerSecond, events: count, startUs, first }: LoadOrder): Promise<LoadReport> {
  const momentOf = (number: number) => startUs + ((number - first) * US_PER_S) / ratePerSecond;
  const end = first + count;
  const underWay = new Set<Promise<void>>();
  let failure: unknown;
  for (let next = first; next < end && failure === undefined; ) {
    const now = nowUs();
    const elapsed = Math.floor(((now - startUs) * ratePerSecond) / US_PER_S) + 1;
    const due = Math.min(end, first + Math.max(0, elapsed), next + MAX_DUE);
    if (due > next) {
      const sending = send(next, due, momentOf)
        .catch((thrown: unknown) => {
          failure = thrown;
        })
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
      next = due;
    } else {
      const waitMs = (momentOf(next) - now) / US_PER_MS;
      if (waitMs > 0) Atomics.wait(sleeper, 0, 0, Math.min(MAX_WAIT_MS, waitMs));
    }
    await setImmediate();
    if (underWay.size >= MAX_UNDER_WAY) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
  return { lateness: lateness.take() };
}

process.on('message', (order: LoadOrder) => {
  run(order).then(
    (report) => process.send?.(report),
    (thrown: unknown) => {
      process.stderr.write(`${String(thrown)}\n`);
      process.exit(1);
    },
  );
});
process.once('SIGTERM', () => process.exit(0));
process.send?.('ready');
