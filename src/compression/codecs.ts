import type { Compression } from '../domain/compression.ts';
import type { Codec } from './codec.ts';

/** What has a codec. */
export type Compressed = Exclude<Compression, 'none'>;

/** A process that meets no compressed bytes loads none of these, nor the libraries behind them. */
const LOADERS: Readonly<Record<Compressed, () => Promise<Codec>>> = {
  gzip: async () => (await import('./gzip.ts')).GZIP,
  snappy: async () => (await import('./snappy.ts')).openSnappy(),
  lz4: async () => (await import('./lz4.ts')).openLz4(),
  zstd: async () => (await import('./zstd.ts')).openZstd(),
};

const loading = new Map<Compressed, Promise<Codec>>();
const loaded = new Map<Compressed, Codec>();

/** Loads a codec once. Throws what its library throws where there is no build of it for this machine. */
export function loadCodec(name: Compressed): Promise<Codec> {
  const known = loading.get(name) ?? load(name);
  loading.set(name, known);
  return known;
}

/** A codec that `loadCodec` has loaded; undefined before that, or where it failed. */
export function loadedCodec(name: Compressed): Codec | undefined {
  return loaded.get(name);
}

async function load(name: Compressed): Promise<Codec> {
  const codec = await LOADERS[name]();
  loaded.set(name, codec);
  return codec;
}
