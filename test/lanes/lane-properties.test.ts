import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChainHead } from '../../src/domain/decision.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { createLaneContext } from '../../src/lanes/lane-context.ts';
import { LaneWorker } from '../../src/lanes/lane-worker.ts';
import { arbitraryGiven, arbitraryPolicies } from '../judge/arbitrary-history.ts';
import { aSet, type Given, JUDGE_LIMITS } from '../judge/history.ts';
import { aSetup, judge, LIMITS, recordsOf, restore } from './worker-fixture.ts';

const RUNS = { seed: 42, numRuns: 100 };
/** Little room and a short memory, so that sessions end, are dropped and find no room. */
const LITTLE = { maxSessionsPerPartition: 2, sessionIdleMs: 30_000, duplicateWindow: 4 };

const ofSomeSession = fc
  .tuple(arbitraryGiven, fc.constantFrom('s1', 's2', 's3'))
  .map(([given, id]): Given => ({ ...given, fields: { ...given.fields, session_id: id } as JsonObject }));
const line = fc.oneof(
  { weight: 9, arbitrary: ofSomeSession },
  { weight: 1, arbitrary: fc.constantFrom('nonsense', '{"event_id":"x","session_id":"s1"}') },
);
const input = fc.array(line, { maxLength: 30 }).map(recordsOf);

function aWorker(policies: readonly Policy[]): LaneWorker {
  const context = createLaneContext(aSetup({ limits: { ...LIMITS, ...LITTLE }, policies: [] }));
  return new LaneWorker({ ...context, set: aSet(policies, { limits: { ...JUDGE_LIMITS, ...LITTLE } }) });
}

interface Written {
  readonly decisions: string[];
  readonly audit: string[];
  /** Offset and code of each. */
  readonly deadLetters: string[];
  /** The changelog: the latest bytes of each live session. */
  readonly sessions: Map<string, string>;
  readonly chain: ChainHead;
}

/** Judges the records in pieces of the sizes given, over and over; `takeover` has another worker take over in between. */
function write(
  policies: readonly Policy[],
  records: readonly RawRecord[],
  sizes: readonly number[],
  takeover = false,
): Written {
  const written = emptyLog();
  let worker = aWorker(policies);
  let epoch = 1;
  restore(worker);
  let state: { chain: ChainHead; clockMs: number } | undefined;
  for (let at = 0, piece = 0; at < records.length; piece++) {
    const size = sizes[piece % sizes.length] ?? 1;
    if (takeover && state !== undefined) {
      worker = aWorker(policies);
      const sessions = [...written.sessions.values()].map((value) => Buffer.from(value, 'hex'));
      restore(worker, 0, ++epoch, { ...state, sessions });
    }
    const outcome = judge(worker, records.slice(at, at + size), { epoch });
    written.decisions.push(...outcome.decisions);
    written.audit.push(...outcome.audit);
    for (const { source, code } of outcome.result.deadLetters) written.deadLetters.push(`${at + source} ${code}`);
    for (const [id, value] of outcome.sessions) {
      if (value === null) written.sessions.delete(id);
      else written.sessions.set(id, Buffer.from(value).toString('hex'));
    }
    state = outcome.result;
    at += size;
  }
  return { ...written, chain: state?.chain ?? { index: 0, hash: '' } };
}

function emptyLog(): Omit<Written, 'chain'> {
  return { decisions: [], audit: [], deadLetters: [], sessions: new Map() };
}

describe('any input, judged by any policies', () => {
  it('gives the same bytes each time', () => {
    const property = fc.property(arbitraryPolicies, input, (policies, records) => {
      expect(write(policies, records, [records.length])).toEqual(write(policies, records, [records.length]));
    });
    fc.assert(property, RUNS);
  });

  it('gives the same bytes in segments of any size', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    const property = fc.property(arbitraryPolicies, input, sizes, (policies, records, each) => {
      expect(write(policies, records, each)).toEqual(write(policies, records, [30]));
    });
    fc.assert(property, RUNS);
  });

  it('gives the same bytes when a partition is taken over between any two events', () => {
    const property = fc.property(arbitraryPolicies, input, (policies, records) => {
      expect(write(policies, records, [1], true)).toEqual(write(policies, records, [1]));
    });
    fc.assert(property, RUNS);
  });

  it('gives one audit record a record, and no more than one decision', () => {
    const property = fc.property(arbitraryPolicies, input, (policies, records) => {
      const { decisions, audit, chain } = write(policies, records, [30]);
      expect(audit).toHaveLength(records.length);
      expect(chain.index).toBe(records.length);
      const kinds = audit.map((text) => JSON.parse(text) as { kind: string; decision?: object });
      expect(kinds.filter(({ decision }) => decision !== undefined)).toHaveLength(decisions.length);
    });
    fc.assert(property, RUNS);
  });
});
