import { describe, expect, it } from 'vitest';
import type { RawRecord } from '../../../src/domain/record.ts';
import type { RegisteredSchema } from '../../../src/domain/registered-schema.ts';
import { SchemaSource } from '../../../src/kafka/schema-registry/schema-source.ts';
import type { Source, SourceSink } from '../../../src/pipeline/ports.ts';
import { registered, registeredSchema } from '../../codec/given-avro.ts';
import { RecordingSink } from '../../contract/recording-sink.ts';

/** A source whose deliveries are the test's, and that remembers what it is told. */
class GivenSource implements Source {
  readonly calls: string[] = [];
  sink: SourceSink | undefined;
  end: () => void = () => undefined;

  async run(sink: SourceSink, signal: AbortSignal): Promise<void> {
    this.sink = sink;
    await new Promise<void>((resolve) => {
      this.end = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  start(partition: number): void {
    this.calls.push(`start ${partition}`);
  }

  pause(partition: number): void {
    this.calls.push(`pause ${partition}`);
  }

  resume(partition: number): void {
    this.calls.push(`resume ${partition}`);
  }
}

/** A registry that answers when the test says so. */
class GivenRegistry {
  readonly answers = new Map<number, RegisteredSchema>();
  readonly asked: number[] = [];
  readonly #waiting = new Map<
    number,
    { resolve: (answer: RegisteredSchema) => void; reject: (error: Error) => void }
  >();

  known(id: number): RegisteredSchema | undefined {
    return this.answers.get(id);
  }

  ask(id: number): Promise<RegisteredSchema> {
    this.asked.push(id);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  async answer(...ids: readonly number[]): Promise<void> {
    for (const id of ids) this.#waiting.get(id)?.resolve(registeredSchema(id));
    await settle();
  }

  async fail(id: number): Promise<void> {
    this.#waiting.get(id)?.reject(new Error('closed'));
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

/** Records at these offsets: a number names a schema, null a value without one. */
function records(...ids: readonly (number | null)[]): readonly RawRecord[] {
  return ids.map((id, offset) => {
    const value = id === null ? Buffer.from('{}') : registered(id, Buffer.from('x'));
    return { topic: 't', offset, nextOffset: offset + 1, timestampMs: 0, key: null, value, trusted: false };
  });
}

function aSource() {
  const source = new GivenSource();
  const registry = new GivenRegistry();
  const resolving = new SchemaSource(source, registry);
  const sink = new RecordingSink();
  const stop = new AbortController();
  const ended = resolving.run(sink, stop.signal);
  ended.catch(() => undefined);
  source.sink?.assigned([0, 1], { epoch: 1 });
  const deliver = (partition: number, some: readonly RawRecord[]) => source.sink?.records(partition, some);
  return { source, registry, resolving, sink, stop, ended, deliver };
}

const schemasOf = (sink: RecordingSink, partition = 0) => sink.of(partition).map(({ schema }) => schema?.id ?? null);

describe('a source with a schema registry', () => {
  it('passes on records that name no schema as they are, with the sink’s answer', () => {
    const { sink, deliver, registry } = aSource();
    const some = records(null, null);
    expect(deliver(0, some)).toBe(1_000_000);
    expect(sink.batches[0]?.records).toBe(some);
    expect(registry.asked).toEqual([]);
  });

  it('adds what the registry is known to say', () => {
    const { sink, deliver, registry } = aSource();
    registry.answers.set(7, registeredSchema(7));
    expect(deliver(0, records(7, null, 7))).toBe(1_000_000);
    expect(schemasOf(sink)).toEqual([7, null, 7]);
  });

  it('holds records back, and their partition, until all their schemas are there; others go on', async () => {
    const { source, sink, deliver, registry } = aSource();
    registry.answers.set(7, registeredSchema(7));
    expect(deliver(0, records(null, 7, 8, 9))).toBe(0);
    expect(deliver(1, records(null))).toBe(1_000_000);
    await registry.answer(8);
    expect([sink.of(0), source.calls]).toEqual([[], []]);
    await registry.answer(9, 7);
    expect(schemasOf(sink)).toEqual([null, 7, 8, 9]);
    expect(source.calls).toEqual(['resume 0']);
  });

  it('asks for ids that one delivery names by the dozen, however many there are', async () => {
    const { sink, deliver, registry } = aSource();
    const ids = Array.from({ length: 100 }, (_, id) => id);
    deliver(0, records(...ids));
    await settle();
    expect(registry.asked.length).toBe(16);
    for (let id = 0; id < 100; id += 4) await registry.answer(id, id + 1, id + 2, id + 3);
    expect(schemasOf(sink)).toEqual(ids);
  });

  it('leaves the partition paused when the sink has no room, until it says so', async () => {
    const { source, resolving, sink, deliver, registry } = aSource();
    sink.room = () => 0;
    deliver(0, records(7));
    await registry.answer(7);
    expect([schemasOf(sink), source.calls]).toEqual([[7], []]);
    resolving.resume(0);
    expect(source.calls).toEqual(['resume 0']);
  });

  it('delivers nothing while it is paused, and does not let the source overtake what is held', async () => {
    const { source, resolving, sink, deliver, registry } = aSource();
    deliver(0, records(7));
    resolving.pause(0);
    resolving.resume(0);
    expect(source.calls).toEqual(['pause 0']);
    resolving.pause(0);
    await registry.answer(7);
    expect(sink.of(0)).toEqual([]);
    resolving.resume(0);
    expect(schemasOf(sink)).toEqual([7]);
    expect(source.calls).toEqual(['pause 0', 'pause 0', 'resume 0']);
  });

  it.each<[string, (given: ReturnType<typeof aSource>) => void]>([
    ['a new start', ({ resolving }) => resolving.start(0, new Map())],
    ['a new assignment', ({ source }) => source.sink?.assigned([0], { epoch: 2 })],
    ['a revocation', ({ source }) => source.sink?.revoked([0])],
  ])('forgets what it held at %s', async (_, happens) => {
    const given = aSource();
    given.deliver(0, records(7));
    happens(given);
    await given.registry.answer(7);
    expect(given.sink.of(0)).toEqual([]);
    given.registry.answers.set(7, registeredSchema(7));
    given.deliver(0, records(7));
    expect(schemasOf(given.sink)).toEqual([7]);
  });

  it('delivers what it holds when the source has come to its end, then ends', async () => {
    const { source, sink, deliver, registry, ended } = aSource();
    deliver(0, records(7));
    deliver(1, records(8));
    source.end();
    await settle();
    await registry.answer(7);
    await registry.answer(8);
    await ended;
    expect([schemasOf(sink, 0), schemasOf(sink, 1)]).toEqual([[7], [8]]);
  });

  it('ends at once when it is told to, and drops what it holds', async () => {
    const { sink, deliver, registry, stop, ended } = aSource();
    deliver(0, records(7));
    stop.abort();
    await ended;
    await registry.answer(7);
    expect(sink.of(0)).toEqual([]);
  });

  it('ends with what makes waiting useless', async () => {
    const { deliver, registry, ended } = aSource();
    deliver(0, records(7));
    await registry.fail(7);
    await expect(ended).rejects.toThrow('closed');
  });
});
