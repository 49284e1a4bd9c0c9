import type { Decision } from '../domain/decision.ts';
import type { Event } from '../domain/event.ts';
import type { Json } from '../domain/json.ts';
import { SESSION_BOUNDS, type Session } from '../domain/session.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Changing } from './fold.ts';
import type { Merged } from './merge.ts';

/**
 * The session after its event was decided: what the next event sees of this one. Finishes `folded` in place; it is a
 * session like any other from then on, and nobody changes it again.
 */
export function concludeSession(
  folded: Changing,
  event: Event,
  decision: Decision,
  verdicts: readonly Verdict[],
  merged: Merged,
): Session {
  const { effect } = decision;
  const { type, tool, occurredAtMs } = event;
  folded.previous = tool === undefined ? { type, effect, occurredAtMs } : { type, tool, effect, occurredAtMs };
  folded.effects = { ...folded.effects, [effect]: (folded.effects[effect] ?? 0) + 1 };
  if (decision.error !== undefined) folded.errors++;
  addLabels(folded, merged.labels);
  folded.states = nextStates(folded.states, verdicts);
  return folded;
}

/** Labels that find no room set a flag, so that a policy can tell "not labelled" from "not known". */
function addLabels(session: Changing, labels: ReadonlyMap<string, string>): void {
  if (labels.size === 0) return;
  const next = new Map(session.labels);
  for (const [name, value] of labels) {
    const fits = name.length <= SESSION_BOUNDS.labelChars && value.length <= SESSION_BOUNDS.labelChars;
    if (fits && (next.has(name) || next.size < SESSION_BOUNDS.labels)) next.set(name, value);
    else session.labelsOverflow = true;
  }
  session.labels = next;
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
