import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AUDIT_KINDS, EMPTY_CHAIN } from '../../src/domain/decision.ts';
import { verifyAuditLine } from '../../src/judge/audit-chain.ts';
import { type AuditNote, chainRecord } from '../../src/judge/audit-record.ts';

const AT = '2026-03-02T08:00:00.000Z';
const NOTE: AuditNote = {
  kind: 'decision',
  source: { topic: 'a "topic"', partition: 3, offset: 7 },
  decisionText: '{"decision_id":"d"}',
  eventText: '{"text":"ünï , \\"hash\\":"}',
};

describe('an audit record', () => {
  it('has its members in a fixed order, prev_hash inside and hash last', () => {
    const { text } = chainRecord({ ...NOTE, detailText: '{}' }, 3, EMPTY_CHAIN, AT);
    const record = JSON.parse(text) as Record<string, unknown>;
    expect(Object.keys(record)).toEqual([
      'audit_id',
      'kind',
      'recorded_at',
      'partition',
      'index',
      'prev_hash',
      'source',
      'decision',
      'event',
      'detail',
      'hash',
    ]);
    expect(record).toMatchObject({ recorded_at: AT, partition: 3, index: 0, prev_hash: '0'.repeat(64) });
    expect(record.source).toEqual(NOTE.source);
  });

  it('is hashed over its bytes up to the last ,"hash":', () => {
    const { text, head } = chainRecord(NOTE, 3, EMPTY_CHAIN, AT);
    const body = text.slice(0, text.lastIndexOf(',"hash":'));
    const expected = createHash('sha256').update(Buffer.from(body, 'utf8')).digest('hex');
    expect((JSON.parse(text) as { hash: string }).hash).toBe(expected);
    expect(head).toEqual({ index: 1, hash: expected });
  });

  it.each(AUDIT_KINDS)('of kind %s continues the chain', (kind) => {
    const first = chainRecord(NOTE, 3, EMPTY_CHAIN, AT);
    const second = chainRecord({ kind }, 3, first.head, AT);
    const check = verifyAuditLine(Buffer.from(second.text), () => first.head);
    expect(check).toEqual({ kind: 'intact', partition: 3, head: second.head });
    expect(second.head.index).toBe(2);
  });

  it('has an id of its own in each partition and place', () => {
    const ids = [0, 1].flatMap((partition) =>
      [EMPTY_CHAIN, { index: 1, hash: 'a'.repeat(64) }].map(
        (head) => (JSON.parse(chainRecord(NOTE, partition, head, AT).text) as { audit_id: string }).audit_id,
      ),
    );
    expect(new Set(ids).size).toBe(4);
  });
});
