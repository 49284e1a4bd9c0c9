import { readFileSync } from 'node:fs';
import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageFile } from '../../src/codec/package-file.ts';
import { SessionCodec } from '../../src/codec/session-codec.ts';
import { TollgateError } from '../../src/domain/errors.ts';
import type { Session } from '../../src/domain/session.ts';
import { arbitraryHistory, arbitraryPolicies } from '../judge/arbitrary-history.ts';
import { aPolicy, aSet, call, control, judgeAll, result, sessionAfter, T0 } from '../judge/history.ts';
import { arbitraryJson } from './json-arbitrary.ts';

const codec = new SessionCodec();
const LIBRARY = avro.Type.forSchema(
  JSON.parse(readFileSync(packageFile('schemas', 'session-state.v1.avsc'), 'utf8')) as avro.Schema,
);

/** The session after going through bytes, which are copied as a log would. */
function roundTrip(session: Session): Session {
  return codec.decode(Uint8Array.from(codec.encode(session)));
}

describe('a session', () => {
  it('comes back from its bytes as it was, whatever was folded', () => {
    const property = fc.property(arbitraryPolicies, arbitraryHistory, (policies, history) => {
      const { session } = judgeAll(aSet(policies), history);
      if (session !== undefined) expect(roundTrip(session)).toStrictEqual(session);
    });
    fc.assert(property, { seed: 42, numRuns: 200 });
  });

  it('is Avro as the library writes it: what it reads out of the bytes, it writes into the same', () => {
    const property = fc.property(arbitraryPolicies, arbitraryHistory, (policies, history) => {
      const { session } = judgeAll(aSet(policies), history);
      if (session === undefined) return;
      const [version, ...body] = codec.encode(session);
      const bytes = Buffer.from(body);
      expect(version).toBe(1);
      expect(LIBRARY.toBuffer(LIBRARY.fromBuffer(bytes))).toEqual(bytes);
    });
    fc.assert(property, { seed: 42, numRuns: 200 });
  });

  it('comes back with its maps in their order', () => {
    const session = sessionAfter([
      ...['z', '1', 'a', '__proto__', '0'].map((tool) => call({}, { tool, call_id: `c-${tool}` })),
      control('approval', { approvals: ['b', 'a'] }),
    ]);
    const after = roundTrip(session);
    expect([...after.callsByTool.keys()]).toEqual(['z', '1', 'a', '__proto__', '0']);
    expect([...after.openCalls.keys()]).toEqual([...session.openCalls.keys()]);
    expect(after.approvals).toEqual(session.approvals);
  });

  it('has the same bytes each time', () => {
    const session = sessionAfter([call(), result('x'), call()]);
    const first = Uint8Array.from(codec.encode(session));
    expect(Uint8Array.from(codec.encode(roundTrip(session)))).toEqual(first);
    expect(Uint8Array.from(new SessionCodec().encode(session))).toEqual(first);
  });

  it('keeps any state of a policy, long integers included', () => {
    const session = sessionAfter([call()]);
    const property = fc.property(arbitraryJson, fc.string({ unit: 'grapheme' }), (state, policy) => {
      expect(roundTrip({ ...session, states: new Map([[policy, state]]) }).states).toEqual(new Map([[policy, state]]));
    });
    fc.assert(property, { seed: 42, numRuns: 200 });
  });

  it('may be larger than the buffer of the codec that was made for it', () => {
    const session = sessionAfter([call()], aSet([aPolicy('p')]));
    const large = { ...session, states: new Map([['p', 'ü'.repeat(200_000)]]) };
    expect(roundTrip(large)).toStrictEqual(large);
    expect(roundTrip(session)).toStrictEqual(session);
  });

  it('is written at once: the bytes are those of the call, until the next', () => {
    const [one, two] = [sessionAfter([call()]), sessionAfter([call(), call()])];
    const bytes = codec.encode(one);
    const kept = Uint8Array.from(bytes);
    codec.encode(two);
    expect(codec.decode(kept).seq).toBe(1);
  });

  it('is read out of the middle of other bytes', () => {
    const session = sessionAfter([call({}, { occurred_at: T0 + 5 })]);
    const bytes = codec.encode(session);
    const slab = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]);
    expect(codec.decode(slab.subarray(6, 6 + bytes.length))).toStrictEqual(session);
  });
});

describe('bytes that are no session of this version', () => {
  const good = Buffer.from(codec.encode(sessionAfter([call(), result('x')])));

  it.each<readonly [string, Uint8Array]>([
    ['none', new Uint8Array()],
    ['the version alone', good.subarray(0, 1)],
    ['a later version', Buffer.concat([Buffer.from([2]), good.subarray(1)])],
    ['a cut end', good.subarray(0, good.length - 1)],
    ['a byte too many', Buffer.concat([good, Buffer.from([0])])],
    ['text', Buffer.from('{"session_id":"s"}')],
  ])('are refused: %s', (_, bytes) => {
    let thrown: unknown;
    try {
      codec.decode(bytes);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TollgateError);
    expect(thrown).toMatchObject({ code: 'position_contradicts', next: expect.any(String) as string });
  });

  it('are never read as something else: any cut throws', () => {
    for (let end = 0; end < good.length; end++)
      expect(() => codec.decode(good.subarray(0, end))).toThrow(TollgateError);
  });
});
