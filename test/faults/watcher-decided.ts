import { hash } from 'node:crypto';
import { timeMs } from '../kafka/outside/event-rules.ts';
import { CONTRACT_LIMITS } from '../kafka/outside/read-event.ts';
import type { Findings } from '../kafka/outside/violation.ts';

/** Sessions of a partition that are remembered; the one that was heard of first is forgotten for a new one. */
const MOST_SESSIONS = 250_000;

/** Where a session stands: its seq and digest, and the highest time of its events. */
interface Course {
  readonly seq: number;
  readonly digest: string;
  readonly clockMs: number;
}

/** The members of a decision that are looked at. */
interface DecisionJson {
  readonly session_id: string;
  readonly type?: string;
  readonly occurred_at: string | number;
  readonly input_identity?: string;
  readonly session?: { readonly seq: number; readonly digest: string };
}

/** Follows the sessions of a partition by its decisions: each continues its session, or begins it anew. */
export class Decided {
  readonly #sessions = new Map<string, Course>();
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** A decision that is not folded (of what is no event) names no session's state, and changes none. */
  take(value: Buffer, place: string): void {
    const decision = parse(value);
    if (decision === undefined) {
      this.#findings.add('unreadable', place, 'the decision is no JSON object');
      return;
    }
    const { session_id: id, session } = decision;
    if (session === undefined) return;
    const before = this.#sessions.get(id);
    const isForgotten = before === undefined && this.#sessions.size >= MOST_SESSIONS;
    if (!(isForgotten || isNext(decision, session, before))) {
      const sentence = `seq ${session.seq} and its digest do not follow seq ${before?.seq ?? 0} of its session`;
      this.#findings.add('fold_differs', place, sentence);
    }
    if (isForgotten) this.#forgetOne();
    const clockMs = Math.max(before?.clockMs ?? 0, timeMs(decision.occurred_at) ?? 0);
    this.#sessions.set(id, { seq: session.seq, digest: session.digest, clockMs });
  }

  #forgetOne(): void {
    for (const id of this.#sessions.keys()) {
      this.#sessions.delete(id);
      return;
    }
  }
}

/** A digest is SHA-256(previous digest, input_identity). The first one, whose previous is empty, comes once, or when it may. */
function isNext(
  decision: DecisionJson,
  { seq, digest }: { readonly seq: number; readonly digest: string },
  before: Course | undefined,
): boolean {
  const { input_identity: identity = '' } = decision;
  const isAnew = before === undefined || beginsAnew(decision, before);
  if (isAnew) return seq === 1 && digest === digestOf('', identity);
  return seq === before.seq + 1 && digest === digestOf(before.digest, identity);
}

/** After idleness, and when an authority says so: of what the fleet sends no such type is an event (contract section 1). */
function beginsAnew({ type, occurred_at: at }: DecisionJson, { clockMs }: Course): boolean {
  return type === 'session_reset' || (timeMs(at) ?? 0) - clockMs > CONTRACT_LIMITS.sessionIdleMs;
}

function digestOf(previous: string, identity: string): string {
  return `sha256:${hash('sha256', previous + identity)}`;
}

function parse(value: Buffer): DecisionJson | undefined {
  try {
    const json: unknown = JSON.parse(value.toString('utf8'));
    return typeof json === 'object' && json !== null ? (json as DecisionJson) : undefined;
  } catch {
    return undefined;
  }
}
