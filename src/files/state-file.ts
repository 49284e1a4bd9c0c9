import { type FileHandle, open } from 'node:fs/promises';
import type { StateRecord } from '../domain/output.ts';
import { contradiction } from './disk-error.ts';

/*
 * A state file is a run of records, the last one of a session counts:
 *   u32 key length, u32 value length (0xFFFFFFFF: the session is gone, no value follows), key (UTF-8), value.
 * Numbers are little-endian.
 */
const HEADER_BYTES = 8;
const TOMBSTONE = 0xffffffff;
/** How much is read or written at once; a longer record takes as much as it needs. */
const CHUNK_BYTES = 1024 * 1024;

/** What a scan calls for each record; `record` is the whole of it, and only valid during the call. */
type OnRecord = (offset: number, key: string, value: Buffer | null, record: Buffer) => void | Promise<void>;

/** The bytes that these records add to a state file. */
export function encodeState(records: readonly StateRecord[]): Buffer {
  const keys = records.map((record) => Buffer.from(record.sessionId, 'utf8'));
  const size = records.reduce((sum, record, i) => sum + HEADER_BYTES + sizeOf(keys[i]) + sizeOf(record.value), 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  records.forEach(({ value }, i) => {
    const key = keys[i] ?? Buffer.alloc(0);
    at = bytes.writeUInt32LE(key.byteLength, at);
    at = bytes.writeUInt32LE(value === null ? TOMBSTONE : value.byteLength, at);
    bytes.set(key, at);
    at += key.byteLength;
    if (value !== null) bytes.set(value, at);
    at += sizeOf(value);
  });
  return bytes;
}

/**
 * Calls `onSession` once for each live session in the first `length` bytes. Reads the file twice, so that memory holds
 * the live sessions' ids and offsets but never their values. Each value is a copy of its own.
 */
export async function readSessions(
  path: string,
  length: number,
  onSession: (sessionId: string, value: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  await forLiveRecords(path, length, signal, (_offset, key, value) => {
    if (value !== null) onSession(key, new Uint8Array(value));
  });
}

/** Writes the live records of the first `length` bytes of `from` to `to` (made anew) and returns how many bytes. */
export async function rewriteState(
  from: string,
  length: number,
  to: string,
  options: { readonly sync: boolean },
): Promise<number> {
  const target = await open(to, 'w');
  try {
    let written = 0;
    let waiting: Buffer[] = [];
    let waitingBytes = 0;
    const flush = async () => {
      await target.appendFile(Buffer.concat(waiting));
      written += waitingBytes;
      waiting = [];
      waitingBytes = 0;
    };
    await forLiveRecords(from, length, undefined, (_offset, _key, _value, record) => {
      waiting.push(Buffer.from(record));
      waitingBytes += record.byteLength;
      return waitingBytes >= CHUNK_BYTES ? flush() : undefined;
    });
    await flush();
    if (options.sync) await target.sync();
    return written;
  } finally {
    await target.close();
  }
}

async function forLiveRecords(
  path: string,
  length: number,
  signal: AbortSignal | undefined,
  onRecord: OnRecord,
): Promise<void> {
  if (length === 0) return;
  const file = await open(path, 'r');
  try {
    const last = new Map<string, number>();
    await scan(file, path, length, signal, (offset, key, value) => {
      if (value === null) last.delete(key);
      else last.set(key, offset);
    });
    await scan(file, path, length, signal, (offset, key, value, record) =>
      last.get(key) === offset ? onRecord(offset, key, value, record) : undefined,
    );
  } finally {
    await file.close();
  }
}

async function scan(
  file: FileHandle,
  path: string,
  length: number,
  signal: AbortSignal | undefined,
  on: OnRecord,
): Promise<void> {
  let offset = 0;
  let held: Buffer = Buffer.alloc(0);
  let need = HEADER_BYTES;
  while (offset < length) {
    signal?.throwIfAborted();
    held = await readOn(file, path, { at: offset, held, need, length });
    let start = 0;
    for (;;) {
      need = recordSize(held, start);
      if (held.byteLength - start < need) break;
      const record = held.subarray(start, start + need);
      const keyEnd = HEADER_BYTES + record.readUInt32LE(0);
      const value = record.readUInt32LE(4) === TOMBSTONE ? null : record.subarray(keyEnd);
      const pending = on(offset + start, record.toString('utf8', HEADER_BYTES, keyEnd), value, record);
      if (pending !== undefined) await pending;
      start += need;
    }
    offset += start;
    held = held.subarray(start);
  }
}

/** The bytes at `at`: those held already and more, at least `need` of them. Never past `length`. */
async function readOn(
  file: FileHandle,
  path: string,
  { at, held, need, length }: { at: number; held: Buffer; need: number; length: number },
): Promise<Buffer> {
  const from = at + held.byteLength;
  const want = Math.min(Math.max(CHUNK_BYTES, need) - held.byteLength, length - from);
  if (at + need > length || want <= 0) throw broken(path);
  const next = Buffer.allocUnsafe(held.byteLength + want);
  next.set(held, 0);
  const { bytesRead } = await file.read(next, held.byteLength, want, from);
  if (bytesRead === 0) throw broken(path);
  return next.subarray(0, held.byteLength + bytesRead);
}

function recordSize(bytes: Buffer, start: number): number {
  if (bytes.byteLength - start < HEADER_BYTES) return HEADER_BYTES;
  const value = bytes.readUInt32LE(start + 4);
  return HEADER_BYTES + bytes.readUInt32LE(start) + (value === TOMBSTONE ? 0 : value);
}

function sizeOf(bytes: Uint8Array | null | undefined): number {
  return bytes?.byteLength ?? 0;
}

function broken(path: string): Error {
  return contradiction(
    'the state file does not hold what was committed to it',
    path,
    'restore the whole output directory from a backup, or name an empty one and judge the input anew',
  );
}
