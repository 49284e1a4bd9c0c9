import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMeta, encodeMeta, isMetaKey, META_KEY } from '../../src/kafka/meta-record.ts';
import type { PartitionMeta } from '../../src/pipeline/ports.ts';

const RUNS = { seed: 20_260_302, numRuns: 300 };
const HASH = 'ab'.repeat(32);
const ID = 'jZ9wDpBvTKmyQ1l6bZ3vXg';
/** Also of a topic that has no position: it is not written. */
const IDS = new Map([
  ['events', ID],
  ['steps', ID],
]);
const SOUND = {
  v: 1,
  positions: { events: 7 },
  chain: { index: 3, hash: HASH },
  clock_ms: 1_700_000_000_000,
  policy_revision: 'sha256:0',
};

const offset = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const meta: fc.Arbitrary<PartitionMeta> = fc.record({
  // Also names that mean something to JavaScript: Kafka takes them all.
  positions: fc
    .array(fc.tuple(fc.oneof(fc.constantFrom('__proto__', 'constructor', '7', 'a.b-c_d'), fc.string()), offset))
    .map((entries) => new Map(entries)),
  chain: fc.record({ index: offset, hash: fc.stringMatching(/^[0-9a-f]{64}$/) }),
  clockMs: fc.oneof(fc.constant(Number.NEGATIVE_INFINITY), fc.integer()),
  policyRevision: fc.string(),
});

describe('a meta record', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(meta, (given) => {
        expect(decodeMeta(encodeMeta(given, new Map()), 'sessions/0')).toEqual({ meta: given, topicIds: new Map() });
      }),
      RUNS,
    );
  });

  it('is JSON for whoever looks at it with another tool', () => {
    const given = {
      positions: new Map([['events', 7]]),
      chain: { index: 3, hash: HASH },
      clockMs: SOUND.clock_ms,
      policyRevision: 'sha256:0',
    };
    expect(JSON.parse(encodeMeta(given, new Map()).toString('utf8'))).toEqual(SOUND);
    const bytes = encodeMeta(given, IDS);
    expect(JSON.parse(bytes.toString('utf8'))).toEqual({ ...SOUND, topic_ids: { events: ID } });
  });

  it('says which topics its positions are of, where that is known', () => {
    const withIds = Buffer.from(JSON.stringify({ ...SOUND, topic_ids: { events: ID } }));
    expect(decodeMeta(withIds, 'sessions/0').topicIds).toEqual(new Map([['events', ID]]));
    expect(decodeMeta(Buffer.from(JSON.stringify(SOUND)), 'sessions/0').topicIds).toEqual(new Map());
  });

  it('has a key that no session can have', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (sessionId) => {
        expect(isMetaKey(Buffer.from(sessionId))).toBe(false);
      }),
      RUNS,
    );
    expect(isMetaKey(META_KEY)).toBe(true);
    expect(isMetaKey(Buffer.concat([META_KEY, Buffer.from('x')]))).toBe(false);
    expect(isMetaKey(META_KEY.subarray(0, -1))).toBe(false);
    expect(isMetaKey(new Uint8Array())).toBe(false);
  });

  it.each([
    { name: 'no bytes', text: '' },
    { name: 'no JSON', text: '{"v":1' },
    { name: 'null', text: 'null' },
    { name: 'an array', text: '[]' },
    { name: 'a number', text: '1' },
    { name: 'no version', change: { v: undefined } },
    { name: 'a later version', change: { v: 2 } },
    { name: 'no positions', change: { positions: undefined } },
    { name: 'positions that are null', change: { positions: null } },
    { name: 'positions that are a number', change: { positions: 5 } },
    { name: 'positions in an array', change: { positions: [7] } },
    { name: 'a negative position', change: { positions: { events: -1 } } },
    { name: 'half a position', change: { positions: { events: 0.5 } } },
    { name: 'a position as text', change: { positions: { events: '7' } } },
    { name: 'a position beyond what is exact', change: { positions: { events: 2 ** 53 } } },
    { name: 'topic ids that are text', change: { topic_ids: ID } },
    { name: 'a topic id that is a number', change: { topic_ids: { events: 1 } } },
    { name: 'no chain', change: { chain: undefined } },
    { name: 'a chain that is text', change: { chain: HASH } },
    { name: 'a negative chain index', change: { chain: { index: -1, hash: HASH } } },
    { name: 'a chain index as text', change: { chain: { index: '3', hash: HASH } } },
    { name: 'a short chain hash', change: { chain: { index: 3, hash: HASH.slice(1) } } },
    { name: 'a chain hash in an array', change: { chain: { index: 3, hash: [HASH] } } },
    { name: 'no clock', change: { clock_ms: undefined } },
    { name: 'a clock as text', change: { clock_ms: '5' } },
    { name: 'no policy revision', change: { policy_revision: undefined } },
    { name: 'a policy revision that is a number', change: { policy_revision: 1 } },
  ])('refuses $name, and says where', ({ text, change }) => {
    const bytes = Buffer.from(text ?? JSON.stringify({ ...SOUND, ...change }));
    expect(() => decodeMeta(bytes, 'sessions/3')).toThrowError(
      expect.objectContaining({ code: 'position_contradicts', where: 'sessions/3', retryable: false }),
    );
  });
});
