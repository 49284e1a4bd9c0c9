import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rejectedDecision, rejectionDetail } from '../../src/judge/rejected-event.ts';
import { REVISION } from './history.ts';

const VALUE = Buffer.from('{"event_id":"e","session_id":"s","type":"secret-type"}');
const REJECTION = { code: 'unknown_type', message: '/type: not an event type' } as const;
const identified = { eventId: 'e', sessionId: 's' };

describe('a record that is no event but names one', () => {
  it('is denied with invalid_event, unfolded, naming what is wrong', () => {
    const decision = rejectedDecision({ ...REJECTION, identified }, VALUE, REVISION);
    const message = 'unknown_type: /type: not an event type';
    expect(decision).toMatchObject({
      eventId: 'e',
      sessionId: 's',
      effect: 'deny',
      reason: message,
      error: { code: 'invalid_event', message },
      verdicts: [],
      patches: [],
      policyRevision: REVISION,
    });
    expect(decision).not.toHaveProperty('session');
    expect(decision).not.toHaveProperty('inputIdentity');
    expect(decision).not.toHaveProperty('labels');
  });

  it('has the same decision_id when it comes again, and another with other bytes', () => {
    const id = (value: Uint8Array) => rejectedDecision({ ...REJECTION, identified }, value, REVISION).decisionId;
    expect(id(VALUE)).toBe(id(Buffer.from(VALUE)));
    expect(id(VALUE)).not.toBe(id(Buffer.concat([VALUE, Buffer.from(' ')])));
  });
});

describe('the detail of a rejection', () => {
  it('says why and which bytes, and quotes none of them', () => {
    const text = rejectionDetail(REJECTION, VALUE);
    expect(JSON.parse(text)).toEqual({
      error_code: 'unknown_type',
      error_message: '/type: not an event type',
      value_size: VALUE.length,
      value_sha256: createHash('sha256').update(VALUE).digest('hex'),
    });
    expect(text).not.toContain('secret-type');
  });

  it('of a record without a value is about no bytes', () => {
    const detail = JSON.parse(rejectionDetail({ code: 'empty', message: 'no value' }, null)) as object;
    expect(detail).toMatchObject({ value_size: 0, value_sha256: createHash('sha256').digest('hex') });
  });
});
