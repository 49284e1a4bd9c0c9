import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../src/codec/decode-record.ts';
import { fingerprintOf } from '../../src/codec/writer-schema.ts';
import { WriterSchemas } from '../../src/codec/writer-schemas.ts';
import { TollgateError } from '../../src/domain/errors.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { LIMITS } from '../codec/given.ts';
import { encode, plainAvro, recordOf, SHIPPED, schemaText } from '../codec/given-avro.ts';
import { avroFile, long, part, writtenByAvsc } from './given-avro-file.ts';
import { event, type GivenEvent, readAll, shipped, write } from './given-avro-input.ts';

/** What a worker makes of a record, with the schema that goes with it. */
function decoded({ value, schema, trusted, timestampMs }: RawRecord) {
  const schemas = new WriterSchemas();
  if (schema !== undefined) schemas.learn([schema]);
  return decodeRecord({ value, trusted, timestampMs }, { limits: LIMITS, schemas });
}

const idsOf = (records: readonly RawRecord[]) =>
  records.map((record) => {
    const outcome = decoded(record);
    return outcome.kind === 'event' ? outcome.event.eventId : outcome.kind;
  });

/**
 * Two names whose schemas have one fingerprint. A CRC is linear: what changing one letter does to it is the same whatever the
 * others are, and among more than 64 changes some cancel each other.
 */
function collidingNames(): readonly [string, string] {
  const base = 'a'.repeat(70);
  const changed = (bits: bigint) => [...base].map((letter, i) => ((bits >> BigInt(i)) & 1n ? 'c' : letter)).join('');
  const crc = (name: string) => BigInt(`0x${fingerprintOf(schemaText([{ name, type: 'string' }]))}`);
  const rows: { readonly value: bigint; readonly bits: bigint }[] = [];
  for (let i = 0; i < base.length; i++) {
    let row = { value: crc(changed(1n << BigInt(i))) ^ crc(base), bits: 1n << BigInt(i) };
    for (const other of rows) {
      const less = { value: row.value ^ other.value, bits: row.bits ^ other.bits };
      if (less.value < row.value) row = less;
    }
    if (row.value === 0n) return [base, changed(row.bits)];
    rows.push(row);
    rows.sort((a, b) => (a.value < b.value ? 1 : -1));
  }
  throw new Error('no two fingerprints are equal');
}

describe('Avro files', () => {
  it('are read record by record, whose offsets are their numbers', async () => {
    const parts = { ...shipped(1, 2), blocks: [...(shipped(1, 2).blocks ?? []), {}, ...(shipped(3).blocks ?? [])] };
    const records = (await readAll(write({ 'events.avro': avroFile(parts) }))).of(0);
    expect(idsOf(records)).toEqual(['e-1', 'e-2', 'e-3']);
    expect(records.map(({ topic, offset, nextOffset, ordinal }) => [topic, offset, nextOffset, ordinal])).toEqual([
      ['events.avro', 0, 1, 0],
      ['events.avro', 1, 2, 1],
      ['events.avro', 2, 3, 2],
    ]);
    expect(String(records[0]?.key)).toBe('s');
  });

  it('are told by their first bytes under any name, and may be compressed as a whole', async () => {
    const bytes = avroFile(shipped(1));
    const dir = write({ 'a.ndjson': bytes, 'b.avro.gz': gzipSync(bytes), 'c.ndjson.gz': gzipSync(bytes) });
    expect(idsOf((await readAll(dir)).of(0))).toEqual(['e-1', 'e-1', 'e-1']);
  });

  it('go on where a partition was, when blocks were added', async () => {
    const dir = write({ 'events.avro': avroFile(shipped(1, 2)) });
    const added = avroFile(shipped(3)).subarray(avroFile({ schema: SHIPPED }).length);
    appendFileSync(join(dir, 'events.avro'), added);
    const { of } = await readAll(dir, {}, new Map([['events.avro', 1]])).then((sink) => ({ of: sink.of(0) }));
    expect(idsOf(of)).toEqual(['e-2', 'e-3']);
  });

  it('are refused where a position lies beyond their end', async () => {
    const dir = write({ 'events.avro': avroFile(shipped(1)) });
    const error = await readAll(dir, {}, new Map([['events.avro', 2]])).catch((thrown: unknown) => thrown);
    expect(TollgateError.from(error).code).toBe('position_contradicts');
  });

  it('come in the order and the partitions that the same events have as lines', async () => {
    const one = [event(5, { session_id: 'a' }), event(1, { session_id: 'b' }), event(9, { session_id: 'c' })];
    const other = [event(2, { session_id: 'd' }), event(7, { occurred_at: '1970-01-01T00:00:00.007Z' })];
    const lines = (list: readonly GivenEvent[]) => list.map((item) => JSON.stringify(item)).join('\n');
    const file = (list: readonly GivenEvent[]) =>
      avroFile({ schema: SHIPPED, blocks: [{ records: list.map(plainAvro) }] });
    const places = async (files: Readonly<Record<string, string | Uint8Array>>) => {
      const sink = await readAll(write(files), { partitions: 3 });
      return [0, 1, 2].map((partition) =>
        sink.of(partition).map((record) => [record.ordinal, ...idsOf([record]), String(record.key)]),
      );
    };
    const expected = await places({ 'a.ndjson': lines(one), 'b.ndjson': lines(other) });
    expect(await places({ 'a.avro': file(one), 'b.avro': file(other) })).toEqual(expected);
    expect(await places({ 'a.avro': file(one), 'b.ndjson': lines(other) })).toEqual(expected);
  });

  it('may hold records that cannot be read as events: each is delivered, and its neighbours too', async () => {
    const schema = schemaText([
      { name: 'session_id', type: 'string' },
      { name: 'flag', type: 'boolean' },
      { name: 'level', type: { type: 'enum', name: 'Level', symbols: ['A'] } },
    ]);
    const bad = [
      Buffer.concat([part(Buffer.from([0xff])), Buffer.from([1, 0])]),
      Buffer.concat([part('s'), Buffer.from([7, 0])]),
      Buffer.concat([part('s'), Buffer.from([1]), long(9)]),
    ];
    const good = Buffer.concat([part('s'), Buffer.from([1, 0])]);
    const dir = write({ 'events.avro': avroFile({ schema, blocks: [{ records: [...bad, good] }] }) });
    const records = (await readAll(dir)).of(0);
    const codes = records.map(decoded).map((outcome) => (outcome.kind === 'event' ? 'event' : outcome.code));
    expect(codes).toEqual(['invalid_utf8', 'invalid_avro', 'invalid_avro', 'missing_field']);
    expect(records.map(({ key }) => key?.toString())).toEqual([undefined, 's', 's', 's']);
  });

  it('are cut at the limit of a line: the decoder refuses such a record, and its whole size is known', async () => {
    const big = plainAvro(event(1, { tool: 'x'.repeat(5000) }));
    const dir = write({
      'events.avro': avroFile({ schema: SHIPPED, blocks: [{ records: [big, plainAvro(event(2))] }] }),
    });
    const [first, second] = (await readAll(dir, { maxLineBytes: 1000 })).of(0);
    expect(first?.value?.length).toBe(1001);
    expect(first?.valueBytes).toBe(big.length);
    expect(String(first?.key)).toBe('s');
    expect(second === undefined ? [] : idsOf([second])).toEqual(['e-2']);
  });

  it('hold control events, which are trusted, where control is read from', async () => {
    const dir = write({ 'desk.avro': avroFile(shipped(1)), 'events.avro': avroFile(shipped(2)) });
    const sink = await readAll(join(dir, 'events.avro'), { control: join(dir, 'desk.avro') });
    expect(sink.of(0).map(({ topic, trusted }) => [topic, trusted])).toEqual([
      ['control:desk.avro', true],
      ['events.avro', false],
    ]);
  });

  it('are not followed', async () => {
    const dir = write({ 'events.avro': avroFile(shipped(1)) });
    const thrown: unknown = await readAll(dir, { follow: true }).catch((error: unknown) => error);
    expect(TollgateError.from(thrown).message).toContain('cannot be followed');
  });

  it('hold what avsc wrote, in blocks of any size, however the file is read', async () => {
    const list = fc.array(fc.record({ n: fc.nat(), tool: fc.string({ maxLength: 200 }) }), {
      minLength: 1,
      maxLength: 40,
    });
    const ways = fc.record({
      codec: fc.constantFrom('null' as const, 'deflate' as const),
      blockBytes: fc.integer({ min: 1, max: 999 }),
    });
    await fc.assert(
      fc.asyncProperty(list, ways, fc.integer({ min: 1, max: 5000 }), async (items, how, chunkBytes) => {
        const written = items.map(({ n, tool }) => event(n, { tool }));
        const bytes = await writtenByAvsc(SHIPPED, written.map(recordOf), how);
        const records = (await readAll(write({ 'events.avro': bytes }), { chunkBytes })).of(0);
        const bodies = records.map(({ value }) =>
          Buffer.from(value ?? [])
            .subarray(10)
            .toString('hex'),
        );
        expect(bodies).toEqual(written.map((item) => plainAvro(item).toString('hex')));
      }),
      { numRuns: 40 },
    );
  });

  it('are refused when two have one fingerprint and different schemas', async () => {
    const [one, other] = collidingNames().map((name) => schemaText([{ name, type: 'string' }]));
    const file = (schema = '') => avroFile({ schema, blocks: [{ records: [part('x')] }] });
    expect(fingerprintOf(one ?? '')).toBe(fingerprintOf(other ?? ''));
    const dir = write({ 'a.avro': file(one), 'b.avro': file(one) });
    expect((await readAll(dir)).count()).toBe(2);
    writeFileSync(join(dir, 'b.avro'), file(other));
    const thrown: unknown = await readAll(dir).catch((error: unknown) => error);
    expect(TollgateError.from(thrown).message).toContain('of the same fingerprint');
  });

  it('are told from events of another schema, which are refused one by one', async () => {
    const schema = schemaText([{ name: 'session_id', type: 'int' }]);
    const dir = write({
      'events.avro': avroFile({ schema, blocks: [{ records: [encode(schema, { session_id: 1 })] }] }),
    });
    const [record] = (await readAll(dir)).of(0);
    expect(record === undefined ? undefined : decoded(record)).toMatchObject({ code: 'incompatible_schema' });
  });
});
