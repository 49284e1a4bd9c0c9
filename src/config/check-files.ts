import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Path, valueAt } from './path.ts';
import type { Problem } from './problem.ts';

/** Text in place of a path: the PEM itself. */
const PEM_START = '-----BEGIN';

/** The path that `text` means beside the configuration file; PEM text stays as it is. */
export function resolveFrom(directory: string, text: string): string {
  return text.startsWith(PEM_START) ? text : resolve(directory, text);
}

/** Names every file that the policies need and that is not there. Looks at the document as it was written. */
export function checkPolicyFiles(document: unknown, directory: string): readonly Problem[] {
  const policies = valueAt(document, ['policies']);
  if (!Array.isArray(policies)) return [];
  return policies.flatMap((_, index) =>
    ['bundle', 'wasm', 'data'].flatMap((name) =>
      checkFile(document, ['policies', index, 'opa', name], directory, 'file'),
    ),
  );
}

/** The same for what records are read with. */
export function checkFormatFiles(document: unknown, directory: string): readonly Problem[] {
  const schemas = valueAt(document, ['avro', 'schemas']);
  const listed = Array.isArray(schemas) ? schemas : [];
  return [
    ...listed.flatMap((_, index) => checkFile(document, ['avro', 'schemas', index], directory, 'file')),
    ...checkFile(document, ['schemaRegistry', 'ca'], directory, 'file'),
  ];
}

/** The same for what the processor reads from and what it needs for its brokers. */
export function checkInputFiles(document: unknown, directory: string): readonly Problem[] {
  return [
    ...['in', 'control'].flatMap((name) => checkFile(document, ['files', name], directory, 'any')),
    ...['ca', 'cert', 'key'].flatMap((name) => checkFile(document, ['kafka', 'ssl', name], directory, 'file')),
    ...checkFile(document, ['kafka', 'sasl', 'ca'], directory, 'file'),
  ];
}

function checkFile(document: unknown, path: Path, directory: string, wanted: 'file' | 'any'): readonly Problem[] {
  const value = valueAt(document, path);
  if (typeof value !== 'string' || value === '' || value.startsWith(PEM_START)) return [];
  const fault = fileFault(resolve(directory, value), wanted);
  return fault === undefined ? [] : [{ path, spot: 'value', message: fault }];
}

/** Never names the path itself: where a private key was pasted without its first line, the path is the key. */
function fileFault(file: string, wanted: 'file' | 'any'): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return 'there is no such file (paths are relative to the configuration file)';
  return wanted === 'file' && !stats.isFile() ? 'expected a file, found a directory' : undefined;
}
