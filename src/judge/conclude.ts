import type { Decision } from '../domain/decision.ts';
import type { Event } from '../domain/event.ts';
import type { Json } from '../domain/json.ts';
import { SESSION_BOUNDS, type Session } from '../domain/session.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Merged } from './merge.ts';

/** The session after its event was decided: what the next event sees of this one. */
export function concludeSession(
  folded: Session,
  event: Event,
  decision: Decision,
  verdicts: readonly Verdict[],
  merged: Merged,
): Session {
  const { effect } = decision;
  return {
    ...folded,
    ...withLabels(folded, merged.labels),
    previous: {
      type: event.type,
      ...(event.tool === undefined ? undefined : { tool: event.tool }),
      effect,
      occurredAtMs: event.occurredAtMs,
    },
    effects: { ...folded.effects, [effect]: (folded.effects[effect] ?? 0) + 1 },
    errors: folded.errors + (decision.error === undefined ? 0 : 1),
    states: nextStates(folded.states, verdicts),
  };
}

/** Labels that find no room set a flag, so that a policy can tell "not labelled" from "not known". */
function withLabels(
  session: Session,
  labels: ReadonlyMap<string, string>,
): Pick<Session, 'labels' | 'labelsOverflow'> | undefined {
  if (labels.size === 0) return undefined;
  const next = new Map(session.labels);
  let labelsOverflow = session.labelsOverflow;
  for (const [name, value] of labels) {
    const fits = name.length <= SESSION_BOUNDS.labelChars && value.length <= SESSION_BOUNDS.labelChars;
    if (fits && (next.has(name) || next.size < SESSION_BOUNDS.labels)) next.set(name, value);
    else labelsOverflow = true;
  }
  return { labels: next, labelsOverflow };
}

function nextStates(states: ReadonlyMap<string, Json>, verdicts: readonly Verdict[]): ReadonlyMap<string, Json> {
  let next: Map<string, Json> | undefined;
  for (const verdict of verdicts) {
    if (verdict.state === undefined) continue;
    next ??= new Map(states);
    next.set(verdict.policy, verdict.state);
  }
  return next ?? states;
}
