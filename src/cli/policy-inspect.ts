import { readModuleFile } from './module-file.ts';
import { readOpaTables } from './opa-tables.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Prints what a policy file is and needs. */
export async function inspectPolicy(path: string, json: boolean, { out }: Terminal): Promise<void> {
  const file = await readModuleFile(path);
  const tables = readOpaTables(file.module, path);
  const facts = {
    file: path,
    type: file.type,
    bytes: file.bytes,
    digest: file.digest,
    module_bytes: file.moduleBytes,
    module_digest: file.moduleDigest,
    abi: tables.abi,
    ...(file.type === 'bundle' ? { revision: file.revision, data: Object.keys(file.data).sort() } : {}),
    entrypoints: tables.entrypoints,
    builtins: tables.builtins,
    missing_builtins: tables.missing,
  };
  out.write(json ? `${JSON.stringify(facts)}\n` : formatTable(out, [], Object.entries(facts).map(factRow)));
}

function factRow([name, value]: readonly [string, string | number | readonly string[]]): readonly string[] {
  const shown = Array.isArray(value) ? value.join(', ') : String(value);
  return [name.replaceAll('_', ' '), shown === '' ? '-' : shown];
}
