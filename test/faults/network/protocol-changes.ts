import { setTransactionLevel } from '../../kafka/broker/transaction-level.ts';
import type { Scenario } from '../scenario.ts';

/**
 * The cluster is told to offer the second transaction protocol no more, then again, and so on, as in an upgrade and what takes it back.
 * Who runs goes on as before; who was killed begins anew with the other protocol, under the transactional ids of the one that
 * was killed.
 */
export const protocolChanged: Scenario = {
  name: 'transaction protocol changed under load',
  group: 'network',
  cluster: 'one',
  records: { short: 4_000, long: 100_000 },
  eventsPerSecond: { short: 500, long: 3_000 },
  inShort: false,
  async play({ run, cluster, progress, records, random, note, isShort, signal }) {
    const names = ['a', 'b'];
    const running = names.map((name) => run.start(name));
    const changes = isShort ? 2 : 10;
    for (let change = 0; change < changes && progress.settled() < records; change++) {
      await progress.more(Math.floor((records / (changes + 1)) * (0.3 + random() / 2)));
      const level = change % 2 === 0 ? 1 : 2;
      await setTransactionLevel(cluster.brokers, level);
      const victim = Math.floor(change / 2) % 2;
      await running[victim]?.kill();
      const successor = run.start(names[victim] ?? '');
      running[victim] = successor;
      await successor.says(opened(level === 1 ? 'first' : 'second'), signal);
      note('changes of protocol', 1);
    }
  },
};

/** What a process logs of its two producers. */
function opened(protocol: 'first' | 'second'): string {
  return `"transaction_protocols":["${protocol}","${protocol}"]`;
}
