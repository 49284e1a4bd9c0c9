import type { Faults } from '../../kafka/proxy.ts';
import type { Stage } from '../stage.ts';

/** Rules for all brokers at once. Throws where the cluster has no proxies: the scenario asks for the wrong shape. */
export function rowOf({ cluster }: Pick<Stage, 'cluster'>): Faults {
  const row = cluster.proxies[0]?.row;
  if (row === undefined) throw new Error('this cluster has no proxies');
  return row;
}
