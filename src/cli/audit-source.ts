import { createReadStream } from 'node:fs';
import { decompressed } from '../compression/decompress-stream.ts';
import { TollgateError } from '../domain/errors.ts';
import { inputError, isSystemError } from '../files/disk-error.ts';
import { type InputFile, listInputs } from '../files/input-file.ts';
import { type Line, LineSplitter } from '../files/line-splitter.ts';

/** Longer than any audit record: an event of the largest size allowed, masked, with its decision. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** One file of audit records, or standard input. */
export interface AuditSource {
  /** As messages name it. */
  readonly name: string;
  open(): AsyncIterable<Buffer>;
}

/** One record with the place it was found at. */
export interface AuditLine {
  readonly source: string;
  /** From 1. */
  readonly number: number;
  readonly bytes: Buffer;
  /** True for what cannot be a record: a line that is too long, or that follows a blank one. */
  readonly fault?: string;
}

/** The sources behind the arguments of a command: files, directories of them by name, `-` for standard input. */
export async function listAuditSources(args: readonly string[], stdin: NodeJS.ReadableStream): Promise<AuditSource[]> {
  const found: AuditSource[] = [];
  for (const arg of args) {
    if (arg === '-') found.push({ name: 'standard input', open: () => chunksOf(stdin) });
    else found.push(...(await listFiles(arg)));
  }
  return found;
}

async function listFiles(path: string): Promise<AuditSource[]> {
  const found = await listInputs({ events: path });
  const files = found.filter((file) => file.format === 'lines' || file.path === path);
  if (files.length > 0) return files.map((file) => ({ name: file.path, open: () => readFile(file) }));
  throw new TollgateError('input_unreadable', 'the directory holds no *.ndjson, *.jsonl, or .gz or .zst of them', {
    where: path,
    next: 'give the directory of the audit records (`audit` in the output directory)',
  });
}

async function* readFile({ path, compression }: InputFile): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    yield* decompressed(file, compression, CHUNK_BYTES);
  } catch (thrown) {
    throw isSystemError(thrown) ? inputError(thrown, path) : notReadable(thrown, path);
  } finally {
    file.destroy();
  }
}

function notReadable(thrown: unknown, path: string): TollgateError {
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return new TollgateError('input_unreadable', `cannot decompress the audit records: ${what}`, {
    where: path,
    next: 'check that the file is complete',
    cause: thrown,
  });
}

async function* chunksOf(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** The records of a source in order. */
export async function* auditLines(source: AuditSource): AsyncGenerator<AuditLine> {
  const splitter = new LineSplitter(0, MAX_RECORD_BYTES);
  let number = 0;
  let end = 0;
  const take = (line: Line): AuditLine => {
    number += 1;
    const fault = faultOf(line, end);
    end = line.next;
    return { source: source.name, number, bytes: line.bytes, ...(fault === undefined ? {} : { fault }) };
  };
  for await (const chunk of source.open()) yield* splitter.push(chunk).map(take);
  yield* splitter.finish().map(take);
}

function faultOf(line: Line, end: number): string | undefined {
  if (line.start !== end) return 'a blank line stands before it';
  return line.bytes.byteLength > MAX_RECORD_BYTES ? `it is longer than ${MAX_RECORD_BYTES} bytes` : undefined;
}
