import { EMPTY_CHAIN } from '../../../src/domain/decision.ts';
import type { BenchOptions } from '../bench-case.ts';
import { openLanes } from '../given-lanes.ts';
import { benchSetup } from '../setup.ts';
import { sessionStates } from './session-states.ts';

const PARTITIONS = 8;
const EPOCH = 2;

export interface LaneRestoreInput {
  readonly sessions: number;
  readonly lanes: number;
}

/** Milliseconds until lanes have all sessions of all partitions, from encoded bytes in the main thread. In a process of its own. */
export async function measureLaneRestore(
  { sessions, lanes: count }: LaneRestoreInput,
  _: BenchOptions,
): Promise<number> {
  const setup = await benchSetup(PARTITIONS);
  const states = sessionStates(setup, sessions);
  const { lanes } = await openLanes(setup, count, 512);
  try {
    const startMs = performance.now();
    const end = { epoch: EPOCH, chain: EMPTY_CHAIN, clockMs: 0 };
    await Promise.all(states.map((all, partition) => lanes.restore({ partition, sessions: all, ...end }, () => true)));
    return performance.now() - startMs;
  } finally {
    await lanes.close();
  }
}
