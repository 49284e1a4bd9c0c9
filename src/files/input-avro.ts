import { type AvroBlock, AvroBlocks, blockAt } from './avro-blocks.ts';
import type { InputFile } from './input-file.ts';
import type { AvroRecordCodec, FileCodec } from './line-facts.ts';
import type { Line } from './line-splitter.ts';
import { brokenFile } from './pulled-bytes.ts';

/** How much `read` hands out at once: what follows in the block stays what it is until then. */
const BATCH_RECORDS = 1024;
const BATCH_BYTES = 256 * 1024;

/**
 * The records of one Avro file from its beginning, as lines: each in single-object encoding, which names the file's schema.
 * A record's offset is its number in the file, from 0. Throws `input_unreadable` for a file that is broken; a record whose
 * end is known is handed out whatever is in it.
 */
export class InputAvro {
  readonly file: InputFile;
  readonly #codec: FileCodec;
  readonly #maxBytes: number;
  readonly #blocks: AvroBlocks;
  #records: AvroRecordCodec | undefined;
  #block: AvroBlock | undefined;
  /** Of the block: where its next record begins, and how many there are from there on. */
  #at = 0;
  #left = 0;
  #number = 0;

  constructor(
    file: InputFile,
    options: { readonly codec: FileCodec; readonly maxLineBytes: number; readonly chunkBytes?: number | undefined },
  ) {
    this.file = file;
    this.#codec = options.codec;
    this.#maxBytes = options.maxLineBytes + 1;
    this.#blocks = new AvroBlocks(file, options.chunkBytes);
  }

  /** How many records have been read. */
  get end(): number {
    return this.#number;
  }

  /** The next records, at least one; undefined at the end. */
  async read(): Promise<Line[] | undefined> {
    this.#records ??= await this.#openRecords(await this.#blocks.schemaText());
    while (this.#block === undefined || this.#left === 0) {
      this.#block = await this.#blocks.next();
      if (this.#block === undefined) return undefined;
      this.#at = 0;
      this.#left = this.#block.count;
      this.#checkRest(this.#block);
    }
    return this.#cut(this.#records, this.#block);
  }

  close(): void {
    this.#blocks.close();
  }

  async #openRecords(schemaText: string): Promise<AvroRecordCodec> {
    const records = await this.#codec.avroRecords(schemaText);
    if (records.kind === 'records') return records;
    throw brokenFile(this.file.path, records.message);
  }

  #cut(records: AvroRecordCodec, block: AvroBlock): Line[] {
    const lines: Line[] = [];
    for (let bytes = 0; this.#left > 0 && lines.length < BATCH_RECORDS && bytes < BATCH_BYTES; this.#left--) {
      const line = this.#next(records, block);
      bytes += line.bytes.length;
      lines.push(line);
    }
    this.#checkRest(block);
    return lines;
  }

  #next({ head, schema, find }: AvroRecordCodec, block: AvroBlock): Line {
    const start = this.#at;
    const found = find(block.bytes, start, this.#maxBytes);
    if (found.kind === 'broken') throw this.#broken(block, found.message);
    const { end, sessionId, occurredAt } = found;
    if (end === start) throw this.#broken(block, 'a record of no bytes');
    const kept = block.bytes.subarray(start, Math.min(end, start + this.#maxBytes - head.length));
    this.#at = end;
    return {
      start: this.#number++,
      next: this.#number,
      // Never a part of the block, which would stay in memory with it.
      bytes: Buffer.concat([head, kept]),
      avro: { schema, bytes: end - start, sessionId, occurredAt },
    };
  }

  #checkRest(block: AvroBlock): void {
    if (this.#left === 0 && this.#at < block.bytes.length) throw this.#broken(block, 'bytes behind its last record');
  }

  #broken(block: AvroBlock, what: string): Error {
    return brokenFile(this.file.path, `${what}, at record ${this.#number} ${blockAt(block.at)}`);
  }
}
