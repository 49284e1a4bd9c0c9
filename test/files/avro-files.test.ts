import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../src/codec/decode-record.ts';
import { WriterSchemas } from '../../src/codec/writer-schemas.ts';
import { TollgateError } from '../../src/domain/errors.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { openFileSource } from '../../src/files/source.ts';
import type { FileSourceOptions } from '../../src/files/source-options.ts';
import { FILE_CODEC } from '../../src/main.ts';
import { LIMITS } from '../codec/given.ts';
import { encode, plainAvro, recordOf, SHIPPED, schemaText } from '../codec/given-avro.ts';
import { RecordingSink } from '../contract/recording-sink.ts';
import { type AvroFileParts, avroFile, long, part, writtenByAvsc } from './given-avro-file.ts';
import { temporaryDirectory } from './temporary-directory.ts';

type Event = Readonly<Record<string, string | number>>;

const event = (n: number, more: Event = {}): Event => {
  return { event_id: `e-${n}`, type: 'step', session_id: 's', occurred_at: n, ...more };
};
const events = (...numbers: readonly number[]) => numbers.map((n) => event(n));
const shipped = (...numbers: readonly number[]): AvroFileParts => {
  return { schema: SHIPPED, blocks: [{ records: events(...numbers).map(plainAvro) }] };
};

function write(files: Readonly<Record<string, string | Uint8Array>>): string {
  const dir = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  return dir;
}

async function readAll(paths: string, options: Partial<FileSourceOptions> = {}, from = new Map<string, number>()) {
  const source = openFileSource({
    events: paths,
    partitions: 1,
    codec: FILE_CODEC,
    maxLineBytes: 100_000,
    follow: false,
    now: () => -1,
    ...options,
  });
  const sink = new RecordingSink();
  const run = source.run(sink, new AbortController().signal);
  for (let partition = 0; partition < (options.partitions ?? 1); partition++) source.start(partition, from);
  await run;
  return sink;
}

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

/** Why a file cannot be read. */
async function refusal(bytes: Uint8Array, name = 'events.avro'): Promise<string> {
  const dir = write({ [name]: bytes });
  const thrown: unknown = await readAll(dir).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof TollgateError)) throw new Error(`not refused: ${String(thrown)}`);
  expect(thrown.code).toBe('input_unreadable');
  expect(thrown.where).toBe(join(dir, name));
  return thrown.message;
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
    const lines = (list: readonly Event[]) => list.map((item) => JSON.stringify(item)).join('\n');
    const file = (list: readonly Event[]) => avroFile({ schema: SHIPPED, blocks: [{ records: list.map(plainAvro) }] });
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
});

const deep = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'r', type: 'R' }] });
const nulls = schemaText([{ name: 'n', type: { type: 'array', items: 'null' } }]);
const empty = schemaText([{ name: 'n', type: 'null' }]);
/** Each record holds the one before it twice: 2^40 nulls in no bytes. */
const doubling = schemaText([
  { name: 'f0', type: { type: 'record', name: 'R0', fields: [{ name: 'n', type: 'null' }] } },
  ...Array.from({ length: 40 }, (_, i) => {
    const fields = ['a', 'b'].map((name) => ({ name, type: `R${i}` }));
    return { name: `f${i + 1}`, type: { type: 'record', name: `R${i + 1}`, fields } };
  }),
]);
const zeros = (length: number) => deflateRawSync(Buffer.alloc(length));

describe('Avro files that are broken', () => {
  const one = plainAvro(event(1));
  const good = avroFile(shipped(1, 2));
  const headBytes = avroFile({ schema: SHIPPED }).length;
  const block = (parts: NonNullable<AvroFileParts['blocks']>[number], codec?: string) =>
    avroFile({ schema: SHIPPED, ...(codec === undefined ? {} : { codec }), blocks: [parts] });

  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['nothing', Buffer.alloc(0), 'ends in the middle, at byte 0'],
    ['another magic', avroFile({ ...shipped(1), magic: 'Obj\x02' }), 'begins with other bytes'],
    ['a head that is cut off', good.subarray(0, 100), 'ends in the middle, at byte 100'],
    ['no schema', avroFile({}), 'its head has no schema'],
    ['a schema that is no UTF-8', avroFile({ schema: Buffer.from([0xff]) }), 'its head has no schema'],
    ['a schema that is no JSON', avroFile({ schema: '{' }), 'the schema cannot be read: invalid_json'],
    ['a schema that is none', avroFile({ schema: '{"type":"no"}' }), 'it is no schema of Avro'],
    ['a schema of no record', avroFile({ schema: '"string"' }), 'the schema is not of a record'],
    ['a schema that is too large', avroFile({ schema: ' '.repeat(200_000) }), 'the schema cannot be read: too_large'],
    ['an unknown codec', avroFile({ ...shipped(1), codec: 'bzip2' }), 'none of null, deflate, snappy, zstandard'],
    ['metadata without end', avroFile({ ...shipped(1), metadata: { x: ' '.repeat(600_000) } }), 'a head of more than'],
    [
      'a name that is longer than the head may be',
      Buffer.concat([Buffer.from('Obj\x01\x02'), long(2 ** 40)]),
      'a head of',
    ],
    ['a name of negative length', Buffer.concat([Buffer.from('Obj\x01\x02'), long(-5)]), 'a length that is none'],
    [
      'a count beyond all measure',
      Buffer.concat([Buffer.from('Obj\x01'), Buffer.alloc(9, 0xff)]),
      'beyond all measure',
    ],
    ['more metadata than there is', Buffer.concat([Buffer.from('Obj\x01'), long(2 ** 40), part('a')]), 'in the middle'],
    ['a block that is cut off', good.subarray(0, -20), `ends in the middle, at byte ${good.length - 20}`],
    ['another sync marker', block({ records: [one], sync: 'another' }), 'without the sync marker'],
    ['a block below zero', block({ records: [one], size: -1 }), 'below zero'],
    ['a count below zero', block({ records: [one], count: -1 }), 'below zero'],
    ['a block beyond all bounds', block({ records: [one], size: 2 ** 33 }), 'a block of 8589934592 bytes'],
    ['more records than bytes', block({ records: [one], count: 2 ** 40 }), 'records in'],
    [
      'fewer records than there are',
      block({ records: [one, one], count: 1 }),
      'bytes behind its last record, at record 1',
    ],
    ['bytes and no record', block({ records: [one], count: 0 }), 'bytes behind its last record, at record 0'],
    ['more records than there are', block({ records: [one], count: 2 }), 'ends too early'],
    ['no deflate', block({ records: [one] }, 'deflate'), `cannot decompress`],
    ['a bomb', block({ count: 1, bytes: zeros(40_000_000) }, 'deflate'), 'would become more than 33554432 bytes'],
    ['a snappy block without checksum', block({ bytes: Buffer.from([1]) }, 'snappy'), 'without its checksum'],
    ['a snappy bomb', block({ bytes: Buffer.from('ffffffff0f0000000000', 'hex') }, 'snappy'), 'would become more than'],
    ['another checksum', block({ bytes: Buffer.from('010061ffffffff', 'hex') }, 'snappy'), 'the checksum'],
    ['no zstd', block({ records: [one] }, 'zstandard'), 'no zstd frame'],
    [
      'a list of 2^52 nulls',
      avroFile({ schema: nulls, blocks: [{ records: [long(2 ** 52)] }] }),
      'more than 4000000 values',
    ],
    ['records in themselves', avroFile({ schema: deep, blocks: [{ count: 1, bytes: one }] }), 'more than 1000 levels'],
    ['records of no bytes', avroFile({ schema: empty, blocks: [{ count: 1, bytes: one }] }), 'a record of no bytes'],
    ['a schema that doubles', avroFile({ schema: doubling, blocks: [{ count: 1, bytes: one }] }), 'more than 4000000'],
  ];

  it.each(cases)('end with a word about it: %s', async (_name, bytes, message) => {
    expect(await refusal(bytes)).toContain(message);
  });

  it('are broken where the block is said to be', async () => {
    expect(await refusal(block({ records: [one], count: 2 }))).toContain(`in the block at byte ${headBytes}`);
  });

  it('never do anything else, whatever byte is another', async () => {
    const bytes = avroFile({
      ...shipped(1, 2),
      codec: 'deflate',
      blocks: [{ count: 2, bytes: deflateRawSync(Buffer.concat([one, one])) }],
    });
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), async (at, byte) => {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        const outcome: unknown = await readAll(write({ 'events.avro': changed })).catch((thrown: unknown) => thrown);
        expect(
          outcome instanceof RecordingSink || (outcome instanceof TollgateError && outcome.code === 'input_unreadable'),
        ).toBe(true);
      }),
      { numRuns: 150 },
    );
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
