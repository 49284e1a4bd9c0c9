import type { LaneOptions } from '../lanes/lane.ts';

/** A live run had its limits; a replay that knows what they cut off need not cut again, on a slower machine, elsewhere. */
const PATIENCE = 20;

/**
 * The same judging with longer time limits, for a replay that takes the limits that were hit from history: what answered
 * then may take its time to answer again. The policies' versions stay what they are.
 */
export function withPatience(setup: LaneOptions['setup']): LaneOptions['setup'] {
  const policies = setup.policies.map(({ head, engine }) => {
    const limits = { ...head.limits, timeoutMs: head.limits.timeoutMs * PATIENCE };
    return { head: { ...head, limits }, engine };
  });
  return { ...setup, policies };
}
