/** What differs between the versions of Produce that are sent here: from 9 on they are flexible, with compact lengths and tags. */

import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** The broker's answer for one partition. */
export interface ProduceAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  /** What the broker says of its error: that the coordinator could not be asked, for one, which has no code of its own here. */
  readonly explanation?: string;
}

export interface ProduceAnswers {
  readonly throttleTimeMs: number;
  readonly answers: readonly ProduceAnswer[];
}

/** How a version writes its parts, and reads the answer (what follows the correlation id). */
export interface ProduceForm {
  readonly isFlexible: boolean;
  string(writer: WireWriter, text: string | null): WireWriter;
  array(writer: WireWriter, length: number): WireWriter;
  /** The length of a record batch, which follows. */
  records(writer: WireWriter, bytes: number): WireWriter;
  /** Ends a structure. */
  end(writer: WireWriter): WireWriter;
  decode(reader: WireReader): ProduceAnswers;
}

export const produceForms = {
  7: {
    isFlexible: false,
    string: (writer, text) => writer.string(text),
    array: (writer, length) => writer.int32(length),
    records: (writer, bytes) => writer.int32(bytes),
    end: (writer) => writer,
    decode: (reader) => {
      const topics = reader.array(() => {
        const topic = reader.string();
        return reader.array(() => readPartition(reader, topic));
      });
      return { answers: topics.flat(), throttleTimeMs: reader.int32() };
    },
  },
  12: {
    isFlexible: true,
    string: (writer, text) => writer.compactString(text),
    array: (writer, length) => writer.compactArray(length),
    records: (writer, bytes) => writer.unsignedVarint(bytes + 1),
    end: (writer) => writer.noTags(),
    decode: (reader) => {
      reader.skipTags();
      const topics = reader.compactArray(() => {
        const topic = reader.compactString();
        return reader.compactArray(() => readExplained(reader, topic));
      });
      return { answers: topics.flat(), throttleTimeMs: reader.int32() };
    },
  },
} as const satisfies Readonly<Record<number, ProduceForm>>;

function readPartition(reader: WireReader, topic: string): ProduceAnswer {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const baseOffset = reader.int64();
  const logAppendTimeMs = reader.int64();
  reader.int64(); // where the log starts
  return { topic, partition, errorCode, baseOffset, logAppendTimeMs };
}

/** The same with an explanation, past what the broker has against single records: our batches are taken or refused as a whole. */
function readExplained(reader: WireReader, topic: string): ProduceAnswer {
  const answer = readPartition(reader, topic);
  reader.compactArray(() => {
    reader.int32();
    reader.skipCompactString();
  });
  return { ...answer, explanation: reader.compactNullableString() };
}
