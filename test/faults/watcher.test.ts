import { describe, expect, it } from 'vitest';
import { seeded } from '../kafka/load/random.ts';
import { ChainWalk } from '../kafka/outside/audit-trail.ts';
import { judgedWorlds, type Tampering, TOPICS, type World } from '../kafka/outside/judged-world.ts';
import type { OutsideRecord } from '../kafka/outside/outside-record.ts';
import {
  change,
  edit,
  forgeTail,
  input,
  last,
  loseEverything,
  pushWithSource,
  repeated,
  swapContents,
  swapInSession,
  swapped,
  twice,
  without,
} from '../kafka/outside/planted-faults.ts';
import { Findings, type ViolationKind } from '../kafka/outside/violation.ts';
import { SeenProgress } from './progress.ts';
import { WatchedRun } from './watched-run.ts';

const MIXED = { badShare: 0.06, redeliveredShare: 0.05, conflictShare: 0.02, controlShare: 0.05, idleShare: 0.005 };
const LOAD = { count: 400, sessions: 10, ...MIXED };

function aWorld(tampering: Tampering = {}): World {
  const [world] = judgedWorlds(7, 1, LOAD, tampering);
  if (world === undefined) throw new Error('no world');
  return world;
}

function topicsOf(world: World): [string, readonly OutsideRecord[]][] {
  const { decisions, audit, deadLetters, inputs } = world;
  return [...inputs, [TOPICS.decisions, decisions], [TOPICS.audit, audit], [TOPICS.deadLetter, deadLetters]];
}

/** Shows the records topic by topic in pieces, as readers that know nothing of each other do. */
function watch(worlds: readonly World[], seed: number): WatchedRun {
  const run = new WatchedRun(TOPICS, worlds.length, new SeenProgress());
  const random = seeded(seed);
  const queues = worlds.flatMap(topicsOf).map(([topic, records]) => ({ topic, records: [...records] }));
  for (let open = queues; open.length > 0; open = open.filter(({ records }) => records.length > 0)) {
    const { topic, records } = random.pick(open);
    for (const record of records.splice(0, 1 + random.below(50))) run.see(topic, record);
  }
  run.end(worlds.map(({ audit, partition }) => headOf(audit, partition)));
  return run;
}

function headOf(audit: readonly OutsideRecord[], partition: number) {
  const chain = new ChainWalk({ topic: TOPICS.audit, partition }, new Findings());
  for (const record of audit) chain.next(record);
  return chain.head;
}

function kindsOf(run: WatchedRun): readonly ViolationKind[] {
  return [...new Set(run.findings.report().violations.map(({ kind }) => kind))].sort();
}

describe('a run that is watched', () => {
  it.each([1, 2, 3, 4, 5])('and sound shows nothing wrong, in whatever order its topics are read (seed %i)', (seed) => {
    const worlds = judgedWorlds(seed, 3, { count: 1500, sessions: 12, ...MIXED });
    const run = watch(worlds, seed);
    expect(run.findings.report().violations).toEqual([]);
    expect(run.isEvenAt([])).toBe(true);
  });

  it('may be seen up to anywhere', () => {
    const world = aWorld();
    const run = new WatchedRun(TOPICS, 1, new SeenProgress());
    for (const [topic, records] of topicsOf(world)) for (const record of records.slice(0, 100)) run.see(topic, record);
    expect(run.findings.report().violations).toEqual([]);
    expect(run.isEvenAt([])).toBe(false);
  });
});

describe('a fault that is planted is seen while it happens', () => {
  it.each<[string, (world: World) => void, readonly ViolationKind[]]>([
    ['a lost decision', (world) => world.decisions.splice(50, 1), ['fold_differs', 'lost']],
    ['a doubled decision', (world) => world.decisions.push(last(world.decisions)), ['doubled']],
    ['two decisions of a session swapped', swapInSession, ['doubled', 'fold_differs', 'lost', 'reordered']],
    ['the contents of two decisions swapped', swapContents, ['audit_differs', 'fold_differs']],
    [
      'a changed decision',
      (world) => edit(world.decisions, 60, '"effect":"allow"', '"effect":"warn"'),
      ['audit_differs'],
    ],
    ['a decision without its input', (world) => pushWithSource(world, 'calls/0/999999'), ['fold_differs', 'lost']],
    ['a decision of another partition', (world) => pushWithSource(world, 'calls/5/1'), ['misplaced']],
    ['a decision that names nothing', (world) => pushWithSource(world, 'calls'), ['unreadable']],
    [
      'a decision that is empty',
      (world) => change(world.decisions, 4, { value: null }),
      ['fold_differs', 'lost', 'unreadable'],
    ],
    ['a missing dead letter', (world) => world.deadLetters.splice(1, 1), ['lost']],
    ['a doubled dead letter', (world) => world.deadLetters.push(last(world.deadLetters)), ['doubled']],
    [
      'a changed byte in the chain',
      (world) => edit(world.audit, 40, '"allow', '"allox'),
      ['audit_differs', 'chain_broken'],
    ],
    [
      'an audit record that is none',
      (world) => change(world.audit, 40, { value: Buffer.from('{') }),
      ['chain_broken', 'lost', 'unreadable'],
    ],
    ['a missing audit record', (world) => world.audit.splice(40, 1), ['chain_broken', 'lost']],
    [
      "the chain's tail gone on again from before",
      (world) => world.audit.push(...world.audit.slice(-3)),
      ['chain_broken', 'doubled'],
    ],
    ['a last record that is forged', forgeTail, []],
    [
      'an input that was skipped',
      (world) => input(world, 'calls').splice(30, 0, between(input(world, 'calls'), 30)),
      ['lost'],
    ],
    ['an input that nobody sees', (world) => input(world, 'calls').splice(30, 1), ['unfounded']],
    ['all that an event left behind', loseEverything, ['chain_broken', 'fold_differs', 'lost']],
  ])('%s', (_, plant, kinds) => {
    const world = aWorld();
    plant(world);
    for (const seed of [1, 2, 3]) expect(kindsOf(watch([world], seed))).toEqual(kinds);
  });

  it.each<[string, Tampering, readonly ViolationKind[]]>([
    ['a record was skipped', { records: without(200) }, ['lost']],
    ['a record was judged twice', { records: twice(200) }, ['doubled']],
    ['a batch was judged twice', { records: repeated(80, 120) }, ['doubled']],
    ['two records changed places', { records: swapped(200) }, ['doubled', 'fold_differs', 'lost']],
    ['sessions were forgotten', { forgetsAfterBatch: 4 }, ['fold_differs']],
  ])('%s by a run whose outputs agree with each other', (_, tampering, kinds) => {
    for (const seed of [1, 2, 3]) expect(kindsOf(watch([aWorld(tampering)], seed))).toEqual(kinds);
  });

  it('another end of the chain than was seen', () => {
    const world = aWorld();
    const run = new WatchedRun(TOPICS, 1, new SeenProgress());
    for (const [topic, records] of topicsOf(world)) for (const record of records) run.see(topic, record);
    forgeTail(world);
    run.end([headOf(world.audit, 0)]);
    expect(kindsOf(run)).toEqual(['chain_broken']);
  });
});

/** A record at an offset that markers left free. */
function between(records: readonly OutsideRecord[], index: number): OutsideRecord {
  const next = records[index] as OutsideRecord;
  return { ...next, offset: next.offset - 1 };
}

describe('the longest standstill', () => {
  it('is counted only while there is something to do, and since the first was done', () => {
    let nowMs = 0;
    const progress = new SeenProgress(() => nowMs);
    progress.inputSeen();
    nowMs = 1000;
    progress.settledSeen();
    nowMs = 3000;
    progress.inputSeen();
    nowMs = 3400;
    progress.inputSeen();
    progress.settledSeen();
    expect(progress.longestStandstillMs()).toBe(400);
    nowMs = 3500;
    progress.settledSeen();
    nowMs = 9000;
    expect(progress.longestStandstillMs()).toBe(400);
    progress.inputSeen();
    nowMs = 9900;
    expect(progress.longestStandstillMs()).toBe(900);
  });

  it('does not begin when the outputs are read before the input', () => {
    let nowMs = 0;
    const progress = new SeenProgress(() => nowMs);
    progress.settledSeen();
    nowMs = 500;
    progress.inputSeen();
    nowMs = 2000;
    expect([progress.settled, progress.longestStandstillMs()]).toEqual([1, 0]);
  });
});
