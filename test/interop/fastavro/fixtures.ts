import { readFileSync } from 'node:fs';
import type { RegisteredSchema } from '../../../src/domain/registered-schema.ts';

/** An event as fastavro wrote it, and its JSON. */
export interface FastavroRecord {
  readonly framing: 'plain' | 'single object' | 'registered';
  /** Of the schema, where the value names one. */
  readonly id?: number;
  /** The writer's, where it is not the shipped one. */
  readonly schema?: string;
  readonly event: string;
  readonly value: Uint8Array;
}

/** An object container file as fastavro wrote it, and the JSON of its events. */
export interface FastavroFile {
  readonly name: string;
  readonly events: readonly string[];
  readonly bytes: Uint8Array;
}

interface Fixtures {
  readonly records: readonly (Omit<FastavroRecord, 'value'> & { readonly value: string })[];
  readonly fingerprints: readonly { readonly schema: string; readonly wire: string }[];
  readonly files: readonly (Omit<FastavroFile, 'bytes'> & { readonly bytes: string })[];
}

const FIXTURES = JSON.parse(readFileSync(new URL('./fixtures.json', import.meta.url), 'utf8')) as Fixtures;

export const FINGERPRINTS = FIXTURES.fingerprints;

export const RECORDS: readonly FastavroRecord[] = FIXTURES.records.map((record) => {
  return { ...record, value: Buffer.from(record.value, 'base64') };
});

export const FILES: readonly FastavroFile[] = FIXTURES.files.map((file) => {
  return { ...file, bytes: Buffer.from(file.bytes, 'base64') };
});

/** What a registry says of the ids in the records. */
export const REGISTERED: readonly RegisteredSchema[] = RECORDS.flatMap(
  ({ id, schema }): readonly RegisteredSchema[] => {
    return id === undefined || schema === undefined ? [] : [{ kind: 'schema', id, language: 'AVRO', text: schema }];
  },
);

/** Schemas that the single objects were written with. */
export const WRITERS: readonly string[] = RECORDS.flatMap(({ framing, schema }) => {
  return framing === 'single object' && schema !== undefined ? [schema] : [];
});
