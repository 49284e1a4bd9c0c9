import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { compressionOf } from '../compression/decompress-stream.ts';
import { TollgateError } from '../domain/errors.ts';
import type { StoredFile } from './byte-reader.ts';
import { inputError } from './disk-error.ts';
import { formatByName, formatOf, type InputFormat } from './input-format.ts';

/** What an input file's name ends with. */
const INPUT_NAME = /\.(?:ndjson|jsonl|avro)(?:\.gz|\.zst)?$/;
/** Marks the topics of control files, so that a control file and an event file of one name stay two topics. */
const CONTROL_PREFIX = 'control:';

/** One input file, which is one topic. */
export interface InputFile extends StoredFile {
  /** The file's name in its directory; `control:` before it for control events. */
  readonly topic: string;
  readonly trusted: boolean;
  readonly format: InputFormat;
}

/** Where input comes from: files, or directories whose `*.ndjson`, `*.jsonl`, `*.avro` (and `.gz`, `.zst` of them) are read. */
export interface InputPaths {
  readonly events: string | readonly string[];
  readonly control?: string | undefined;
  /** True: files may be added and grow, and Avro's, which cannot be followed, are refused. */
  readonly follow?: boolean;
}

/** The input files in reading order: control before events, then by name. `input_unreadable` when a path is not there. */
export async function listInputs({ events, control, follow = false }: InputPaths): Promise<InputFile[]> {
  const files = control === undefined ? [] : await listPath(control, true);
  for (const path of pathsOf(events)) files.push(...(await listPath(path, false)));
  refuseSameNames(files);
  if (!follow) return await withFormats(files);
  refuseAvro(files);
  return files;
}

/** The paths of an option that takes one or several. */
export function pathsOf(paths: string | readonly string[]): readonly string[] {
  return typeof paths === 'string' ? [paths] : paths;
}

/** One after the other: there may be more files than can be open at once. */
async function withFormats(files: readonly InputFile[]): Promise<InputFile[]> {
  const looked: InputFile[] = [];
  for (const file of files) looked.push({ ...file, format: await formatOf(file) });
  return looked;
}

/** By their names only: heads of files that grow may still be to come. */
function refuseAvro(files: readonly InputFile[]): void {
  const avro = files.find(({ format }) => format === 'avro');
  if (avro === undefined) return;
  throw new TollgateError('input_unreadable', 'an Avro file cannot be followed: it is read when it is complete', {
    where: avro.path,
    next: 'judge it with `tollgate run --once` or `tollgate replay`, or write NDJSON',
  });
}

/** Two files of one name would be one topic, and their positions would be mixed up. */
function refuseSameNames(files: readonly InputFile[]): void {
  const byTopic = new Map<string, string>();
  for (const { topic, path } of files) {
    const other = byTopic.get(topic);
    if (other !== undefined) {
      throw new TollgateError('input_unreadable', `two input files have the name ${topic}`, {
        where: `${other}, ${path}`,
        next: 'give one of them another name, or name it once',
      });
    }
    byTopic.set(topic, path);
  }
}

async function listPath(path: string, trusted: boolean): Promise<InputFile[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [inputFile(path, trusted)];
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries.filter((entry) => !entry.isDirectory() && INPUT_NAME.test(entry.name)).map((e) => e.name);
    return names.sort(byCodeUnits).map((name) => inputFile(join(path, name), trusted));
  } catch (thrown) {
    throw inputError(thrown, path);
  }
}

function inputFile(path: string, trusted: boolean): InputFile {
  const name = basename(path);
  if (!trusted && name.startsWith(CONTROL_PREFIX)) {
    throw new TollgateError('input_unreadable', `an event file's name may not begin with "${CONTROL_PREFIX}"`, {
      where: path,
      next: 'give the file another name',
    });
  }
  const topic = trusted ? CONTROL_PREFIX + name : name;
  return { topic, path, trusted, compression: compressionOf(name), format: formatByName(name) };
}

/** The order of `<` on strings: the same on every machine, unlike a locale's. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
