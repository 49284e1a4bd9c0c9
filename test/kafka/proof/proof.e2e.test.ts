import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCluster } from '../../faults/open-cluster.ts';
import { playScenario } from '../../faults/play-scenario.ts';
import type { AnyScenario, Scenario } from '../../faults/scenario.ts';
import { SCENARIOS } from '../../faults/scenarios.ts';
import type { Cluster } from '../../faults/stage.ts';
import { describeWithKafka, describeWithOwnBroker, shortestSessionMs, testBroker } from '../given-broker.ts';

/*
 * The short form of the fault matrix (`npm run test:faults` is the long one): each scenario once, with a small load. What a run
 * that was not sound leaves behind lies in `out/faults`.
 */

const SEED = 1;
const LIMIT_MS = 240_000;
const SHORT = SCENARIOS.filter(({ inShort }) => inShort);
const UNLIMITED = new AbortController().signal;

async function proves(scenario: AnyScenario, cluster?: Cluster, sessionTimeoutMs?: number): Promise<void> {
  const session = sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs };
  const result = await playScenario(scenario, cluster, { seed: SEED, isShort: true, signal: UNLIMITED, ...session });
  expect(result.findings, `see ${result.evidence}`).toEqual([]);
  expect(result.events).toBeGreaterThan(0);
}

/** On the broker that tests share, unless it is the broker that something happens to. */
function isShared({ cluster, group }: AnyScenario): boolean {
  return cluster === 'one' && group !== 'network';
}

describe('on files, nothing is lost or doubled, and all goes on, after', () => {
  it.each(SHORT.filter(({ cluster }) => cluster === 'none'))('$name', (scenario) => proves(scenario), LIMIT_MS);
});

describeWithKafka('on a broker, nothing is lost or doubled, as readers see it during and after', () => {
  const cannot = () => {
    throw new Error('the broker is shared: no test may kill it');
  };
  const shared = (): Cluster => {
    const { brokers } = testBroker();
    return { brokers, connect: brokers, proxies: [], node: cannot, stop: () => Promise.resolve() };
  };

  it.each(SHORT.filter(isShared))('$name', (scenario) => proves(scenario, shared(), shortestSessionMs()), LIMIT_MS);
});

const own = SHORT.filter((scenario): scenario is Scenario => scenario.cluster !== 'none' && !isShared(scenario));
describe.each([...new Set(own.map(({ cluster }) => cluster))])('%s', (shape) => {
  describeWithOwnBroker('on brokers of its own, nothing is lost or doubled, as readers see it during and after', () => {
    let cluster: Cluster;

    beforeAll(async () => {
      cluster = await openCluster(shape);
    });
    afterAll(() => cluster.stop());

    const scenarios = own.filter((scenario) => scenario.cluster === shape);
    it.each(scenarios)('$name', (scenario) => proves(scenario, cluster), LIMIT_MS);
  });
});
