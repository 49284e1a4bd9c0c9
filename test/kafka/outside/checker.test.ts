import { describe, expect, it } from 'vitest';
import { checkRecords } from './checker.ts';
import { judgedWorlds, type Tampering, TOPICS, type World } from './judged-world.ts';
import type { OutsideRecord } from './outside-record.ts';
import {
  change,
  decideDuplicate,
  dropMeta,
  dropState,
  edit,
  editMeta,
  firstState,
  forgeTail,
  forgetInput,
  input,
  last,
  letterOfEvent,
  loseEverything,
  metaOf,
  movePositions,
  pushWithSource,
  repeated,
  rollBackState,
  skipInput,
  stateOfNobody,
  stateOfOther,
  swapContents,
  swapInSession,
  swapped,
  twice,
  without,
} from './planted-faults.ts';
import { CONTRACT_LIMITS, type OutsideLimits } from './read-event.ts';
import type { CheckOptions } from './run-records.ts';
import { type Report, reportText, type ViolationKind } from './violation.ts';

const MIXED = { badShare: 0.06, redeliveredShare: 0.05, conflictShare: 0.02, controlShare: 0.05, idleShare: 0.005 };

function kindsOf(report: Report): readonly ViolationKind[] {
  return [...new Set(report.violations.map(({ kind }) => kind))].sort();
}

function check(world: World, options: Partial<CheckOptions> = {}): Report {
  return checkRecords([world], { topics: TOPICS, isComplete: true, ...options });
}

const LOAD = { count: 400, sessions: 10, ...MIXED };
const SOUND = onlyWorld(judgedWorlds(7, 1, LOAD));

function onlyWorld(worlds: readonly World[]): World {
  const [world] = worlds;
  if (world === undefined) throw new Error('no world');
  return world;
}

/** A copy that a test may change. */
function aWorld(): World {
  const inputs = new Map([...SOUND.inputs].map(([topic, records]) => [topic, [...records]]));
  const { decisions, audit, deadLetters, changelog } = SOUND;
  const outputs = { decisions: [...decisions], audit: [...audit], deadLetters: [...deadLetters] };
  return { ...SOUND, inputs, ...outputs, changelog: [...changelog] };
}

describe('a sound run', () => {
  it.each([1, 2, 3, 4, 5])('has no violation (seed %i)', (seed) => {
    const worlds = judgedWorlds(seed, 3, { count: 1500, sessions: 12, ...MIXED });
    const report = checkRecords(worlds, { topics: TOPICS, isComplete: true });
    expect(reportText(report).split('\n').slice(0, 5)).toEqual([JSON.stringify(report.counts)]);
    expect(report.counts).toMatchObject({ inputs: 1500, waiting: 0 });
    for (const count of Object.values({ ...report.counts, waiting: 1 })) expect(count).toBeGreaterThan(0);
  });

  it('may stop before the end of its input, unless it is said to be complete', () => {
    const world = aWorld();
    input(world, 'calls').push({ ...(input(world, 'calls')[0] as OutsideRecord), offset: 100_000 });
    expect(check(world, { isComplete: false })).toMatchObject({ violations: [], counts: { waiting: 1 } });
    expect(kindsOf(check(world))).toEqual(['unsettled']);
  });

  it('that has not begun leaves nothing, and is sound', () => {
    const world: World = { ...aWorld(), decisions: [], audit: [], deadLetters: [], changelog: [] };
    expect(check(world, { isComplete: false }).violations).toEqual([]);
  });

  it.each<[string, Partial<OutsideLimits>]>([
    ['a shorter memory of duplicates', { duplicateWindow: 3 }],
    ['a longer idle time', { sessionIdleMs: 900_000_000 }],
    ['flatter documents', { maxJsonDepth: 2 }],
    ['deeper documents', { maxJsonDepth: 300 }],
    ['smaller events', { maxEventBytes: 200 }],
    ['an earlier future', { maxClockSkewMs: -100_000_000_000 }],
  ])('is none under other limits: %s', (_, limits) => {
    const worlds = judgedWorlds(2, 3, { count: 1500, sessions: 12, ...MIXED });
    const report = checkRecords(worlds, { topics: TOPICS, limits: { ...CONTRACT_LIMITS, ...limits } });
    expect(report.violations.length).toBeGreaterThan(0);
  });
});

type Plant = (world: World) => void;

describe('a planted fault is found and named', () => {
  it.each<[string, Plant, readonly ViolationKind[]]>([
    ['a lost decision', (world) => world.decisions.splice(50, 1), ['lost']],
    ['a doubled decision', (world) => world.decisions.push(last(world.decisions)), ['doubled']],
    ['two decisions of a session swapped', swapInSession, ['reordered']],
    ['the contents of two decisions swapped', swapContents, ['audit_differs', 'fold_differs']],
    [
      'a changed decision',
      (world) => edit(world.decisions, 60, '"effect":"allow"', '"effect":"warn"'),
      ['audit_differs', 'state_wrong'],
    ],
    ['a decision without its input', (world) => pushWithSource(world, 'calls/0/999999'), ['unfounded']],
    ['a decision of another partition', (world) => pushWithSource(world, 'calls/5/1'), ['misplaced']],
    ['a decision that names nothing', (world) => pushWithSource(world, 'calls'), ['unreadable']],
    ['a decision of a second delivery', decideDuplicate, ['outcome_wrong']],
    ['a decision of an aborted record', forgetInput, ['unfounded']],
    [
      'a decision under another key',
      (world) => change(world.decisions, 10, { key: Buffer.from('other') }),
      ['misplaced'],
    ],
    ['a missing dead letter', (world) => world.deadLetters.splice(1, 1), ['lost']],
    ['a doubled dead letter', (world) => world.deadLetters.push(last(world.deadLetters)), ['doubled']],
    [
      'a dead letter that was touched',
      (world) => change(world.deadLetters, 0, { value: Buffer.from('?') }),
      ['outcome_wrong'],
    ],
    ['a dead letter of a good event', letterOfEvent, ['outcome_wrong']],
    [
      'a changed byte in the chain',
      (world) => edit(world.audit, 40, '"allow', '"allox'),
      ['audit_differs', 'chain_broken'],
    ],
    ['a missing audit record', (world) => world.audit.splice(40, 1), ['chain_broken', 'lost']],
    ["the chain's tail cut off", (world) => world.audit.splice(-3), ['chain_broken', 'lost']],
    ['the chain forged from a record on', forgeTail, ['chain_broken']],
    ['a session rolled back', rollBackState, ['state_wrong']],
    ['a session forgotten', (world) => dropState(world), ['state_missing']],
    ['a session deleted', (world) => world.changelog.push({ ...firstState(world), value: null }), ['state_missing']],
    ['a session of nobody', stateOfNobody, ['unreadable']],
    ['a session that no event had', stateOfOther, ['state_unfounded']],
    ['a position too low', (world) => editMeta(world, movePositions(-30)), ['position_wrong']],
    ['a position too high', skipInput, ['unsettled']],
    ['a wrong clock', (world) => editMeta(world, (meta) => ({ ...meta, clock_ms: 5 })), ['meta_wrong']],
    ['another revision', (world) => editMeta(world, (meta) => ({ ...meta, policy_revision: 'x' })), ['meta_wrong']],
    ['no meta record', dropMeta, ['meta_wrong']],
    ['all that an event left behind', loseEverything, ['chain_broken', 'state_wrong', 'unsettled']],
  ])('%s', (_, plant, kinds) => {
    const world = aWorld();
    plant(world);
    expect(kindsOf(check(world, { isComplete: false }))).toEqual(kinds);
  });

  it.each<[string, Tampering, readonly ViolationKind[]]>([
    ['a record was skipped', { records: without(200) }, ['fold_differs', 'state_wrong', 'unsettled']],
    ['a record was judged twice', { records: twice(200) }, ['doubled']],
    ['a batch was judged twice', { records: repeated(80, 120) }, ['doubled']],
    ['two records changed places', { records: swapped(200) }, ['reordered']],
    ['sessions were forgotten', { forgetsAfterBatch: 4 }, ['fold_differs', 'outcome_wrong', 'state_wrong']],
  ])('%s by a run whose outputs agree with each other', (_, tampering, kinds) => {
    expect(kindsOf(check(onlyWorld(judgedWorlds(7, 1, LOAD, tampering))))).toEqual(kinds);
  });

  it("a group's offset that is not the position", () => {
    const world = aWorld();
    const { positions } = metaOf(world) as { positions: Record<string, number> };
    const offsets = new Map(Object.entries(positions).map(([topic, offset]) => [`${topic}/0`, offset]));
    expect(check(world, { groupOffsets: offsets }).violations).toEqual([]);
    expect(kindsOf(check(world, { groupOffsets: new Map([...offsets, ['calls/0', 1]]) }))).toEqual(['position_wrong']);
    expect(kindsOf(check(world, { groupOffsets: new Map() }))).toEqual(['position_wrong']);
  });

  it('and many faults are counted, not kept', () => {
    const world = aWorld();
    const report = check({ ...world, decisions: [] });
    expect(report.violations).toHaveLength(200);
    expect(report.further).toBeGreaterThan(0);
  });
});
