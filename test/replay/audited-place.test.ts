import { describe, expect, it } from 'vitest';
import { EMPTY_CHAIN } from '../../src/domain/decision.ts';
import { chainRecord } from '../../src/judge/audit-record.ts';
import { auditedPlace } from '../../src/replay/audited-place.ts';

const AT = '2025-06-03T08:00:00.000Z';

describe('the place that an audit record names', () => {
  it.each(['decision', 'duplicate_event', 'event_rejected'] as const)('is that of its record: %s', (kind) => {
    const source = { topic: 'agent.tool-calls', partition: 12, offset: 9_007_199_254_740 };
    const note = { kind, source, decisionText: '{"source":{"topic":"other","partition":0,"offset":0}}' };
    const { text } = chainRecord(note, 12, { ...EMPTY_CHAIN, index: 41 }, AT);
    expect(auditedPlace(Buffer.from(text))).toEqual({ index: 41, source });
  });

  it('is none where the record is about the process', () => {
    const detailText = '{"source":{"topic":"a","partition":0,"offset":0}}';
    const { text } = chainRecord({ kind: 'policy_loaded', detailText }, 0, EMPTY_CHAIN, AT);
    expect(auditedPlace(Buffer.from(text))).toEqual({ index: 0 });
  });

  it.each([
    ['nothing', null],
    ['an empty value', ''],
    ['another object', '{"event_id":"a"}'],
    ['a record whose members were put in another order', '{"kind":"decision","audit_id":"0-0"}'],
  ])('is not looked for in %s', (_, value) => {
    expect(auditedPlace(value === null ? null : Buffer.from(value))).toBeUndefined();
  });
});
