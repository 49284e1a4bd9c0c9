import { createHash } from 'node:crypto';
import type { OutputBlock } from '../../src/domain/output.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import type { PartitionChanges } from '../../src/pipeline/ports.ts';

/** Changes in short: what a test wants to say of them; the rest is made up from it. */
export interface SampleChanges {
  readonly partition?: number;
  readonly epoch?: number;
  /** Session ids; each gives one source record, one decision and one audit record. */
  readonly events?: readonly string[];
  /** Error codes; each gives one source record and one dead letter. */
  readonly deadLetters?: readonly string[];
  /** Session → new state; null: gone. */
  readonly sessions?: Readonly<Record<string, string | null>>;
  /** Tells one commit from another: it goes into outputs, positions and the chain. */
  readonly step: number;
}

const SAMPLE_TOPIC = 'events.ndjson';

/** Complete, consistent changes of one partition. */
export function sampleChanges(sample: SampleChanges): PartitionChanges {
  const { step, partition = 0, epoch = 1, events = [], deadLetters = [], sessions = {} } = sample;
  const sources = [...events, ...deadLetters].map((name, i) => sampleRecord(name, step * 1000 + i * 10));
  return {
    partition,
    assignment: { epoch },
    sources,
    decisions: blockOf(events.map((name, i) => `{"decision":"${name}","step":${step},"i":${i}}`)),
    audit: blockOf(events.map((name, i) => `{"audit":"${name}","step":${step},"i":${i}}`)),
    deadLetters: deadLetters.map((code, i) => ({ source: events.length + i, code, message: 'refused' })),
    sessions: Object.entries(sessions).map(([sessionId, value]) => ({
      sessionId,
      value: value === null ? null : Buffer.from(value),
    })),
    meta: {
      positions: new Map([[SAMPLE_TOPIC, step * 1000 + 999]]),
      chain: { index: step, hash: createHash('sha256').update(`${partition}/${step}`).digest('hex') },
      clockMs: 1_700_000_000_000 + step,
      policyRevision: 'sha256:0',
    },
  };
}

function sampleRecord(name: string, offset: number): RawRecord {
  return {
    topic: SAMPLE_TOPIC,
    offset,
    nextOffset: offset + 10,
    timestampMs: 1_700_000_000_000,
    key: Buffer.from(name),
    value: Buffer.from(`{"session_id":"${name}"}`),
    trusted: false,
  };
}

function blockOf(values: readonly string[]): OutputBlock {
  const index = new Int32Array(values.length * 3);
  let at = 0;
  for (const [i, value] of values.entries()) {
    index.set([i, at, at + Buffer.byteLength(value)], i * 3);
    at += Buffer.byteLength(value) + 1;
  }
  return { count: values.length, bytes: Buffer.from(values.map((value) => `${value}\n`).join('')), index };
}

/** The values of a block, one string each. */
export function valuesOf({ bytes, count, index }: OutputBlock): string[] {
  const buffer = Buffer.from(bytes);
  return Array.from({ length: count }, (_, i) => buffer.toString('utf8', index[i * 3 + 1], index[i * 3 + 2]));
}
