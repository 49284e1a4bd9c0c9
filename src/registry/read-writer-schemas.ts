import { readFile } from 'node:fs/promises';
import { RejectedInput } from '../codec/rejected-input.ts';
import { compileWriterSchema } from '../codec/writer-schema.ts';
import { TollgateError } from '../domain/errors.ts';

/** The texts of these schemas. Throws `config_invalid` for one that cannot be read, or in which no event can be written. */
export function readWriterSchemas(paths: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  return Promise.all(paths.map((path) => readWriterSchema(path, signal)));
}

async function readWriterSchema(path: string, signal: AbortSignal): Promise<string> {
  try {
    const text = await readFile(path, { encoding: 'utf8', signal });
    compileWriterSchema(text);
    return text;
  } catch (thrown) {
    signal.throwIfAborted();
    const why = thrown instanceof RejectedInput || thrown instanceof Error ? thrown.message : String(thrown);
    throw new TollgateError('config_invalid', `a schema of avro.schemas cannot be used: ${why}`, {
      where: path,
      next: 'name files of Avro schemas whose members resolve to those of schemas/event.avsc',
      cause: thrown,
    });
  }
}
