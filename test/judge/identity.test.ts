import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { decisionId, printOf } from '../../src/judge/identity.ts';
import { call, eventAt, type Given, result, step } from './history.ts';

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const identityOf = (given: Given) => printOf(eventAt(0, given)).identity;
const material: JsonObject = { name: 'm', kind: 'sbom', content: 'c' };

describe('input_identity', () => {
  it.each<readonly [string, Given, string]>([
    ['a call', call({ b: 1, a: [] }), '{"params":{"a":[],"b":1},"tool":"shell","type":"tool_call"}'],
    [
      'a call without params',
      { fields: { type: 'tool_call', tool: 't' }, trusted: false },
      '{"params":{},"tool":"t","type":"tool_call"}',
    ],
    ['a call with null params', call(null), '{"params":null,"tool":"shell","type":"tool_call"}'],
    ['a result', result(null), '{"params":{},"result":null,"tool":"shell","type":"tool_result"}'],
    ['a step', step(), '{"params":{},"type":"step"}'],
    [
      'a material',
      step({ material }),
      '{"material":{"content":"c","kind":"sbom","name":"m"},"params":{},"type":"step"}',
    ],
    [
      'numbers as ECMAScript writes them',
      call([1.0, 1e21, 1e-7]),
      '{"params":[1,1e+21,1e-7],"tool":"shell","type":"tool_call"}',
    ],
  ])('is the SHA-256 of the RFC 8785 form of %s', (_, given, canonical) => {
    expect(identityOf(given)).toBe(sha256(canonical));
  });

  it('sorts members by UTF-16 code units', () => {
    const form = '{"params":{"\u20ac":1,"\ud83d\ude00":2,"\ufb33":3},"tool":"shell","type":"tool_call"}';
    expect(identityOf(call({ '\ufb33': 3, '\ud83d\ude00': 2, '\u20ac': 1 }))).toBe(sha256(form));
  });

  it('keeps the digits of long integers', () => {
    const event = { ...eventAt(0, call()), params: { n: 9007199254740993n } };
    expect(printOf(event).canonical).toContain('9007199254740993');
  });

  it('does not depend on ids, time, phase, usage or context', () => {
    const other = {
      event_id: 'x',
      call_id: 'c',
      occurred_at: 1,
      phase: 'mid',
      usage: { cost_usd: 1 },
      context: { a: 1 },
    };
    expect(identityOf(call({ a: 1 }, other))).toBe(identityOf(call({ a: 1 })));
  });
});

describe('decision_id', () => {
  const id = (parts: { session?: string; event?: string; identity?: string; revision?: string } = {}) =>
    decisionId(parts.session ?? 's', parts.event ?? 'e', parts.identity ?? 'i', parts.revision ?? 'r');

  it('is the same for the same session, event, identity and revision', () => {
    expect(id()).toBe(id());
    expect(id()).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is another when any of them is', () => {
    const all = [id(), id({ session: 'x' }), id({ event: 'x' }), id({ identity: 'x' }), id({ revision: 'x' })];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is of the JSON array of its parts, whatever an id is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('e', '\0"\\', '\u2028\ud800'), (session, event) => {
        const text = JSON.stringify([session, event, 'i', 'r']);
        expect(id({ session, event })).toBe(sha256(text).slice(7, 39));
      }),
      { seed: 42 },
    );
  });

  it('cannot be met by moving text from one part to the next', () => {
    expect(id({ session: 'a', event: 'bc' })).not.toBe(id({ session: 'ab', event: 'c' }));
    expect(id({ session: 'a","b', event: 'c' })).not.toBe(id({ session: 'a', event: 'b","c' }));
  });
});
