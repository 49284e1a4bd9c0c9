import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TollgateError } from '../domain/errors.ts';
import type { RecordedVerdicts } from '../judge/evaluate.ts';
import { RecordedCollector } from '../replay/recorded-verdicts.ts';

/** Reads the decisions of an earlier run (a file, or a directory of NDJSON) for what replay must take from them. */
export async function readRecorded(path: string): Promise<Map<string, RecordedVerdicts>> {
  const all = new Map<string, RecordedVerdicts>();
  try {
    for (const file of await filesAt(path)) {
      const collector = new RecordedCollector(file);
      for await (const line of createInterface({
        input: createReadStream(file),
        crlfDelay: Number.POSITIVE_INFINITY,
      })) {
        if (line !== '') collector.add(Buffer.from(line));
      }
      for (const [key, recorded] of collector.byEvent) all.set(key, recorded);
    }
  } catch (thrown) {
    throw new TollgateError(
      'input_unreadable',
      `recorded decisions cannot be read: ${TollgateError.from(thrown).message}`,
      {
        where: path,
        next: 'give a file or directory of decisions as NDJSON',
        cause: thrown,
      },
    );
  }
  return all;
}

async function filesAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = await readdir(path);
  return names.filter((name) => name.endsWith('.ndjson')).map((name) => join(path, name));
}
