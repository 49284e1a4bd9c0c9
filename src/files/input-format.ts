import { type ByteReader, openBytes, type StoredFile } from './byte-reader.ts';

/** `lines`: an event a line. `avro`: an object container file. */
export type InputFormat = 'lines' | 'avro';

/** What an Avro file begins with. Source: Avro 1.12, "Object container files". */
export const AVRO_MAGIC: Buffer = Buffer.from([0x4f, 0x62, 0x6a, 0x01]);

const AVRO_NAME = /\.avro(?:\.gz|\.zst)?$/;
/** Enough for the first bytes of a compressed file. */
const HEAD_BYTES = 4096;

/** By the end of a file's name. */
export function formatByName(name: string): InputFormat {
  return AVRO_NAME.test(name) ? 'avro' : 'lines';
}

/** By the end of its name, else by its first (decompressed) bytes, which no line of JSON has. Throws `input_unreadable`. */
export async function formatOf(file: StoredFile): Promise<InputFormat> {
  if (formatByName(file.path) === 'avro') return 'avro';
  const reader = openBytes(file, 0, HEAD_BYTES);
  try {
    return (await beginsAsAvro(reader)) ? 'avro' : 'lines';
  } finally {
    reader.close();
  }
}

async function beginsAsAvro(reader: ByteReader): Promise<boolean> {
  let head = Buffer.alloc(0);
  while (head.length < AVRO_MAGIC.length) {
    const chunk = await reader.read();
    if (chunk === undefined) return false;
    head = Buffer.concat([head, chunk]);
  }
  return AVRO_MAGIC.equals(head.subarray(0, AVRO_MAGIC.length));
}
