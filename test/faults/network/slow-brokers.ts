import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { rowOf } from './proxy-row.ts';

const RECORDS = { short: 3_000, long: 30_000 };
const PACE = { short: 500, long: 1_000 };
/** Of every connection. A commit of a hundred records is some 200 KB. */
const BYTES_PER_SECOND = 1_000_000;
/** A far-away broker. */
const LATENCY_MS = 40;
/** Nothing is lost by waiting, so that a process may wait for a whole request timeout (30 s). */
const HOLES = { short: 1, long: 3 };

/** Every request waits a little. */
const farBroker: Scenario = {
  name: 'slow broker: 40 ms more for each request',
  group: 'network',
  cluster: 'one-proxied',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: false,
  play: (stage) =>
    whileSlow(stage, () => rowOf(stage).add({ apiKey: 'any', action: { kind: 'delay', delayMs: LATENCY_MS } })),
};

/** Requests and answers trickle. */
const narrowBroker: Scenario = {
  name: 'slow broker: 1 MB/s for each connection',
  group: 'network',
  cluster: 'one-proxied',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: false,
  play: (stage) =>
    whileSlow(stage, () =>
      rowOf(stage).add({ apiKey: 'any', action: { kind: 'throttle', bytesPerSecond: BYTES_PER_SECOND } }),
    ),
};

/** One of three nodes is slow: a transaction is as slow as its slowest part. */
const oneSlowNode: Scenario = {
  name: 'three nodes: one of them slow',
  group: 'network',
  cluster: 'three-proxied',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: false,
  play: (stage) =>
    whileSlow(stage, () => {
      const proxy = stage.cluster.proxies[Math.floor(stage.random() * 3)];
      if (proxy === undefined) throw new Error('this cluster has no proxies');
      return proxy.add({ apiKey: 'any', action: { kind: 'delay', delayMs: 4 * LATENCY_MS } });
    }),
};

/** Connections that stay open and on which nothing comes back: only the clients' own timeouts tell. */
const blackHoles: Scenario = {
  name: 'three nodes: connections that lead nowhere',
  group: 'network',
  cluster: 'three-proxied',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: false,
  async play(stage) {
    const { run, progress, isShort, records, random, note } = stage;
    run.start('a');
    run.start('b');
    const holes = isShort ? HOLES.short : HOLES.long;
    for (let hole = 0; hole < holes; hole++) {
      await progress.more(Math.floor(records / (holes + 2)));
      let spared = Math.floor(random() * 50);
      const when = () => spared-- <= 0;
      const rule = rowOf(stage).add({ apiKey: 'any', action: { kind: 'blackHole' }, once: true, when });
      await rule.reached(1, stage.signal);
      note('connections gone dark', 1);
    }
  },
};

/** Slow for two thirds of the load, with a process that joins meanwhile. */
async function whileSlow(stage: Stage, slow: () => { readonly hits: number; remove(): void }): Promise<void> {
  const { run, progress, records, note } = stage;
  run.start('a');
  await progress.more(Math.floor(records / 6));
  const rule = slow();
  try {
    await progress.more(Math.floor(records / 3));
    run.start('b');
    await progress.more(Math.floor(records / 3));
  } finally {
    rule.remove();
    note('requests slowed down', rule.hits);
  }
}

/** Brokers that answer, but late or hardly. */
export const slowBrokers: readonly Scenario[] = [farBroker, narrowBroker, oneSlowNode, blackHoles];
