import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { partitionOf } from '../../src/codec/partition-of.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { openFileSource } from '../../src/files/source.ts';
import { FILE_CODEC } from '../../src/main.ts';
import type { Positions, Source, SourceSink } from '../../src/pipeline/ports.ts';
import { positionsAfter } from '../contract/source-contract.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const PARTITIONS = 3;
const EVENTS = 90;

/** What the sink does after a delivery: to which partition, and how far back a new start goes. */
const action = fc.record({
  kind: fc.constantFrom('start', 'pause', 'resume', 'full', 'none', 'none'),
  partition: fc.nat({ max: PARTITIONS - 1 }),
  keep: fc.double({ min: 0, max: 1, noNaN: true }),
});

function writeInput(): string {
  const dir = temporaryDirectory();
  for (const file of [0, 1]) {
    const lines = Array.from({ length: EVENTS / 2 }, (_, i) =>
      JSON.stringify({ session_id: `s${(i * 7 + file) % 11}`, n: i * 2 + file, occurred_at: (i * 13) % 30 }),
    );
    writeFileSync(join(dir, `${file}.ndjson`), `${lines.join('\n')}\n`);
  }
  return dir;
}

function openSource(events: string, follow: boolean, chunkBytes = 1000): Source {
  return openFileSource({
    events,
    follow,
    chunkBytes,
    partitions: PARTITIONS,
    codec: FILE_CODEC,
    maxLineBytes: 1000,
    maxBufferedBytes: 3000,
    now: () => -1,
    changes: { watch: () => () => undefined },
  });
}

/** Applies one action a delivery; knows what each partition got since it was last started, and from where. */
class UnrulySink implements SourceSink {
  readonly got: RawRecord[][] = Array.from({ length: PARTITIONS }, () => []);
  readonly from: Positions[] = Array.from({ length: PARTITIONS }, () => new Map());
  readonly #source: Source;
  readonly #actions: { kind: string; partition: number; keep: number }[];
  readonly #onDelivery: () => void;
  /** Partitions that wait for a resume. */
  readonly #waiting = new Set<number>();

  constructor(
    source: Source,
    actions: readonly { kind: string; partition: number; keep: number }[],
    onDelivery: () => void,
  ) {
    this.#source = source;
    this.#actions = [...actions];
    this.#onDelivery = onDelivery;
  }

  assigned(): void {
    for (let partition = 0; partition < PARTITIONS; partition++) this.#source.start(partition, new Map());
  }

  revoked(): void {
    throw new Error('files are never revoked');
  }

  records(partition: number, records: readonly RawRecord[]): number {
    expect(this.#waiting.has(partition)).toBe(false);
    this.got[partition]?.push(...records);
    const next = this.#actions.shift();
    if (next === undefined) this.#resumeAll();
    else if (next.kind === 'start') this.#restart(next.partition, next.keep);
    else if (next.kind === 'pause') this.#pause(next.partition);
    else if (next.kind === 'resume') this.#resumeAll();
    this.#onDelivery();
    if (next?.kind !== 'full') return this.#waiting.size === PARTITIONS ? this.#resumeAll() : 500;
    this.#waiting.add(partition);
    setImmediate(() => this.#resumeAll());
    return 0;
  }

  #restart(partition: number, keep: number): void {
    const got = this.got[partition] ?? [];
    const kept = got.slice(0, Math.floor(got.length * keep));
    const positions = new Map([...(this.from[partition] ?? []), ...positionsAfter(kept)]);
    this.got[partition] = [];
    this.from[partition] = positions;
    this.#source.start(partition, positions);
  }

  #pause(partition: number): void {
    this.#waiting.add(partition);
    this.#source.pause(partition);
    setImmediate(() => this.#resumeAll());
  }

  #resumeAll(): number {
    for (const partition of this.#waiting) this.#source.resume(partition);
    this.#waiting.clear();
    return 500;
  }
}

for (const follow of [false, true]) {
  const mode = follow ? 'followed' : 'finite';
  it(`delivers of ${mode} input all that follows the last start, whatever the sink did before`, async () => {
    const events = writeInput();
    const property = fc.asyncProperty(
      fc.array(action, { maxLength: 60 }),
      fc.integer({ min: 50, max: 3000 }),
      async (actions, chunkBytes) => {
        const stop = new AbortController();
        const source = openSource(events, follow, chunkBytes);
        const isComplete = () => sink.got.every((got, p) => got.length >= remaining(events, p, sink.from[p]).length);
        const sink: UnrulySink = new UnrulySink(source, actions, () => {
          if (follow && isComplete()) setImmediate(() => isComplete() && stop.abort());
        });
        await source.run(sink, stop.signal);
        for (const [p, got] of sink.got.entries()) {
          const byOffset = [...got].sort((a, b) => a.topic.localeCompare(b.topic) || a.offset - b.offset);
          const places = byOffset.map(({ topic, offset }) => `${topic}:${offset}`);
          expect(places).toEqual(remaining(events, p, sink.from[p]));
          for (const topic of ['0.ndjson', '1.ndjson']) {
            const offsets = got.filter((record) => record.topic === topic).map(({ offset }) => offset);
            expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
          }
        }
      },
    );
    await fc.assert(property, { seed: 42, numRuns: 150 });
  });
}

/** `topic:offset` of every line of a partition from a position on, worked out from the text of the files. */
function remaining(events: string, partition: number, from: Positions | undefined): string[] {
  return ['0.ndjson', '1.ndjson'].flatMap((topic) => {
    let offset = 0;
    const places: string[] = [];
    for (const line of readFileSync(join(events, topic), 'utf8').split('\n').slice(0, -1)) {
      const isWanted = offset >= (from?.get(topic) ?? 0);
      if (isWanted && partitionOf(JSON.parse(line).session_id, PARTITIONS) === partition)
        places.push(`${topic}:${offset}`);
      offset += line.length + 1;
    }
    return places;
  });
}
