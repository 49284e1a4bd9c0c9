import { jsonText } from '../codec/json-text.ts';
import { readPolicyState } from '../codec/session-state.ts';
import { EvaluationFault } from '../domain/errors.ts';
import type { PolicyHead } from '../domain/policy.ts';
import { type Answer, effectRank, type Verdict } from '../domain/verdict.ts';
import type { EventView } from './event-view.ts';
import type { MatchedPolicy, PolicySet } from './policy-set.ts';
import type { Refusal } from './refusal.ts';

/**
 * Told which policy has its turn (its index in the set), so that a watchdog can name the one that never ends; undefined
 * once all have had theirs.
 */
export type TurnListener = (policyIndex: number | undefined) => void;

/** Verdicts that history recorded for one event: taken instead of asking the policies again. */
export interface RecordedVerdicts {
  /** The event's `input_identity` then; absent when the very record is meant. */
  readonly identity?: string;
  readonly byPolicy: ReadonlyMap<string, Verdict>;
  /** The event was stopped outside of any policy. */
  readonly refusal?: Refusal;
}

/** Asks every matching policy, in order; nothing cuts short. A policy that fails gives a deny that names the fault. */
export function evaluatePolicies(
  set: PolicySet,
  view: EventView,
  onTurn: TurnListener,
  recorded: RecordedVerdicts | undefined,
): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const index of set.route(view.event)) {
    const entry = set.policies[index] as MatchedPolicy;
    const known = recordedVerdict(entry.policy.head, recorded);
    if (known === undefined) onTurn(index);
    verdicts.push(known ?? askPolicy(entry, view, set.limits.maxPolicyStateBytes));
  }
  onTurn(undefined);
  return verdicts;
}

/** A verdict of another version of the policy is not an answer of this one. */
function recordedVerdict(head: PolicyHead, recorded: RecordedVerdicts | undefined): Verdict | undefined {
  const known = recorded?.byPolicy.get(head.name);
  if (known === undefined || known.version !== head.version) return undefined;
  return { ...known, mode: head.mode, recorded: true };
}

function askPolicy(entry: MatchedPolicy, view: EventView, maxStateBytes: number): Verdict {
  const { head } = entry.policy;
  view.state = view.session.states.get(head.name);
  try {
    const answer = entry.policy.judge(view);
    if (answer.state !== undefined) return { ...verdictFrom(head, answer), ...keptState(answer, view, maxStateBytes) };
    return Object.isFrozen(answer) ? sharedVerdict(head, answer) : verdictFrom(head, answer);
  } catch (thrown) {
    return faultVerdict(head, faultFrom(thrown));
  }
}

/** A word that is no effect would rank below allow. */
function verdictFrom(head: PolicyHead, answer: Answer): Verdict {
  if (effectRank(answer.effect) < 0) throw new EvaluationFault('invalid_result', 'the answer has no effect');
  return { ...answer, policy: head.name, version: head.version, mode: head.mode };
}

/*
 * Owns a memo of the verdicts that answers without state become. Invariants:
 * 1. Only frozen answers are in it: policies share those between events, and there are few of them.
 * 2. It changes no verdict, and keeps none longer than its answer.
 */
const memo = new WeakMap<PolicyHead, WeakMap<Answer, Verdict>>();

function sharedVerdict(head: PolicyHead, answer: Answer): Verdict {
  const verdicts = memo.get(head) ?? new WeakMap<Answer, Verdict>();
  const known = verdicts.get(answer);
  if (known !== undefined) return known;
  const verdict = Object.freeze(verdictFrom(head, answer));
  memo.set(head, verdicts.set(answer, verdict));
  return verdict;
}

/**
 * The state as a restored session would have it: so a takeover between two events changes nothing, and what could not
 * be read back is the policy's failure now, not a session that nobody can restore.
 */
function keptState(answer: Answer, view: EventView, maxBytes: number): Pick<Answer, 'state'> | undefined {
  if (answer.state === undefined || answer.state === view.state) return undefined;
  const text = jsonText(answer.state);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw new EvaluationFault('state_too_large', `the policy's state has ${bytes} bytes, limit ${maxBytes}`);
  }
  return { state: readPolicyState(text) };
}

/** Total: an evaluator that throws anything but an `EvaluationFault` has failed all the same, and the event is denied. */
function faultFrom(thrown: unknown): EvaluationFault {
  if (thrown instanceof EvaluationFault) return thrown;
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return new EvaluationFault('inspector_failed', `the policy failed with ${name}`, { cause: thrown });
}

/** The verdict of a policy that gave no answer: deny, with the cause written down. */
export function faultVerdict(head: PolicyHead, fault: Pick<EvaluationFault, 'code' | 'message'>): Verdict {
  const { code, message } = fault;
  return {
    policy: head.name,
    version: head.version,
    mode: head.mode,
    effect: 'deny',
    reason: `policy ${head.name} failed: ${code}`,
    code,
    error: { code, message },
  };
}
