import type { CommittedWork, PolicyListing } from '../../src/domain/observer.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { SegmentCounter } from '../../src/lanes/segment-counts.ts';
import type { Metrics } from '../../src/ops/metrics.ts';
import { type Family, parsePrometheus } from './prometheus-text.ts';

export const LISTING: PolicyListing = {
  revision: 'sha256:r1',
  policies: [
    { name: 'egress', version: 'sha256:v1', kind: 'inspector', mode: 'enforce', match: { types: ['tool_call'] } },
    { name: 'house', version: 'sha256:v2', kind: 'opa', mode: 'shadow', match: {} },
  ],
};

export function aCounter(): SegmentCounter {
  return new SegmentCounter(LISTING.policies.map(({ name }) => name));
}

export interface GivenWork {
  readonly partition?: number;
  /** What was counted; `sessions` and dead letters are told beside it. */
  readonly counter?: SegmentCounter;
  readonly sessions?: number;
  /** Timestamps of the records; each has one decision. */
  readonly timestampsMs?: readonly number[];
  readonly deadLetters?: readonly string[];
}

/** What a transaction committed of one partition. */
export function work(given: GivenWork = {}): CommittedWork {
  const { partition = 0, counter = aCounter(), sessions = 0, timestampsMs = [], deadLetters = [] } = given;
  const sources = timestampsMs.map(recordAt);
  const index = Int32Array.from(sources.flatMap((_, record) => [record, 0, 0]));
  return {
    changes: {
      partition,
      sources,
      decisions: { count: sources.length, bytes: new Uint8Array(), index },
      deadLetters: deadLetters.map((code) => ({ source: 0, code, message: '' })),
    },
    counts: counter.take(sessions, deadLetters.length),
  };
}

function recordAt(timestampMs: number, offset: number): RawRecord {
  return { topic: 't', offset, nextOffset: offset + 1, timestampMs, key: null, value: null, trusted: false };
}

/** The metrics as a scraper reads them. */
export async function scraped(metrics: Metrics): Promise<ReadonlyMap<string, Family>> {
  return parsePrometheus(await metrics.render());
}
