import { InputAvro } from './input-avro.ts';
import type { InputFile } from './input-file.ts';
import { InputLines, type LineOptions } from './input-lines.ts';
import type { FileCodec } from './line-facts.ts';
import type { Line } from './line-splitter.ts';

/** The lines or records of one file, from its beginning to its end. */
export interface Input {
  readonly file: InputFile;
  /** How far it was read, as offsets count. */
  readonly end: number;
  /** The next lines, at least one; undefined at the end. */
  read(): Promise<Line[] | undefined>;
  close(): void;
}

export interface InputOptions extends LineOptions {
  readonly codec: FileCodec;
}

/** A complete file, read from its beginning. */
export function openInput(file: InputFile, options: InputOptions): Input {
  if (file.format === 'avro') return new InputAvro(file, options);
  return new InputLines(file, 0, { ...options, complete: true });
}
