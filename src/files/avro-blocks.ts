import { isUtf8 } from 'node:buffer';
import { AVRO_CODECS, type BlockDecoder, openBlockDecoder } from '../compression/avro-block.ts';
import { openBytes, type StoredFile } from './byte-reader.ts';
import { AVRO_MAGIC } from './input-format.ts';
import { brokenFile, PulledBytes } from './pulled-bytes.ts';

const SYNC_BYTES = 16;
/** Magic and metadata: the schema, which is less than half of this, and whatever else a writer adds. */
const MAX_HEAD_BYTES = 512 * 1024;
/** A block, as it lies in the file and as what it becomes. Writers cut blocks at some 64 KB; record batches have the same bound. */
const MAX_BLOCK_BYTES = 32 * 1024 * 1024;

/** Records behind one another. */
export interface AvroBlock {
  readonly count: number;
  readonly bytes: Buffer;
  /** Where in the (decompressed) file the block begins. */
  readonly at: number;
}

interface Head {
  readonly sync: Buffer;
  readonly schemaText: string;
  readonly decode: BlockDecoder;
}

/**
 * The blocks of an Avro file, decompressed, each checked as far as can be without its schema. Nothing is made of a length or
 * a count before it is known to be within bounds. Throws `input_unreadable`, which names the byte.
 */
export class AvroBlocks {
  readonly #path: string;
  readonly #bytes: PulledBytes;
  #head: Head | undefined;

  constructor(file: StoredFile, chunkBytes?: number) {
    this.#path = file.path;
    this.#bytes = new PulledBytes(file.path, openBytes(file, 0, chunkBytes));
  }

  /** The text of the schema that all records have. */
  async schemaText(): Promise<string> {
    return (await this.#readHead()).schemaText;
  }

  /** The next block; undefined at the end of the file. */
  async next(): Promise<AvroBlock | undefined> {
    const { sync, decode } = await this.#readHead();
    if (await this.#bytes.isAtEnd()) return undefined;
    const { at } = this.#bytes;
    const count = await this.#bytes.long();
    const size = await this.#bytes.long();
    if (count < 0 || size < 0) throw this.#bytes.broken('a block with a count or a size below zero');
    if (size > MAX_BLOCK_BYTES) throw this.#bytes.broken(`a block of ${size} bytes, at most ${MAX_BLOCK_BYTES}`);
    const stored = await this.#bytes.take(size);
    if (!sync.equals(await this.#bytes.take(SYNC_BYTES))) throw this.#bytes.broken('a block without the sync marker');
    const bytes = this.#decoded(stored, decode, at);
    // Each takes a byte at least, which whoever cuts them apart sees to.
    if (count > bytes.length) throw brokenFile(this.#path, `${count} records in ${bytes.length} bytes, ${blockAt(at)}`);
    return { count, bytes, at };
  }

  close(): void {
    this.#bytes.close();
  }

  #decoded(stored: Buffer, decode: BlockDecoder, at: number): Buffer {
    try {
      return decode(stored, MAX_BLOCK_BYTES);
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      throw brokenFile(this.#path, `cannot decompress: ${thrown.message}, ${blockAt(at)}`, thrown);
    }
  }

  async #readHead(): Promise<Head> {
    if (this.#head !== undefined) return this.#head;
    const bytes = this.#bytes;
    if (!AVRO_MAGIC.equals(await bytes.take(AVRO_MAGIC.length))) {
      throw brokenFile(this.#path, 'it begins with other bytes than Avro files do');
    }
    const metadata = await this.#metadata();
    const schema = metadata.get('avro.schema');
    if (schema === undefined || !isUtf8(schema)) throw bytes.broken('its head has no schema');
    const codec = metadata.get('avro.codec')?.toString('utf8') ?? 'null';
    const decode = await openBlockDecoder(codec);
    if (decode === undefined) throw bytes.broken(`its codec is none of ${AVRO_CODECS.join(', ')}`);
    const sync = Buffer.from(await bytes.take(SYNC_BYTES));
    this.#head = { sync, schemaText: schema.toString('utf8'), decode };
    return this.#head;
  }

  /** A map of bytes, of which only Avro's own members are kept. */
  async #metadata(): Promise<ReadonlyMap<string, Buffer>> {
    const kept = new Map<string, Buffer>();
    for (let count = await this.#bytes.long(); count !== 0; count = await this.#bytes.long()) {
      // A count below zero has the size of what follows behind it.
      if (count < 0) await this.#bytes.long();
      for (let left = Math.abs(count); left > 0; left--) {
        const name = (await this.#part()).toString('latin1');
        const value = await this.#part();
        if (name.startsWith('avro.')) kept.set(name, Buffer.from(value));
      }
    }
    return kept;
  }

  /** A length and so many bytes of the head. */
  async #part(): Promise<Buffer> {
    const length = await this.#bytes.long();
    if (length < 0 || this.#bytes.at + length > MAX_HEAD_BYTES) {
      throw this.#bytes.broken(`a head of more than ${MAX_HEAD_BYTES} bytes, or a length that is none`);
    }
    return await this.#bytes.take(length);
  }
}

/** For messages: where a block is. */
export function blockAt(at: number): string {
  return `in the block at byte ${at}`;
}
