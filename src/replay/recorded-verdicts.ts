import { parseJson } from '../codec/parse-json.ts';
import { TollgateError } from '../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { RecordedVerdicts } from '../judge/evaluate.ts';
import type { Refusal } from '../judge/refusal.ts';
import { recordedKey } from '../lanes/messages.ts';

const LIMITS = { maxBytes: 4 * 1024 * 1024, maxDepth: 200, maxValues: 200_000 };

/**
 * Collects, from decisions of an earlier run, what depended on more than policies, history and event (a time limit hit, a
 * worker that died): replay takes it from there. Throws `input_unreadable` for a line that is no decision.
 */
export class RecordedCollector {
  readonly #where: string;
  readonly byEvent = new Map<string, RecordedVerdicts>();

  constructor(where: string) {
    this.#where = where;
  }

  add(line: Uint8Array): void {
    const decision = this.#read(line);
    const verdicts = verdictsOf(decision);
    const refusal = verdicts.length === 0 ? faultFrom(decision.error) : undefined;
    const recorded = verdicts.map(recordedVerdict).filter((verdict) => verdict !== undefined);
    if (recorded.length === 0 && refusal === undefined) return;
    const { input_identity: identity, session_id: sessionId, event_id: eventId } = decision;
    this.byEvent.set(recordedKey(String(sessionId), String(eventId)), {
      ...(typeof identity === 'string' ? { identity } : undefined),
      ...(refusal === undefined ? undefined : { refusal }),
      byPolicy: new Map(recorded.map((verdict) => [verdict.policy, verdict])),
    });
  }

  #read(line: Uint8Array): JsonObject {
    const value = parseJson(line, LIMITS);
    if (isJsonObject(value) && typeof value.decision_id === 'string') return value;
    throw new TollgateError('input_unreadable', 'a line is not a decision', {
      where: this.#where,
      next: 'give the decisions that an earlier run wrote',
    });
  }
}

function verdictsOf({ verdicts }: JsonObject): JsonObject[] {
  return Array.isArray(verdicts) ? verdicts.filter((verdict: Json) => isJsonObject(verdict)) : [];
}

/** Recorded verdicts are failures, hence denies: anything else is asked again. */
function recordedVerdict({ policy, version, effect, reason, error, recorded }: JsonObject): Verdict | undefined {
  const fault = faultFrom(error);
  if (recorded !== true || effect !== 'deny' || fault === undefined) return undefined;
  if (typeof policy !== 'string' || typeof version !== 'string') return undefined;
  const text = typeof reason === 'string' ? { reason } : undefined;
  return { policy, version, mode: 'enforce', effect, ...text, code: fault.code, error: fault, recorded };
}

function faultFrom(error: Json | undefined): Refusal | undefined {
  if (!isJsonObject(error) || typeof error.message !== 'string') return undefined;
  const { code, message } = error;
  return code === 'timeout' || code === 'worker_died' ? { code, message } : undefined;
}
