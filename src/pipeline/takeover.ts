import { EMPTY_CHAIN } from '../domain/decision.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { Notice } from '../lanes/messages.ts';
import type { Positions, StateLog } from './ports.ts';

/** Where a partition's work begins, as the log has it. */
export interface Beginning {
  readonly positions: Positions;
  /** Live sessions that were restored. */
  readonly sessions: number;
  /** What the partition's audit chain must say first. */
  readonly notice: Notice | undefined;
}

/**
 * Takes a partition over: its sessions, chain and clock go from the log into its lane's worker; the meta record says
 * where its input goes on. `isCurrent` turns false when a later takeover began meanwhile: then the result is void.
 */
export async function takeOver(
  log: StateLog,
  lanes: Lanes,
  at: { readonly partition: number; readonly epoch: number; readonly policyRevision: string },
  isCurrent: () => boolean,
  signal: AbortSignal,
): Promise<Beginning | undefined> {
  const { partition, epoch, policyRevision } = at;
  const sessions: Uint8Array[] = [];
  const meta = await log.restore(partition, (_sessionId, value) => sessions.push(value), signal);
  if (!isCurrent()) return undefined;
  const chain = meta?.chain ?? EMPTY_CHAIN;
  const clockMs = meta?.clockMs ?? Number.NEGATIVE_INFINITY;
  await lanes.restore({ partition, epoch, sessions, chain, clockMs }, isCurrent);
  if (!isCurrent()) return undefined;
  const notice = revisionNotice(meta?.policyRevision, policyRevision);
  return { positions: meta?.positions ?? new Map(), sessions: sessions.length, notice };
}

/** Says in the chain which policies judge from here on, when it is not what the chain said before. */
function revisionNotice(before: string | undefined, now: string): Notice | undefined {
  if (before === now) return undefined;
  if (before === undefined || before === '')
    return { kind: 'policy_loaded', detailText: JSON.stringify({ policy_revision: now }) };
  const detail = { policy_revision: now, previous_revision: before };
  return { kind: 'policy_updated', detailText: JSON.stringify(detail) };
}
