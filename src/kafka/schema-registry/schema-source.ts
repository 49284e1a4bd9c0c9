import type { RawRecord } from '../../domain/record.ts';
import { type RegisteredSchema, schemaIdOf } from '../../domain/registered-schema.ts';
import type { Assignment, Positions, Source, SourceSink } from '../../pipeline/ports.ts';
import type { SchemaRegistry } from './schema-registry.ts';

/** So many ids are asked for at once: hostile records name any number. */
const ASKED_AT_A_TIME = 16;

/** Records that wait for schemas. `isReady`: they have them, and wait only until the partition is resumed. */
interface Held {
  records: readonly RawRecord[];
  isReady: boolean;
}

/**
 * A source whose records have the schemas that they name by an id in a registry.
 *
 * 1. Records whose schemas are not known yet are held, and their partition is paused at the source: nothing overtakes them.
 * 2. Of a partition one delivery at most is held. A new start, a new assignment and a revocation void it.
 * 3. What is held when the source comes to its end is delivered before `run` resolves.
 */
export class SchemaSource implements Source {
  readonly #source: Source;
  readonly #registry: Pick<SchemaRegistry, 'known' | 'ask'>;
  readonly #held = new Map<number, Held>();
  readonly #paused = new Set<number>();
  #sink: SourceSink | undefined;
  #failing = new AbortController();
  /** Called when something is held no longer. */
  #freed: () => void = () => undefined;

  constructor(source: Source, registry: Pick<SchemaRegistry, 'known' | 'ask'>) {
    this.#source = source;
    this.#registry = registry;
  }

  async run(sink: SourceSink, signal: AbortSignal): Promise<void> {
    const failing = new AbortController();
    this.#failing = failing;
    this.#sink = sink;
    const end = AbortSignal.any([signal, failing.signal]);
    try {
      await this.#source.run(this.#inner(sink), end);
      await this.#settled(end);
      failing.signal.throwIfAborted();
    } finally {
      this.#sink = undefined;
      this.#held.clear();
      this.#paused.clear();
    }
  }

  start(partition: number, positions: Positions): void {
    this.#drop(partition);
    this.#source.start(partition, positions);
  }

  pause(partition: number): void {
    this.#paused.add(partition);
    this.#source.pause(partition);
  }

  resume(partition: number): void {
    this.#paused.delete(partition);
    const held = this.#held.get(partition);
    if (held === undefined) this.#source.resume(partition);
    else if (held.isReady) this.#release(partition, held);
  }

  #inner(sink: SourceSink): SourceSink {
    return {
      assigned: (partitions: readonly number[], assignment: Assignment) => {
        for (const partition of partitions) this.#forget(partition);
        sink.assigned(partitions, assignment);
      },
      revoked: (partitions: readonly number[]) => {
        for (const partition of partitions) this.#forget(partition);
        sink.revoked(partitions);
      },
      records: (partition: number, records: readonly RawRecord[]) => this.#records(partition, records),
    };
  }

  #records(partition: number, records: readonly RawRecord[]): number {
    const ids = idsIn(records);
    if (ids === undefined) return this.#sink?.records(partition, records) ?? 0;
    const answers = new Map<number, RegisteredSchema>();
    for (const id of ids) {
      const answer = this.#registry.known(id);
      if (answer !== undefined) answers.set(id, answer);
    }
    if (answers.size === ids.size) return this.#sink?.records(partition, withSchemas(records, answers)) ?? 0;
    const held = { records, isReady: false };
    this.#held.set(partition, held);
    this.#ask([...ids]).then(
      (found) => this.#answered(partition, held, found),
      (thrown: unknown) => this.#fail(partition, held, thrown),
    );
    return 0;
  }

  async #ask(ids: readonly number[]): Promise<ReadonlyMap<number, RegisteredSchema>> {
    const found = new Map<number, RegisteredSchema>();
    for (let at = 0; at < ids.length; at += ASKED_AT_A_TIME) {
      const some = ids.slice(at, at + ASKED_AT_A_TIME).map((id) => this.#registry.ask(id));
      for (const answer of await Promise.all(some)) found.set(answer.id, answer);
    }
    return found;
  }

  #answered(partition: number, held: Held, answers: ReadonlyMap<number, RegisteredSchema>): void {
    if (this.#held.get(partition) !== held) return;
    held.records = withSchemas(held.records, answers);
    held.isReady = true;
    if (!this.#paused.has(partition)) this.#release(partition, held);
  }

  #release(partition: number, { records }: Held): void {
    this.#drop(partition);
    const room = this.#sink?.records(partition, records) ?? 0;
    if (room > 0) this.#source.resume(partition);
  }

  #fail(partition: number, held: Held, thrown: unknown): void {
    if (this.#held.get(partition) === held) this.#failing.abort(thrown);
  }

  #forget(partition: number): void {
    this.#paused.delete(partition);
    this.#drop(partition);
  }

  #drop(partition: number): void {
    if (this.#held.delete(partition)) this.#freed();
  }

  /** Resolves when nothing is held, or at the signal. */
  async #settled(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#freed();
    signal.addEventListener('abort', onAbort, { once: true });
    while (this.#held.size > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#freed = resolve;
      });
    }
    signal.removeEventListener('abort', onAbort);
  }
}

/** The ids that these records name; undefined when none does, as with nearly all. */
function idsIn(records: readonly RawRecord[]): ReadonlySet<number> | undefined {
  let ids: Set<number> | undefined;
  for (const { value } of records) {
    if (value === null || value[0] !== 0) continue;
    const id = schemaIdOf(value);
    if (id !== undefined) ids = (ids ?? new Set()).add(id);
  }
  return ids;
}

function withSchemas(
  records: readonly RawRecord[],
  answers: ReadonlyMap<number, RegisteredSchema>,
): readonly RawRecord[] {
  return records.map((record) => {
    const schema = answers.get(schemaIdOf(record.value) ?? -1);
    return schema === undefined ? record : { ...record, schema };
  });
}
