import { partitionOf } from '../../../src/codec/partition-of.ts';
import type { ChainHead } from '../../../src/domain/decision.ts';
import type { RawRecord } from '../../../src/domain/record.ts';
import { createLaneContext } from '../../../src/lanes/lane-context.ts';
import { LaneWorker } from '../../../src/lanes/lane-worker.ts';
import { aSetup, judge, LIMITS, type Outcome, restore } from '../../lanes/worker-fixture.ts';
import { events, type LoadOptions } from '../load/event-load.ts';
import { seeded } from '../load/random.ts';
import type { OutsideRecord } from './outside-record.ts';
import { type PartitionRecords, type RunTopics, SESSIONS_META_KEY } from './run-records.ts';

export const TOPICS: RunTopics = {
  events: ['calls', 'steps'],
  control: 'control',
  decisions: 'decisions',
  audit: 'audit',
  deadLetter: 'dead-letter',
  sessions: 'sessions',
};

/** A partition's records that tests may change. */
export interface World extends PartitionRecords {
  readonly decisions: OutsideRecord[];
  readonly audit: OutsideRecord[];
  readonly deadLetters: OutsideRecord[];
  readonly changelog: OutsideRecord[];
}

/** What went wrong in a run that is otherwise the real judge's: its outputs are consistent, and not those of its input. */
export interface Tampering {
  /** What the worker is given in place of a partition's records. */
  readonly records?: (records: readonly RawRecord[]) => readonly RawRecord[];
  /** After this batch the worker's sessions are gone, as after a restore that read too little. */
  readonly forgetsAfterBatch?: number;
}

const BATCH = 40;
const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/** What a run over a load leaves on the broker, made by the real worker without one: a world a partition. */
export function judgedWorlds(
  seed: number,
  partitions: number,
  load: Partial<LoadOptions> = {},
  tampering: Tampering = {},
): readonly World[] {
  const waiting = Array.from({ length: partitions }, (): RawRecord[] => []);
  const offsets = new Map<string, number>();
  const random = seeded(seed);
  const options = { eventTopics: TOPICS.events, controlTopic: TOPICS.control, ...load };
  for (const { topic, key, value } of events(seed, options)) {
    const partition = key === null ? 0 : partitionOf(key, partitions);
    // Markers of transactions and aborted records leave gaps.
    const offset = (offsets.get(`${topic}/${partition}`) ?? 0) + (random.chance(0.1) ? 3 : 0);
    offsets.set(`${topic}/${partition}`, offset + 1);
    const record = { topic, offset, nextOffset: offset + 1, timestampMs: Date.UTC(2026, 0, 1), key, value };
    waiting[partition]?.push({ ...record, trusted: topic === TOPICS.control });
  }
  return waiting.map((records, partition) => judgedWorld(records, { partition, partitions }, tampering));
}

/** What judging these records of one partition leaves, in the order in which they are given. */
export function judgedWorld(
  records: readonly RawRecord[],
  { partition, partitions, topics = TOPICS }: { partition: number; partitions: number; topics?: RunTopics },
  tampering: Tampering = {},
): World {
  const inputs = new Map([...topics.events, topics.control].map((topic) => [topic, []]));
  const world: World = { partition, inputs, decisions: [], audit: [], deadLetters: [], changelog: [] };
  judgeAll(new LaneWorker(createLaneContext(aSetup({ partitions, limits: LIMITS }))), world, records, tampering);
  return world;
}

function judgeAll(worker: LaneWorker, world: World, records: readonly RawRecord[], tampering: Tampering): void {
  const { partition } = world;
  restore(worker, partition);
  const positions: Record<string, number> = {};
  for (const record of records) {
    (world.inputs.get(record.topic) as OutsideRecord[]).push(outside(world, record.offset, withoutHeaders(record)));
    positions[record.topic] = record.nextOffset;
  }
  const judged = tampering.records?.(records) ?? records;
  for (let at = 0; at < judged.length; at += BATCH) {
    const batch = judged.slice(at, at + BATCH);
    const outcome = judge(worker, batch, { partition });
    publish(world, batch, outcome, positions);
    if (at / BATCH === tampering.forgetsAfterBatch)
      restore(worker, partition, 1, { chain: outcome.result.chain, clockMs: outcome.result.clockMs });
  }
}

/** Adds what came of a batch, as it lies on the broker. */
function publish(world: World, batch: readonly RawRecord[], outcome: Outcome, positions: object): void {
  const { decisions, audit, deadLetters, changelog, partition } = world;
  const sourceOf = (index: number) => batch[index] as RawRecord;
  const headerOf = ({ topic, offset }: RawRecord) => ['tollgate_source', `${topic}/${partition}/${offset}`] as const;
  for (const [n, text] of outcome.decisions.entries()) {
    const source = sourceOf(outcome.decidedRecords[n] as number);
    const headers = new Map([headerOf(source)]);
    decisions.push(outside(world, decisions.length, { key: source.key, value: Buffer.from(text), headers }));
  }
  for (const [n, text] of outcome.audit.entries()) {
    const { key } = sourceOf(outcome.auditedRecords[n] as number);
    audit.push(outside(world, audit.length, { key, value: Buffer.from(text) }));
  }
  for (const { source, code } of outcome.result.deadLetters) {
    const record = sourceOf(source);
    const headers = new Map([headerOf(record), ['tollgate_error_code', code] as const]);
    const value = code === 'too_large' ? Buffer.from('{"value_bytes":300000}') : record.value;
    deadLetters.push(outside(world, deadLetters.length, { key: record.key, value, headers }));
  }
  for (const [sessionId, value] of outcome.sessions) {
    const bytes = value === null ? null : Buffer.from(value);
    changelog.push(outside(world, changelog.length, { key: Buffer.from(sessionId), value: bytes }));
  }
  const { chain, clockMs } = outcome.result;
  const policyRevision = (JSON.parse(outcome.decisions[0] ?? '{}') as { policy_revision?: string }).policy_revision;
  const meta = metaText(positions, chain, clockMs, policyRevision);
  changelog.push(outside(world, changelog.length, { key: SESSIONS_META_KEY, value: Buffer.from(meta) }));
}

function metaText(positions: object, chain: ChainHead, clockMs: number, revision: string | undefined): string {
  return JSON.stringify({ v: 1, positions, chain, clock_ms: clockMs, policy_revision: revision });
}

interface Given {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestampMs?: number;
  readonly headers?: ReadonlyMap<string, string>;
}

/** A record of the input as readers outside see it. */
function withoutHeaders({ key, value, timestampMs }: RawRecord): Given {
  return { key, value, timestampMs };
}

function outside({ partition }: World, offset: number, given: Given): OutsideRecord {
  const bytes = (part: Uint8Array | null) => (part === null ? null : Buffer.from(part));
  const { timestampMs = 0, headers = NO_HEADERS } = given;
  return { partition, offset, timestampMs, key: bytes(given.key), value: bytes(given.value), headers };
}
