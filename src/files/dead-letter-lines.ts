import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { DeadLetter } from '../domain/output.ts';
import type { RawRecord } from '../domain/record.ts';
import type { PartitionChanges } from '../pipeline/ports.ts';

/** The code under which a record's value is too large to be kept. */
const TOO_LARGE = 'too_large';

/** The dead letters of one partition, one `deadLetterLine` each, with line feeds. */
export function deadLetterLines({ partition, sources, deadLetters }: PartitionChanges): Buffer {
  const lines = deadLetters.map((letter) => {
    const record = sources[letter.source];
    if (record === undefined) throw new RangeError(`dead letter of partition ${partition} without a source`);
    return `${deadLetterLine(letter, record, partition)}\n`;
  });
  return Buffer.from(lines.join(''), 'utf8');
}

/**
 * A dead letter as JSON, without a line feed: error code, message and source under the names that they have as headers
 * in Kafka, then key and value as text, or as `key_base64`, `value_base64` where the bytes are no UTF-8. Of a value that
 * was too large: `value_bytes`, its length in the input, of a line with its line feed, and `value_head_sha256`, the hash of the head
 * of it that was read.
 */
export function deadLetterLine(letter: DeadLetter, record: RawRecord, partition: number): string {
  return JSON.stringify({
    tollgate_error_code: letter.code,
    tollgate_error_message: letter.message,
    tollgate_source: `${record.topic}/${partition}/${record.offset}`,
    ...textOf('key', record.key),
    ...(letter.code === TOO_LARGE ? stubOf(record) : textOf('value', record.value)),
  });
}

function textOf(name: string, bytes: Uint8Array | null): Record<string, string | null> {
  if (bytes === null) return { [name]: null };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? { [name]: buffer.toString('utf8') } : { [`${name}_base64`]: buffer.toString('base64') };
}

function stubOf({ offset, nextOffset, value, valueBytes }: RawRecord): Record<string, string | number> {
  const hash = createHash('sha256').update(value ?? new Uint8Array());
  return { value_bytes: valueBytes ?? nextOffset - offset, value_head_sha256: hash.digest('hex') };
}
