import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, type SegmentCounts } from '../../src/domain/counts.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { EFFECTS } from '../../src/domain/verdict.ts';
import { SegmentCounter } from '../../src/lanes/segment-counts.ts';
import { aPolicy, aSet, call, control, type Given, result, step } from '../judge/history.ts';
import { auditOf, aWorker, decisionsOf, type Outcome, run } from './worker-fixture.ts';

const WARNS_ON_REPEAT = aPolicy('repeats', ({ session }) => ({ effect: session.repeat.count > 1 ? 'warn' : 'allow' }));
const SHADOW = aPolicy('shadow', { effect: 'deny' }, { mode: 'shadow', match: { types: ['tool_call'] } });
const BREAKS = aPolicy('breaks', ({ event }) => {
  if (event.tool === 'broken') throw new Error('no');
  return { effect: 'allow' };
});
const POLICIES = [WARNS_ON_REPEAT, SHADOW, BREAKS];

interface VerdictJson {
  readonly policy: string;
  readonly effect: string;
  readonly error?: { readonly code: string };
}

const AGAIN = call({ command: 'ls' }, { event_id: 'e0' });
const HISTORY: readonly (Given | string)[] = [
  call({ command: 'ls' }),
  call({ command: 'ls' }),
  'nonsense',
  step(),
  control('mode_change', { mode: 'm' }),
  call({}, { tool: 'broken' }),
  AGAIN,
  call({}, { tool: 'broken', session_id: 's2' }),
  result('ok'),
  '{"event_id":"x","session_id":"s1","type":"teapot","occurred_at":1}',
  ...Array.from({ length: 60 }, (_, n) => call({ n: n % 7 }, { session_id: `s${n % 5}` })),
];

function judged(history = HISTORY): Outcome {
  return run(history, {}, aWorker({}, { set: aSet(POLICIES) }));
}

/** How many of the items have each key; keys that none has are absent. */
function tallied<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

const present = (counts: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

function verdictsOf(outcome: Outcome): VerdictJson[] {
  return decisionsOf(outcome).flatMap(({ verdicts }) => verdicts as unknown as VerdictJson[]);
}

function countedVerdicts({ verdicts }: SegmentCounts): Record<string, number> {
  const cells = [...verdicts].map((count, cell) => {
    const policy = POLICIES[Math.floor(cell / EFFECTS.length)]?.head.name;
    return [`${policy} ${EFFECTS[cell % EFFECTS.length]}`, count] as const;
  });
  return present(Object.fromEntries(cells));
}

describe('what a worker counts of a segment', () => {
  it('is what its decisions say: effects, verdicts by policy, failures by policy and code', () => {
    const outcome = judged();
    const { counts } = outcome.result;
    const verdicts = verdictsOf(outcome);
    expect(present(counts.effects)).toEqual(tallied(decisionsOf(outcome), ({ effect }) => String(effect)));
    expect(countedVerdicts(counts)).toEqual(tallied(verdicts, ({ policy, effect }) => `${policy} ${effect}`));
    expect(Object.keys(countedVerdicts(counts))).toEqual(
      expect.arrayContaining(['repeats warn', 'shadow deny', 'breaks deny']),
    );
    const failed = verdicts.flatMap(({ policy, error }) => (error === undefined ? [] : [`${policy} ${error.code}`]));
    const faults = counts.faults.map(({ policy, code, count }) => [`${POLICIES[policy]?.head.name} ${code}`, count]);
    expect(Object.fromEntries(faults)).toEqual(tallied(failed, (key) => key));
    expect(counts.faults).toEqual([{ policy: 2, code: 'inspector_failed', count: 2 }]);
  });

  it('has each record that could be read once, by topic and type, and the others as dead letters', () => {
    const outcome = judged();
    const { events, rejected, duplicates } = outcome.result.counts;
    const counted = events.flatMap(({ topic, types }) =>
      [...types].map((count, cell) => [`${topic} ${EVENT_TYPES[cell]}`, count] as const),
    );
    const audited = auditOf(outcome).filter(({ kind }) => kind !== 'event_rejected');
    const place = ({ source, event }: JsonObject) => {
      const [topic] = String((source as JsonObject).topic ?? source).split('/');
      return `${topic} ${(event as JsonObject | undefined)?.type ?? 'tool_call'}`;
    };
    expect(present(Object.fromEntries(counted))).toEqual(tallied(audited, place));
    expect(events.map(({ topic }) => topic)).toEqual(['events', 'control']);
    expect([rejected, duplicates]).toEqual([2, 1]);
    const all = counted.reduce((sum, [, count]) => sum + count, 0);
    expect(all + rejected).toBe(HISTORY.length);
  });

  it('times some evaluations: of each event that is timed every policy that was asked', () => {
    const { evaluations } = judged().result.counts;
    const pairs = Array.from({ length: evaluations.length / 2 }, (_, n) => [
      evaluations[n * 2],
      evaluations[n * 2 + 1],
    ]);
    const timed = tallied(pairs, ([policy]) => String(policy));
    expect(timed['0']).toBe(Math.ceil((HISTORY.length - 2) / 17));
    expect(timed['2']).toBe(timed['0']);
    expect(pairs.every(([, seconds]) => seconds !== undefined && seconds >= 0)).toBe(true);
  });

  it('is of that segment only, and stays as it was when the next one is judged', () => {
    const worker = aWorker({}, { set: aSet(POLICIES) });
    const first = run(HISTORY, {}, worker).result.counts;
    const copy = structuredClone(first);
    const second = run([step({ event_id: 'later' })], {}, worker).result.counts;
    expect(first).toEqual(copy);
    expect(present(second.effects)).toEqual({ allow: 1 });
    expect(countedVerdicts(second)).toEqual({ 'repeats allow': 1, 'breaks allow': 1 });
    expect([second.rejected, second.duplicates, second.faults]).toEqual([0, 0, []]);
  });

  it('changes no decision: what is timed and what is not is decided alike', () => {
    const once = judged();
    const worker = aWorker({}, { set: aSet(POLICIES) });
    for (let n = 0; n < 5; n++) run([step({ session_id: 'other', event_id: `o${n}` })], {}, worker);
    expect(run(HISTORY, {}, worker).decisions).toEqual(once.decisions);
  });

  it('is nothing at all without events, and holds no row of policies then', () => {
    const counts = new SegmentCounter(['a', 'b']).take(3, 0);
    expect(counts).toMatchObject({ events: [], faults: [], duplicates: 0, misrouted: 0, sessions: 3, rejected: 0 });
    expect([counts.verdicts.length, counts.evaluations.length]).toEqual([0, 0]);
  });
});
