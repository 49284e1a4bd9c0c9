import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { ClusterView, COORDINATOR_TOPICS } from './cluster-view.ts';
import { rowOf } from './proxy-row.ts';

const RECORDS = { short: 4_000, long: 100_000 };
const PACE = { short: 500, long: 3_000 };
/** A node that was killed is away for so long, at most, before it is started again. */
const MOST_AWAY_MS = 3_000;

function topicsOf({ run: { topics } }: Stage): readonly string[] {
  const { events, ...others } = topics;
  return [...events, ...Object.values(others)];
}

/** The only broker dies and returns with its data. */
const brokerKilled: Scenario = {
  name: 'broker: kill -9 and restart',
  group: 'network',
  cluster: 'one-older',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: true,
  async play(stage) {
    const { run, cluster, progress, isShort, records, random, note, signal } = stage;
    run.start('a');
    run.start('b');
    const kills = isShort ? 1 : 6;
    for (let kill = 0; kill < kills && progress.settled() < records; kill++) {
      await progress.more(Math.floor((records / (kills + 1)) * (0.2 + random() / 2)));
      await cluster.node(0).kill();
      await delay(random() * MOST_AWAY_MS, undefined, { signal });
      await cluster.node(0).start();
      note('brokers killed', 1);
    }
  },
};

/** Each of three nodes dies in turn; the others lead its partitions meanwhile. */
const eachNodeKilled: Scenario = {
  name: 'three nodes: kill -9 of each in turn',
  group: 'network',
  cluster: 'three',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: false,
  play: (stage) =>
    ClusterView.over(stage.cluster.brokers, async (view) => {
      stage.run.start('a');
      stage.run.start('b');
      const rounds = stage.isShort ? 1 : 2;
      for (let kill = 0; kill < 3 * rounds; kill++) await killAndRestart(stage, view, kill % 3);
    }),
};

/** The node that coordinates the group dies, then the one that coordinates a process's transactions. */
const coordinatorsKilled: Scenario = {
  name: 'three nodes: kill -9 of the coordinators',
  group: 'network',
  cluster: 'three-proxied',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: true,
  play: (stage) =>
    ClusterView.over(stage.cluster.brokers, async (view) => {
      const { run, isShort } = stage;
      run.start('a');
      run.start('b');
      for (let round = 0; round < (isShort ? 1 : 3); round++) {
        await killAndRestart(stage, view, await view.groupCoordinator(run.groupId));
        if (isShort) return;
        const id = `${run.groupId}-${round % 2 === 0 ? 'a' : 'b'}-a`;
        await killAndRestart(stage, view, await view.transactionCoordinator(id));
      }
    }),
};

async function killAndRestart(stage: Stage, view: ClusterView, index: number): Promise<void> {
  const { cluster, progress, records, random, note, signal } = stage;
  await progress.more(Math.floor(records / 12));
  const node = cluster.node(index);
  await node.kill();
  await delay(random() * MOST_AWAY_MS, undefined, { signal });
  await progress.more(Math.floor(records / 24));
  await node.start();
  note('brokers killed', 1);
  await view.whole(topicsOf(stage), signal);
}

/** Longer than a membership is patient with brokers that do not answer: it is given up and begun anew. */
const CUT_OFF_MS = 15_000;

/**
 * The broker that is named first in the configuration dies for good, while its address goes on taking connections, as that of a
 * proxy, a load balancer or a container's port does; then all others are out of reach for a while. When they are back, two of
 * three brokers are well, and nothing may depend on the first.
 */
const firstBrokerLost: Scenario = {
  name: 'three nodes: the first one lost behind an address that answers, the others cut off for 15 s',
  group: 'network',
  cluster: 'three-proxied',
  records: { short: 3_000, long: 30_000 },
  eventsPerSecond: { short: 100, long: 1_500 },
  inShort: false,
  play: (stage) =>
    ClusterView.over(stage.cluster.brokers, async (view) => {
      const { run, cluster, progress, records, note, signal } = stage;
      run.start('a');
      run.start('b');
      await progress.more(Math.floor(records / 6));
      await cluster.node(0).kill();
      try {
        const rule = rowOf(stage).add({ apiKey: 'any', action: { kind: 'refuse' } });
        await delay(CUT_OFF_MS, undefined, { signal });
        rule.remove();
        note('requests cut', rule.hits);
        await progress.more(Math.floor(records / 6));
      } finally {
        await cluster.node(0).start();
      }
      await view.whole(topicsOf(stage), signal);
    }),
};

/** Every partition of the run's topics is given another leader, and those that coordinate. Nobody dies. */
const leadersMoved: Scenario = {
  name: 'three nodes: leaders and coordinators move',
  group: 'network',
  cluster: 'three',
  records: RECORDS,
  eventsPerSecond: PACE,
  inShort: false,
  play: (stage) =>
    ClusterView.over(stage.cluster.brokers, async (view) => {
      const { run, progress, records, isShort, note, signal } = stage;
      run.start('a');
      run.start('b');
      const moves = isShort ? 1 : 4;
      for (let move = 0; move < moves; move++) {
        await progress.more(Math.floor(records / (2 * moves + 2)));
        await view.moveLeaders(topicsOf(stage), signal);
        await view.moveLeaders(COORDINATOR_TOPICS, signal);
        note('times that all leaders moved', 1);
      }
    }),
};

/** Brokers that die and come back, and brokers that hand over what they lead. */
export const killedBrokers: readonly Scenario[] = [
  brokerKilled,
  eachNodeKilled,
  coordinatorsKilled,
  firstBrokerLost,
  leadersMoved,
];
