import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { TollgateError } from '../domain/errors.ts';

/** Bounds of one bundle, so that a small file cannot unpack into a large memory. */
const BUNDLE_BOUNDS = { packedBytes: 64 * 1024 * 1024, unpackedBytes: 128 * 1024 * 1024, entries: 10_000 } as const;
const GZIP_MAGIC = 0x8b1f;
const unzip = promisify(gunzip);

/** A bundle's files by path, without a leading slash: `policy.wasm`, `.manifest`, `a/b/data.json`. */
export type BundleFiles = ReadonlyMap<string, Buffer>;

/**
 * Unpacks a gzipped tar in memory. Nothing is written to disk; links, paths that leave the bundle and names used twice
 * are refused. Throws `policy_invalid` that names `where`.
 */
export async function unpackBundle(packed: Buffer, where: string): Promise<BundleFiles> {
  if (packed.length > BUNDLE_BOUNDS.packedBytes)
    throw broken(where, `it is larger than ${BUNDLE_BOUNDS.packedBytes} bytes`);
  const archive = await decompress(packed, where);
  // The tar library would unpack a second layer of gzip, without our bound.
  if (archive.length < 512 || archive.readUInt16LE(0) === GZIP_MAGIC)
    throw broken(where, 'inside the gzip is no tar archive');
  return readArchive(archive, where);
}

async function decompress(packed: Buffer, where: string): Promise<Buffer> {
  try {
    return await unzip(packed, { maxOutputLength: BUNDLE_BOUNDS.unpackedBytes });
  } catch (thrown) {
    const tooLarge = thrown instanceof RangeError;
    const problem = tooLarge ? `it unpacks to more than ${BUNDLE_BOUNDS.unpackedBytes} bytes` : 'it is not gzip';
    throw broken(where, problem, thrown);
  }
}

function readArchive(archive: Buffer, where: string): Promise<BundleFiles> {
  return new Promise((resolve, reject) => {
    const files = new Map<string, Buffer>();
    let entries = 0;
    let failed = false;
    const fail = (thrown: unknown): void => {
      failed = true;
      reject(thrown instanceof TollgateError ? thrown : broken(where, 'the archive is damaged', thrown));
    };
    const parser = new Parser({ strict: true, zstd: false });
    parser.on('error', fail);
    parser.on('end', () => resolve(files));
    parser.on('entry', (entry: ReadEntry) => {
      if (failed) return entry.resume();
      const problem =
        ++entries > BUNDLE_BOUNDS.entries ? `more than ${BUNDLE_BOUNDS.entries} entries` : entryProblem(entry);
      if (problem !== undefined) {
        fail(broken(where, problem));
        return entry.resume();
      }
      return keepEntry(entry, files, (name) => fail(broken(where, `two entries are named ${name}`)));
    });
    parser.end(archive);
  });
}

function keepEntry(entry: ReadEntry, files: Map<string, Buffer>, onTwice: (name: string) => void): void {
  const chunks: Buffer[] = [];
  entry.on('data', (chunk) => chunks.push(chunk));
  entry.on('end', () => {
    if (entry.type === 'Directory') return;
    const name = entryName(entry.path);
    if (files.has(name)) onTwice(name);
    files.set(name, Buffer.concat(chunks));
  });
}

function entryProblem(entry: ReadEntry): string | undefined {
  const shown = JSON.stringify(entry.path.slice(0, 200));
  if (entry.type !== 'File' && entry.type !== 'OldFile' && entry.type !== 'Directory') {
    return `${shown} is a ${entry.type}; a bundle holds plain files only`;
  }
  const segments = entry.path.split('/');
  // A directory's name becomes a member of data, and `__proto__` is none.
  const escapes = entry.path.includes('\\') || segments.includes('..') || segments.includes('__proto__');
  return escapes ? `${shown} is no path inside the bundle` : undefined;
}

/** OPA writes `/policy.wasm`, other tools `./policy.wasm` or `policy.wasm`. */
function entryName(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/');
}

function broken(where: string, problem: string, cause?: unknown): TollgateError {
  return new TollgateError('policy_invalid', `the bundle cannot be read: ${problem}`, {
    where,
    next: 'build it anew with `tollgate policy build DIR -o OUT`',
    cause,
  });
}
