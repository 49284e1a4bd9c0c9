import { readFile } from 'node:fs/promises';
import { TollgateError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import { inputError } from '../files/disk-error.ts';
import { bytesDigest } from '../registry/policy-version.ts';
import { readBundle } from '../registry/read-bundle.ts';
import { inspectModule } from '../wasm/opa/module-check.ts';

/** A policy module from a file, compiled, and what came with it. */
export interface ModuleFile {
  readonly type: 'bundle' | 'module';
  readonly bytes: number;
  /** `sha256:…` over the file. */
  readonly digest: string;
  readonly moduleBytes: number;
  readonly moduleDigest: string;
  readonly module: WebAssembly.Module;
  readonly data: JsonObject;
  /** Of the bundle's manifest; empty where it has none. */
  readonly revision: string;
}

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const WASM_MAGIC = Buffer.from([0x00, 0x61, 0x73, 0x6d]);

/** Reads a bundle or a bare module, told apart by their first bytes. Runs none of it. Throws `policy_invalid`. */
export async function readModuleFile(path: string): Promise<ModuleFile> {
  const file = await readInput(path);
  const head = { bytes: file.length, digest: bytesDigest(file) };
  if (file.subarray(0, WASM_MAGIC.length).equals(WASM_MAGIC)) {
    return { ...head, type: 'module', ...(await compile(file, path)), data: {}, revision: '' };
  }
  if (file.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) {
    const { moduleBytes, data, revision } = await readBundle(file, path);
    return { ...head, type: 'bundle', ...(await compile(moduleBytes, path)), data, revision };
  }
  throw new TollgateError('policy_invalid', 'this is neither an OPA bundle (gzip) nor a Wasm module', {
    where: path,
    next: 'build one with `tollgate policy build DIR -o OUT -e ENTRYPOINT`',
  });
}

/** The bytes of a file that a command was given. Throws `input_unreadable`. */
export async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (thrown) {
    throw inputError(thrown, path);
  }
}

async function compile(bytes: Buffer, path: string) {
  const module = await WebAssembly.compile(bytes).catch((cause: unknown) => {
    throw new TollgateError('policy_invalid', 'the module is not valid WebAssembly', {
      where: path,
      next: 'build it anew; a component is not a module',
      cause,
    });
  });
  inspectModule(module, path);
  return { module, moduleBytes: bytes.length, moduleDigest: bytesDigest(bytes) };
}
