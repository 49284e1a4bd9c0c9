/**
 * What our own client, fetcher and transactions cost without any judging: each event becomes a decision and an audit record of
 * the real size, each session of a commit a state record, with the offsets in one transaction. Paced as the product paces.
 */
import type { OutputBlock, StateRecord } from '../../../../src/domain/output.ts';
import type { RawRecord } from '../../../../src/domain/record.ts';
import { openKafkaAdapter } from '../../../../src/kafka/adapter.ts';
import { Committer } from '../../../../src/pipeline/committer.ts';
import type { Outcome } from '../../../../src/pipeline/outcome.ts';
import type {
  Assignment,
  PartitionChanges,
  Positions,
  Source,
  SourceSink,
  StateLog,
} from '../../../../src/pipeline/ports.ts';
import { adapterOptions } from '../adapter-options.ts';
import type { OutputSizes } from '../output-sizes.ts';
import { type ProgramTask, programTask } from '../place.ts';

interface Task extends ProgramTask {
  readonly sizes: OutputSizes;
}

/** The product's defaults for two lanes: `lanes.queueBytes`, `kafka.commitIntervalMs`. */
const MAX_BYTES_IN_HAND = 2 * 16 * 1024 * 1024;
const COMMIT_INTERVAL_MS = 10;
const NO_COUNTS = {
  effects: { allow: 0, warn: 0, redact: 0, ask: 0, deny: 0 },
  events: [],
  verdicts: new Uint32Array(),
  faults: [],
  evaluations: new Float64Array(),
  duplicates: 0,
  rejected: 0,
  misrouted: 0,
  sessions: 0,
};
const CHAIN = { index: 0, hash: '0'.repeat(64) };

/** `count` outputs that are all the same bytes. */
function block(value: Uint8Array, count: number): OutputBlock {
  const index = new Int32Array(3 * count);
  for (let i = 0; i < count; i++) {
    index[3 * i] = i;
    index[3 * i + 2] = value.length;
  }
  return { count, bytes: value, index };
}

/** In place of lanes: takes records, hands out changes of the right size, and holds no state. */
class Passthrough implements SourceSink {
  readonly #source: Source;
  readonly #log: StateLog;
  readonly #signal: AbortSignal;
  readonly #committer: Committer;
  readonly #values: { readonly decision: Buffer; readonly audit: Buffer; readonly session: Buffer };
  readonly #positions = new Map<number, Positions>();
  readonly #assignments = new Map<number, Assignment>();
  readonly #paused = new Set<number>();
  #bytesInHand = 0;

  constructor(source: Source, log: StateLog, sizes: OutputSizes, signal: AbortSignal, fail: (error: unknown) => void) {
    this.#source = source;
    this.#log = log;
    this.#signal = signal;
    this.#values = {
      decision: Buffer.alloc(sizes.decision, 'd'),
      audit: Buffer.alloc(sizes.audit, 'a'),
      session: Buffer.alloc(sizes.session, 's'),
    };
    const listener = {
      committed: (outcomes: readonly Outcome[]) => this.#committed(outcomes),
      failed: fail,
      idle: () => undefined,
    };
    this.#committer = new Committer(log, listener, signal, COMMIT_INTERVAL_MS);
  }

  async begin(partitions: readonly number[], assignment: Assignment): Promise<void> {
    for (const partition of partitions) {
      const meta = await this.#log.restore(partition, () => undefined, this.#signal);
      const positions = meta?.positions ?? new Map<string, number>();
      this.#positions.set(partition, positions);
      this.#assignments.set(partition, assignment);
      this.#source.start(partition, positions);
    }
  }

  assigned(partitions: readonly number[], assignment: Assignment): void {
    this.begin(partitions, assignment).catch(fail);
  }

  revoked(): void {
    fail(new Error('the only member lost its partitions'));
  }

  records(partition: number, records: readonly RawRecord[]): number {
    const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    this.#bytesInHand += bytes;
    const changes = this.#changesOf(partition, records);
    this.#committer.add({ changes, epoch: changes.assignment.epoch, counts: NO_COUNTS, outputBytes: 2 * bytes, bytes });
    const room = MAX_BYTES_IN_HAND - this.#bytesInHand;
    if (room <= 0) this.#paused.add(partition);
    return room;
  }

  #changesOf(partition: number, records: readonly RawRecord[]): PartitionChanges {
    const assignment = this.#assignments.get(partition);
    if (assignment === undefined) throw new Error(`records of partition ${partition}, which was not assigned`);
    const positions = new Map(this.#positions.get(partition));
    for (const { topic, nextOffset } of records) positions.set(topic, nextOffset);
    this.#positions.set(partition, positions);
    const { decision, audit } = this.#values;
    return {
      partition,
      assignment,
      sources: records,
      decisions: block(decision, records.length),
      audit: block(audit, records.length),
      deadLetters: [],
      sessions: this.#sessionsOf(records),
      meta: { positions, chain: CHAIN, clockMs: 0, policyRevision: '' },
    };
  }

  #sessionsOf(records: readonly RawRecord[]): readonly StateRecord[] {
    const ids = new Set(records.map(({ key }) => (key as Buffer).toString('latin1')));
    return Array.from(ids, (sessionId) => ({ sessionId, value: this.#values.session }));
  }

  #committed(outcomes: readonly Outcome[]): void {
    for (const { bytes } of outcomes) this.#bytesInHand -= bytes;
    if (this.#bytesInHand > MAX_BYTES_IN_HAND / 2) return;
    for (const partition of this.#paused) this.#source.resume(partition);
    this.#paused.clear();
  }
}

const { place, sizes } = programTask<Task>();
const ending = new AbortController();
function fail(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}
process.once('SIGTERM', () => ending.abort());
const adapter = await openKafkaAdapter(adapterOptions(place));
const { signal } = ending;
await adapter.source.run(new Passthrough(adapter.source, adapter.log, sizes, signal, fail), signal);
await adapter.close();
process.exit(0);
