import { gzipSync } from 'node:zlib';
import { Header } from 'tar';

export type EntryType = 'File' | 'Directory' | 'SymbolicLink' | 'Link';

/** One entry of an archive: its path, what is in it, and what it is. */
export type Entry = readonly [path: string, content: string | Uint8Array, type?: EntryType];

/** A tar archive of the entries, in their order. */
export function tarOf(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.map(blockOf), Buffer.alloc(1024)]);
}

function blockOf([path, content, type = 'File']: Entry): Buffer {
  const body = Buffer.from(content);
  const block = Buffer.alloc(512);
  const header = { path, size: type === 'File' ? body.length : 0, type, mode: 0o600, mtime: new Date(0) };
  new Header(type === 'SymbolicLink' ? { ...header, linkpath: '/etc/passwd' } : header).encode(block);
  if (type !== 'File') return block;
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** The same, gzipped: an OPA bundle. */
export function bundleOf(entries: readonly Entry[]): Buffer {
  return gzipSync(tarOf(entries));
}

/** `.manifest` as OPA writes it. */
export function manifestOf(...entrypoints: string[]): Entry {
  const wasm = entrypoints.map((entrypoint) => ({ entrypoint, module: '/policy.wasm' }));
  return ['/.manifest', JSON.stringify({ revision: 'r1', roots: [''], wasm })];
}
