import { once } from 'node:events';
import avro from 'avsc';

const SYNC = Buffer.from('a marker of bytes');

/** What a file is made of; what is not given is as it should be. */
export interface AvroFileParts {
  readonly magic?: string;
  readonly schema?: string | Buffer;
  readonly codec?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly blocks?: readonly AvroBlockParts[];
}

export interface AvroBlockParts {
  readonly records?: readonly Uint8Array[];
  /** In place of the records' own. */
  readonly count?: number;
  readonly size?: number;
  readonly bytes?: Uint8Array;
  readonly sync?: string;
}

/** An object container file, byte by byte, so that each of its parts can be wrong. */
export function avroFile({ magic = 'Obj\x01', schema, codec, metadata = {}, blocks = [] }: AvroFileParts): Buffer {
  const members: [string, string | Buffer][] = Object.entries(metadata);
  if (schema !== undefined) members.push(['avro.schema', schema]);
  if (codec !== undefined) members.push(['avro.codec', codec]);
  const head = members.flatMap(([name, value]) => [part(name), part(value)]);
  const map = members.length === 0 ? [long(0)] : [long(members.length), ...head, long(0)];
  return Buffer.concat([Buffer.from(magic, 'latin1'), ...map, SYNC.subarray(0, 16), ...blocks.map(block)]);
}

function block({ records = [], bytes = Buffer.concat(records), count, size, sync }: AvroBlockParts): Buffer {
  const marker = sync === undefined ? SYNC.subarray(0, 16) : Buffer.from(sync.padEnd(16).slice(0, 16));
  return Buffer.concat([long(count ?? records.length), long(size ?? bytes.length), bytes, marker]);
}

/** A number as Avro writes it. */
export function long(value: number): Buffer {
  return avro.Type.forSchema('long').toBuffer(value);
}

/** A length and so many bytes. */
export function part(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([long(bytes.length), bytes]);
}

/** A file as avsc writes it: blocks of about `blockBytes`. */
export async function writtenByAvsc(
  schema: string,
  records: readonly object[],
  options: { readonly codec: 'null' | 'deflate'; readonly blockBytes?: number },
): Promise<Buffer> {
  const { codec, blockBytes } = options;
  const encoder = new avro.streams.BlockEncoder(JSON.parse(schema), {
    codec,
    ...(blockBytes === undefined ? undefined : { blockSize: blockBytes }),
  });
  const chunks: Buffer[] = [];
  encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = once(encoder, 'end');
  for (const record of records) encoder.write(record);
  encoder.end();
  await ended;
  return Buffer.concat(chunks);
}
