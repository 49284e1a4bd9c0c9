import { hash } from 'node:crypto';
import { jsonText } from '../codec/json-text.ts';
import type { Decision } from '../domain/decision.ts';
import type { RejectionCode } from '../domain/errors.ts';
import { decisionId } from './identity.ts';
import { refusedOutcome } from './refusal.ts';

/** What of a rejected record names its event, and may be echoed. */
export type IdentifiedEvent = Pick<Decision, 'eventId' | 'sessionId'> & Partial<Decision>;

/** A record that cannot be read as an event. */
export interface Rejection {
  readonly code: RejectionCode;
  /** Never holds payload. */
  readonly message: string;
  readonly identified?: IdentifiedEvent | undefined;
}

/** The deny for a rejected record that names its event and session (contract section 5); never folded. */
export function rejectedDecision(
  rejection: Rejection & { readonly identified: IdentifiedEvent },
  value: Uint8Array,
  policyRevision: string,
): Decision {
  const { identified, code, message } = rejection;
  const refusal = { code: 'invalid_event', message: `${code}: ${message}` } as const;
  const { labels: _, ...outcome } = refusedOutcome(refusal);
  const content = `sha256:${hash('sha256', value)}`;
  return {
    ...identified,
    decisionId: decisionId(identified.sessionId, identified.eventId, content, policyRevision),
    ...outcome,
    verdicts: [],
    policyRevision,
  };
}

/** What the audit record of a rejection says: why, and which bytes, without quoting them. */
export function rejectionDetail(rejection: Rejection, value: Uint8Array | null): string {
  const bytes = value ?? new Uint8Array();
  return jsonText({
    error_code: rejection.code,
    error_message: rejection.message,
    value_size: bytes.length,
    value_sha256: hash('sha256', bytes),
  });
}
