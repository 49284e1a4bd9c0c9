import { TollgateError } from '../domain/errors.ts';
import type { FileSchema } from '../domain/registered-schema.ts';
import type { InputFile } from './input-file.ts';

/**
 * The schemas of the Avro files of one input, at most one a file. Records name theirs by 64 bits, which whoever writes a file can
 * aim at: under one fingerprint there may be one schema only, or records of one file would be read by another's.
 */
export class FileSchemas {
  readonly #byFingerprint = new Map<string, { readonly schema: FileSchema; readonly path: string }>();

  /** Throws `input_unreadable` for a second schema of the same fingerprint. */
  add({ path }: InputFile, schema: FileSchema | undefined): void {
    if (schema === undefined) return;
    const known = this.#byFingerprint.get(schema.id);
    if (known === undefined) this.#byFingerprint.set(schema.id, { schema, path });
    else if (known.schema !== schema && known.schema.text !== schema.text) throw ambiguous(known.path, path);
  }
}

function ambiguous(one: string, other: string): TollgateError {
  return new TollgateError('input_unreadable', 'two Avro files have different schemas of the same fingerprint', {
    where: `${one}, ${other}`,
    next: 'that is made, not chance: see who wrote the files, and judge them apart',
  });
}
