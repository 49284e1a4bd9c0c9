import type { FaultCode } from '../domain/errors.ts';
import type { Merged } from './merge.ts';

/** Why an event is denied as a whole, whatever its policies would say. `message` never holds payload. */
export interface Refusal {
  readonly code: FaultCode;
  readonly message: string;
}

/** The outcome of a refused event, in the form that merging verdicts gives. */
export function refusedOutcome(refusal: Refusal): Merged {
  return {
    effect: 'deny',
    reason: refusal.message,
    reasons: [{ policy: 'tollgate', code: refusal.code, message: refusal.message }],
    patches: [],
    obligations: [],
    labels: new Map(),
    error: refusal,
  };
}
