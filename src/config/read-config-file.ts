import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { TollgateError } from '../domain/errors.ts';

/** Far above any configuration that people write; a wrong file is refused before it is read. */
const MAX_FILE_BYTES = 1_048_576;

/** The text of the configuration file; a byte order mark is dropped. Throws `config_invalid`. */
export function readConfigFile(path: string): string {
  const bytes = readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TollgateError('config_invalid', 'the configuration is not valid UTF-8', { where: path, cause });
  }
}

function readBytes(path: string): Uint8Array {
  try {
    return readBounded(path);
  } catch (thrown) {
    if (thrown instanceof TollgateError) throw thrown;
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
    throw new TollgateError('config_invalid', REASONS[code] ?? `the configuration cannot be read (${code})`, {
      where: path,
      next: 'name the configuration with -c FILE',
      cause: thrown,
    });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no configuration file',
  EISDIR: 'the configuration is a directory',
  EACCES: 'the configuration may not be read',
};

function readBounded(path: string): Uint8Array {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size > MAX_FILE_BYTES) {
      throw new TollgateError('config_invalid', `the configuration is larger than ${MAX_FILE_BYTES} bytes`, {
        where: path,
      });
    }
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
