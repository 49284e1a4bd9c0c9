/**
 * Reads the decisions as a consumer that only wants committed ones does, and takes the moment at which each is in hand. One
 * request at a time for all partitions, answered as soon as there is anything.
 */
import { createKafka } from '../../../../src/kafka/client.ts';
import { openCluster } from '../../../../src/kafka/kafkajs.ts';
import { fetchPartitions } from '../../../../src/kafka/mends/fetch.ts';
import { nowUs } from '../clock.ts';
import { LatencyRecorder } from '../latencies.ts';
import type { ReadOrder, ReadReport } from '../load.ts';
import { type ProgramTask, programTask } from '../place.ts';
import { QUIET } from '../quiet.ts';
import { scheduledOf } from '../timed-events.ts';

const LIMITS = { maxWaitMs: 500, minBytes: 1, maxBytes: 16 * 1024 * 1024, isolation: 'read_committed' } as const;
const PARTITION_BYTES = 2 * 1024 * 1024;
const US_PER_S = 1e6;
/** Of what arrived, the part over which its rate is taken. */
const RATE_FROM = 0.4;
const RATE_TO = 0.9;

/** One order, while it is being carried out. */
class Phase {
  readonly #order: ReadOrder;
  readonly #isSeen: Uint8Array;
  readonly #latencies = new LatencyRecorder();
  readonly #done: (report: ReadReport) => void;
  readonly #timer: NodeJS.Timeout;
  #seen = 0;
  #doubled = 0;
  #rateFromUs = 0;
  #rateFrom = 0;
  #rateToUs = 0;
  #rateTo = 0;

  constructor(order: ReadOrder, done: (report: ReadReport) => void) {
    this.#order = order;
    this.#isSeen = new Uint8Array(order.events);
    this.#done = done;
    this.#timer = setTimeout(() => this.finish(), order.timeoutMs);
  }

  /** True when it was the last one. */
  arrived(number: number, scheduledUs: number, atUs: number): boolean {
    const { first, events, measuredFrom } = this.#order;
    const index = number - first;
    if (index < 0 || index >= events) return false;
    if (this.#isSeen[index] === 1) {
      this.#doubled++;
      return false;
    }
    this.#isSeen[index] = 1;
    this.#seen++;
    if (number >= measuredFrom) this.#latencies.record(atUs - scheduledUs);
    return this.#seen === events;
  }

  /** After each answer. */
  mark(atUs: number): void {
    const { events } = this.#order;
    if (this.#seen < RATE_FROM * events) {
      this.#rateFromUs = atUs;
      this.#rateFrom = this.#seen;
    }
    if (this.#seen <= RATE_TO * events || this.#rateTo === 0) {
      this.#rateToUs = atUs;
      this.#rateTo = this.#seen;
    }
  }

  finish(): void {
    clearTimeout(this.#timer);
    const arrivals = this.#rateTo - this.#rateFrom;
    const arrivalsPerSecond = (arrivals * US_PER_S) / Math.max(1, this.#rateToUs - this.#rateFromUs);
    this.#done({ latencies: this.#latencies.take(), seen: this.#seen, doubled: this.#doubled, arrivalsPerSecond });
  }
}

const { place } = programTask<ProgramTask>();
const topic = place.topics.decisions;
const cluster = await openCluster(createKafka({ brokers: place.brokers, clientId: 'arrivals' }, QUIET));
await cluster.addTargetTopic(topic);
const [nodeId = '0'] = Object.keys(cluster.findLeaderForPartitions(topic, [0]));
const leader = await cluster.findBroker({ nodeId });
const next = Array.from({ length: place.partitions }, () => 0);
let phase: Phase | undefined;

async function read(): Promise<void> {
  const targets = next.map((offset, partition) => ({ topic, partition, offset, maxBytes: PARTITION_BYTES }));
  const fetched = await fetchPartitions(leader, targets, LIMITS);
  const atUs = nowUs();
  let isLast = false;
  for (const { partition, errorType, records, nextOffset } of fetched) {
    if (errorType !== undefined) throw new Error(`reading ${topic}/${partition}: ${errorType}`);
    next[partition] = nextOffset;
    for (const { value } of records) {
      const found = scheduledOf(value as Buffer);
      if (found !== undefined && phase?.arrived(found.number, found.scheduledUs, atUs)) isLast = true;
    }
  }
  phase?.mark(atUs);
  if (isLast) phase?.finish();
}

process.on('message', (order: ReadOrder) => {
  phase = new Phase(order, (report) => {
    phase = undefined;
    process.send?.(report);
  });
});
process.once('SIGTERM', () => process.exit(0));
process.send?.('ready');
try {
  for (;;) await read();
} catch (thrown) {
  process.stderr.write(`${String(thrown)}\n`);
  process.exit(1);
}
