import type { LogFields } from '../domain/log.ts';
import type { PolicyHead } from '../domain/policy.ts';
import { faultVerdict } from '../judge/evaluate.ts';
import type { LaneDeath } from '../lanes/lane.ts';
import type { Charge, Notice } from '../lanes/messages.ts';

/**
 * What is to be held against the record that a worker died over: the policy that had its turn gives a recorded deny; in
 * Tollgate's own code the whole event is refused, and when even that ends a worker, the record is quarantined.
 */
export function chargeFrom(death: LaneDeath, policies: readonly PolicyHead[], known: readonly Charge[]): Charge {
  const fault =
    death.cause.kind === 'stuck'
      ? ({ code: 'timeout', message: `no answer within ${death.cause.limitMs} ms` } as const)
      : ({ code: 'worker_died', message: 'the worker died twice over this event' } as const);
  const head = policies[death.culprit?.policy ?? -1];
  if (head === undefined) return known.some(isRefusal) ? { quarantined: true } : { refusal: fault };
  return { verdict: { ...faultVerdict(head, fault), recorded: true } };
}

function isRefusal({ refusal }: Charge): boolean {
  return refusal !== undefined;
}

/** The audit record of a restarted worker. */
export function restartNotice(death: LaneDeath): Notice {
  const { lane, cause, culprit } = death;
  const at = culprit === undefined ? {} : { topic: culprit.record.topic, offset: culprit.record.offset };
  return { kind: 'worker_restarted', detailText: JSON.stringify({ lane, cause: cause.kind, ...at }) };
}

/** A death in the words of the log. */
export function describeDeath(death: LaneDeath): LogFields {
  const { lane, cause, culprit } = death;
  const at =
    culprit === undefined
      ? {}
      : { partition: culprit.partition, topic: culprit.record.topic, offset: culprit.record.offset };
  return {
    lane,
    cause: cause.kind,
    ...at,
    ...(cause.kind === 'died' ? { err: cause.error } : { limit_ms: cause.limitMs }),
  };
}
