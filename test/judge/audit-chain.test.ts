import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChainHead, EMPTY_CHAIN } from '../../src/domain/decision.ts';
import { type AuditCheck, verifyAuditLine } from '../../src/judge/audit-chain.ts';
import { chainOf, headAfter } from '../cli/audit-fixture.ts';

function verify(line: string | Uint8Array, head: ChainHead | undefined): AuditCheck {
  return verifyAuditLine(typeof line === 'string' ? Buffer.from(line) : line, () => head);
}

/** A record around a body, sealed with the hash that it should have. */
function sealed(body: string): string {
  return `${body},"hash":"${createHash('sha256').update(body).digest('hex')}"}`;
}

const CHAIN = chainOf(3, 4);
const FIRST = CHAIN[0] ?? '';

describe('a chain of audit records', () => {
  it('is intact as it was written, record by record', () => {
    let head = EMPTY_CHAIN;
    for (const [index, line] of CHAIN.entries()) {
      const check = verify(line, head);
      expect(check).toMatchObject({ kind: 'intact', partition: 3, head: { index: index + 1 } });
      if (check.kind === 'intact') head = check.head;
    }
    expect(head).toEqual(headAfter(CHAIN));
  });

  it('needs no more than the definition to be checked', () => {
    const body = `{"audit_id":"x","kind":"decision","recorded_at":"2026-01-01T00:00:00Z","partition":0,"index":0,"prev_hash":"${'0'.repeat(64)}"`;
    expect(verify(sealed(body), EMPTY_CHAIN).kind).toBe('intact');
  });

  it('shows any byte that was changed', () => {
    const bytes = Buffer.from(FIRST);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(change, ([at, by]) => {
        const changed = Buffer.from(bytes);
        changed[at] = ((changed[at] ?? 0) + by) % 256;
        expect(verify(changed, EMPTY_CHAIN).kind).toBe('broken');
      }),
      { seed: 42, numRuns: 500 },
    );
  });

  it('shows any bytes that are gone', () => {
    const bytes = Buffer.from(FIRST);
    const cut = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(cut, ([at, length]) => {
        const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        expect(verify(shorter, EMPTY_CHAIN).kind).toBe('broken');
      }),
      { seed: 42, numRuns: 200 },
    );
  });

  it.each<[string, string, ChainHead | undefined, string]>([
    ['a record that is missing before it', CHAIN[2] ?? '', headAfter(CHAIN.slice(0, 1)), 'expected index 1, found 2'],
    ['a record that stands there twice', FIRST, headAfter(CHAIN.slice(0, 1)), 'expected index 1, found 0'],
    ['a record before it that was written anew', CHAIN[1] ?? '', { index: 1, hash: 'f'.repeat(64) }, 'its prev_hash'],
    ['an empty line', '', EMPTY_CHAIN, 'does not begin like an audit record'],
    ['something else', '{"event_id":"e"}', EMPTY_CHAIN, 'does not begin like an audit record'],
    ['bytes after the hash', `${FIRST} `, EMPTY_CHAIN, 'does not end with its hash'],
    ['a hash in capitals', FIRST.replace(/[0-9a-f]{64}"}$/, (hash) => hash.toUpperCase()), EMPTY_CHAIN, 'does not end'],
    ['a body that is no JSON', sealed(`${FIRST.slice(0, -75)},"x":`), EMPTY_CHAIN, 'not valid JSON'],
    [
      'members in another order',
      sealed(`{"kind":"decision",${FIRST.slice(1, -75)}`),
      EMPTY_CHAIN,
      'does not begin like',
    ],
  ])('is broken by %s', (_, line, head, why) => {
    const check = verify(line, head);
    expect(check).toMatchObject({ kind: 'broken', why: expect.stringContaining(why) });
  });

  it('may begin anywhere when the start is not known', () => {
    expect(verify(CHAIN[2] ?? '', undefined)).toMatchObject({ kind: 'intact', head: { index: 3 } });
  });
});
