import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CONTRACT_LIMITS, readEvent } from '../outside/read-event.ts';
import { events, type LoadRecord } from './event-load.ts';

const TOPICS = { eventTopics: ['calls', 'steps'], controlTopic: 'control' };

function load(seed: number, more: object = {}): readonly LoadRecord[] {
  return [...events(seed, { ...TOPICS, count: 3000, ...more })];
}

function read({ topic, value }: LoadRecord) {
  const record = { partition: 0, offset: 0, timestampMs: Date.UTC(2026, 0, 1), key: null, headers: new Map() };
  return readEvent({ ...record, value }, topic === TOPICS.controlTopic, CONTRACT_LIMITS);
}

function printOf(records: readonly LoadRecord[]): string {
  const hash = createHash('sha256');
  for (const { topic, key, value } of records)
    hash.update(`${topic} ${key?.toString('hex')} ${value?.toString('hex')}\n`);
  return hash.digest('hex');
}

describe('a load of events', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(printOf(load(5))).toBe(printOf(load(5)));
    expect(printOf(load(5))).not.toBe(printOf(load(6)));
  });

  it('has every type of event, on the topic that it belongs to', () => {
    const found = new Map<string, Set<string>>();
    for (const record of load(1, { controlShare: 0.2 })) {
      const event = read(record);
      if (event.kind !== 'event') continue;
      found.set(record.topic, (found.get(record.topic) ?? new Set()).add(event.type));
    }
    expect(found.get('calls')).toEqual(new Set(['tool_call', 'tool_result']));
    expect(found.get('steps')).toEqual(new Set(['step', 'session_start', 'session_end']));
    expect(found.get('control')).toEqual(new Set(['approval', 'mode_change', 'session_reset', 'session_end']));
  });

  it('is keyed by session, but for some of what is no event', () => {
    for (const record of load(2, { badShare: 0.2 })) {
      const event = read(record);
      if (event.kind === 'event') expect(String(record.key)).toBe(event.sessionId);
    }
  });

  it('has about as much of each kind of trouble as was asked for', () => {
    const records = load(3, { badShare: 0.1, redeliveredShare: 0.1 });
    const rejected = records.map(read).filter(({ kind }) => kind === 'rejected');
    expect(rejected.length).toBeGreaterThan(200);
    expect(rejected.length).toBeLessThan(450);
    expect(rejected.filter((event) => event.kind === 'rejected' && event.ids !== undefined).length).toBeGreaterThan(50);
    const distinct = new Set(records.map(({ value }) => String(value)));
    expect(records.length - distinct.size).toBeGreaterThan(200);
  });

  it('has no trouble where none is asked for', () => {
    const records = load(4, { badShare: 0, redeliveredShare: 0, conflictShare: 0 });
    expect(records.map(read).filter(({ kind }) => kind !== 'event')).toEqual([]);
    expect(new Set(records.map(({ value }) => String(value))).size).toBe(records.length);
  });

  it('pads its events', () => {
    for (const { value } of load(4, { badShare: 0, bytes: 700, count: 100 })) {
      expect(value?.length).toBeGreaterThanOrEqual(700);
      expect(value?.length).toBeLessThan(1000);
    }
  });
});
