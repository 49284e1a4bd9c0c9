/** Faults that tests plant in the records of a sound run. */
import { createHash } from 'node:crypto';
import type { RawRecord } from '../../../src/domain/record.ts';
import type { World } from './judged-world.ts';
import type { OutsideRecord } from './outside-record.ts';
import { SESSIONS_META_KEY } from './run-records.ts';

type Records = readonly RawRecord[];

export function without(index: number) {
  return (records: Records) => records.filter((_, at) => at !== index);
}

export function twice(index: number) {
  return (records: Records) => [...records.slice(0, index + 1), ...records.slice(index)];
}

export function repeated(start: number, end: number) {
  return (records: Records) => [...records.slice(0, end), ...records.slice(start)];
}

/** With the next record of the same topic. */
export function swapped(index: number) {
  return (records: Records) => {
    const first = records[index] as RawRecord;
    const next = records.findIndex(({ topic }, at) => at > index && topic === first.topic);
    return records.with(index, records[next] as RawRecord).with(next, first);
  };
}

export function input(world: World, topic: string): OutsideRecord[] {
  return world.inputs.get(topic) as OutsideRecord[];
}

export function last<T>(items: readonly T[]): T {
  return items.at(-1) as T;
}

export function change(records: OutsideRecord[], index: number, changes: Partial<OutsideRecord>): void {
  records[index] = { ...(records[index] as OutsideRecord), ...changes };
}

/** Replaces in the first record at or after `from` that has the text. */
export function edit(records: OutsideRecord[], from: number, old: string, replacement: string): void {
  const index = records.findIndex(({ value }, at) => at >= from && value?.includes(old) === true);
  change(records, index, { value: Buffer.from(String(records[index]?.value).replace(old, replacement)) });
}

export function pushWithSource(world: World, source: string): void {
  world.decisions.push({ ...last(world.decisions), headers: new Map([['tollgate_source', source]]) });
}

function neighboursInSession(world: World): readonly [number, number] {
  const first = world.decisions.findIndex(({ key }) => key !== null);
  const { key } = world.decisions[first] as OutsideRecord;
  const second = world.decisions.findIndex((record, at) => at > first && record.key?.equals(key as Buffer) === true);
  return [first, second];
}

export function swapInSession(world: World): void {
  const [first, second] = neighboursInSession(world);
  const kept = world.decisions[first] as OutsideRecord;
  world.decisions[first] = world.decisions[second] as OutsideRecord;
  world.decisions[second] = kept;
}

export function swapContents(world: World): void {
  const [first, second] = neighboursInSession(world);
  const value = world.decisions[first]?.value as Buffer;
  change(world.decisions, first, { value: world.decisions[second]?.value as Buffer });
  change(world.decisions, second, { value });
}

export function decideDuplicate(world: World): void {
  const entries = world.audit.map(({ value }) => JSON.parse(String(value)) as { kind: string; source: Place });
  const { source } = entries.find(({ kind }) => kind === 'duplicate_event') as { source: Place };
  const key = input(world, source.topic).find(({ offset }) => offset === source.offset)?.key as Buffer;
  const headers = new Map([['tollgate_source', `${source.topic}/0/${source.offset}`]]);
  const at = world.decisions.findIndex((record) => sourceOffset(record, source.topic) > source.offset);
  world.decisions.splice(at, 0, { ...last(world.decisions), key, headers });
}

interface Place {
  readonly topic: string;
  readonly offset: number;
}

function sourceOffset({ headers }: OutsideRecord, topic: string): number {
  const [named, , offset] = (headers.get('tollgate_source') ?? '').split('/');
  return named === topic ? Number(offset) : -1;
}

/** A record was judged and its transaction aborted: no reader sees it. It was no event, so the fold is as it was. */
export function forgetInput(world: World): void {
  const rejected = world.deadLetters[0]?.headers.get('tollgate_source')?.split('/') ?? [];
  const records = input(world, rejected[0] as string);
  records.splice(
    records.findIndex(({ offset }) => offset === Number(rejected[2])),
    1,
  );
}

export function letterOfEvent(world: World): void {
  const { key, headers } = world.decisions.find(({ value }) => String(value).includes('"seq":2')) as OutsideRecord;
  world.deadLetters.push({ ...last(world.deadLetters), key, headers });
}

/** Cuts the last record off and puts one in its place whose own hash is right. */
export function forgeTail(world: World): void {
  const text = String(last(world.audit).value).replace(/"recorded_at":"\d+/, '"recorded_at":"1999');
  const body = text.slice(0, text.lastIndexOf(',"hash":'));
  const hash = createHash('sha256').update(body).digest('hex');
  change(world.audit, world.audit.length - 1, { value: Buffer.from(`${body},"hash":"${hash}"}`) });
}

function isMeta({ key }: OutsideRecord): boolean {
  return key?.equals(SESSIONS_META_KEY) === true;
}

export function firstState(world: World): OutsideRecord {
  return world.changelog.find((record) => !isMeta(record)) as OutsideRecord;
}

export function rollBackState(world: World): void {
  world.changelog.push(firstState(world));
}

export function dropState(world: World): void {
  const { key } = firstState(world);
  const kept = world.changelog.filter((record) => record.key?.equals(key as Buffer) !== true);
  world.changelog.splice(0, world.changelog.length, ...kept);
}

export function stateOfNobody(world: World): void {
  world.changelog.push({ ...firstState(world), key: Buffer.from('nobody') });
}

/** The state of a session under the name of another, which has no events. */
export function stateOfOther(world: World): void {
  const { key, value } = firstState(world);
  const id = String(key);
  const other = id.replace('load', 'none');
  const renamed = Buffer.from(String(value?.toString('latin1')).replace('load', 'none'), 'latin1');
  world.changelog.push({ ...firstState(world), key: Buffer.from(other), value: renamed });
}

/** The meta record that counts. */
export function metaOf(world: World): Record<string, unknown> {
  return JSON.parse(String(world.changelog.findLast(isMeta)?.value)) as Record<string, unknown>;
}

export function editMeta(world: World, edited: (meta: Record<string, unknown>) => object): void {
  const value = Buffer.from(JSON.stringify(edited(metaOf(world))));
  change(world.changelog, world.changelog.findLastIndex(isMeta), { value });
}

export function movePositions(by: number) {
  return (meta: Record<string, unknown>) => {
    const positions = meta.positions as Record<string, number>;
    return { ...meta, positions: { ...positions, calls: (positions.calls ?? 0) + by } };
  };
}

export function skipInput(world: World): void {
  const { positions } = metaOf(world) as { positions: Record<string, number> };
  input(world, 'calls').push({ ...last(input(world, 'calls')), offset: (positions.calls ?? 0) + 1 });
  editMeta(world, movePositions(5));
}

export function dropMeta(world: World): void {
  const kept = world.changelog.filter((record) => !isMeta(record));
  world.changelog.splice(0, world.changelog.length, ...kept);
}

/** All that an event in the middle of a session left is gone, as if its offset had been skipped. */
export function loseEverything(world: World): void {
  const [, second] = neighboursInSession(world);
  const source = world.decisions[second]?.headers.get('tollgate_source')?.split('/') ?? [];
  world.decisions.splice(second, 1);
  const mark = `"source":{"topic":"${source[0]}","partition":0,"offset":${source[2]}}`;
  world.audit.splice(
    world.audit.findIndex(({ value }) => String(value).includes(mark)),
    1,
  );
}
