import { setTimeout as delay } from 'node:timers/promises';
import type { OwnBroker } from '../../kafka/broker/start-broker.ts';
import type { Scenario } from '../scenario.ts';
import { ClusterView } from './cluster-view.ts';

const RECORDS = { short: 4_000, long: 90_000 };
const PACE = { short: 500, long: 2_000 };
/** Long enough that every timeout of a client and of a member runs out. */
const GONE_MS = { short: 8_000, long: 60_000 };

const brokerGone: Scenario = {
  name: 'broker gone for a minute',
  group: 'network',
  cluster: 'one-older',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: false,
  async play({ run, cluster, progress, isShort, records, signal }) {
    run.start('a');
    run.start('b');
    await progress.more(Math.floor(records / 4));
    await cluster.node(0).kill();
    await delay(isShort ? GONE_MS.short : GONE_MS.long, undefined, { signal });
    await cluster.node(0).start();
  },
};

const brokerFrozen: Scenario = {
  name: 'broker stopped for a minute, then going on (SIGSTOP)',
  group: 'network',
  cluster: 'one-older',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: false,
  async play({ run, cluster, progress, isShort, records, signal }) {
    run.start('a');
    run.start('b');
    await progress.more(Math.floor(records / 4));
    await frozen(cluster.node(0), () => delay(isShort ? GONE_MS.short : GONE_MS.long, undefined, { signal }));
  },
};

/** A host hangs: its connections stay, and nothing comes back. The others lead after 3 s; a process dies meanwhile. */
const coordinatorFrozen: Scenario = {
  name: 'three nodes: the coordinator stopped for a minute, a process killed (SIGSTOP)',
  group: 'network',
  cluster: 'three',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: false,
  play: (stage) =>
    ClusterView.over(stage.cluster.brokers, async (view) => {
      const { run, cluster, progress, isShort, records, random, signal } = stage;
      run.start('a');
      const doomed = run.start('b');
      await progress.more(Math.floor(records / 4));
      const node = cluster.node(await view.groupCoordinator(run.groupId));
      await frozen(node, async () => {
        await delay(random() * 200, undefined, { signal });
        await doomed.kill();
        await delay(isShort ? GONE_MS.short : GONE_MS.long, undefined, { signal });
      });
      run.start('b');
    }),
};

/** A topic asks for three copies in sync and has two: it takes nothing until the third is back. */
const tooFewCopies: Scenario = {
  name: 'three nodes: fewer copies in sync than asked for, for a minute',
  group: 'network',
  cluster: 'three',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: false,
  play: (stage) =>
    ClusterView.over(stage.cluster.brokers, async (view) => {
      const { run, cluster, progress, isShort, records, random, signal } = stage;
      await view.askForCopies(run.topics.decisions, 3);
      run.start('a');
      run.start('b');
      await progress.more(Math.floor(records / 4));
      const node = cluster.node(Math.floor(random() * 3));
      await node.kill();
      await delay(isShort ? 3 * GONE_MS.short : GONE_MS.long, undefined, { signal });
      await node.start();
    }),
};

/** SIGSTOP for as long as `meanwhile` takes, then SIGCONT: a node whose connections stay, and that answers nothing. */
async function frozen(node: ReturnType<OwnBroker['node']>, meanwhile: () => Promise<void>): Promise<void> {
  node.suspend();
  try {
    await meanwhile();
  } finally {
    node.resume();
  }
}

/** Brokers that are away, or hang, for longer than anybody waits for an answer. */
export const goneBrokers: readonly Scenario[] = [brokerGone, brokerFrozen, coordinatorFrozen, tooFewCopies];
