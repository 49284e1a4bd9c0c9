import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { plainAvro, SHIPPED, schemaText } from '../codec/given-avro.ts';
import { RecordingSink } from '../contract/recording-sink.ts';
import { type AvroFileParts, avroFile, long, part } from './given-avro-file.ts';
import { event, readAll, shipped, write } from './given-avro-input.ts';

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
});
