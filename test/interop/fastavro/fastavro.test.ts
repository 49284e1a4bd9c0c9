import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../../src/codec/decode-event.ts';
import { decodeRecord } from '../../../src/codec/decode-record.ts';
import { fingerprintOf } from '../../../src/codec/writer-schema.ts';
import { WriterSchemas } from '../../../src/codec/writer-schemas.ts';
import { openFileSource } from '../../../src/files/source.ts';
import { FILE_CODEC } from '../../../src/main.ts';
import { CONTROL, LIMITS, utf8 } from '../../codec/given.ts';
import { RecordingSink } from '../../contract/recording-sink.ts';
import { temporaryDirectory } from '../../files/temporary-directory.ts';
import { FILES, FINGERPRINTS, RECORDS, REGISTERED, WRITERS } from './fixtures.ts';

describe('what fastavro writes', () => {
  const schemas = new WriterSchemas(WRITERS);
  schemas.learn(REGISTERED);
  const headers = [{ name: 'content-type', value: Buffer.from('application/avro') }];

  it('is there in each of the three framings', () => {
    expect(new Set(RECORDS.map(({ framing }) => framing)).size).toBe(3);
  });

  it.each(RECORDS)('is read as the JSON of the same event: $framing, $event', ({ framing, event, value }) => {
    const record = { ...CONTROL, value, headers: framing === 'plain' ? headers : undefined };
    const decoded = decodeRecord(record, { limits: LIMITS, schemas });
    expect(decoded.kind).toBe('event');
    expect(decoded).toEqual(decodeEvent(utf8(event), CONTROL, LIMITS));
  });

  it.each(FILES)('is read out of $name as the JSON of the same events', async ({ name, events, bytes }) => {
    const path = join(temporaryDirectory(), name);
    writeFileSync(path, bytes);
    const sink = new RecordingSink();
    const options = { events: path, partitions: 1, codec: FILE_CODEC, maxLineBytes: 100_000, follow: false };
    const source = openFileSource({ ...options, order: 'arrival' });
    const run = source.run(sink, new AbortController().signal);
    source.start(0, new Map());
    await run;
    const decoded = sink.of(0).map(({ value, schema }) => {
      const fresh = new WriterSchemas();
      if (schema !== undefined) fresh.learn([schema]);
      return decodeRecord({ ...CONTROL, value }, { limits: LIMITS, schemas: fresh });
    });
    expect(decoded).toEqual(events.map((event) => decodeEvent(utf8(event), CONTROL, LIMITS)));
  });

  it.each(FINGERPRINTS)('names schemas by the same fingerprint: $wire', ({ schema, wire }) => {
    expect(fingerprintOf(schema)).toBe(wire);
  });
});
