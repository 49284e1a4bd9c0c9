import { createColors } from 'picocolors';

/** The colouring functions of picocolors; they return their text unchanged where there are no colours. */
export type Colors = ReturnType<typeof createColors>;

/** Standard output or standard error. */
export interface Channel {
  readonly stream: NodeJS.WritableStream;
  readonly isTerminal: boolean;
  readonly colors: Colors;
  /** Columns of the terminal; undefined where it is none, and text is not cut. */
  readonly width: number | undefined;
  write(text: string): void;
}

/** What a command may touch of the process: data goes to `out`, everything else to `err`. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream;
  readonly out: Channel;
  readonly err: Channel;
  readonly env: NodeJS.ProcessEnv;
}

/** The streams and variables of a process, or of a test in place of one. */
export interface TerminalStreams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
}

/** Colours only on a terminal that is not dumb, and never where `NO_COLOR` is set to anything (no-color.org). */
export function openTerminal({ stdin, stdout, stderr, env }: TerminalStreams): Terminal {
  return { stdin, out: openChannel(stdout, env), err: openChannel(stderr, env), env };
}

function openChannel(stream: NodeJS.WritableStream, env: NodeJS.ProcessEnv): Channel {
  const isTerminal = 'isTTY' in stream && stream.isTTY === true;
  const hasColors = isTerminal && env.TERM !== 'dumb' && (env.NO_COLOR ?? '') === '';
  const columns = 'columns' in stream && typeof stream.columns === 'number' ? stream.columns : undefined;
  return {
    stream,
    isTerminal,
    colors: createColors(hasColors),
    width: isTerminal ? columns : undefined,
    write: (text) => {
      stream.write(text);
    },
  };
}

/** Everything that moves a cursor or changes a terminal's state; line feeds and tabs stay. */
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Text that may hold what others wrote, made safe to print: control characters show as `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => {
    if (character === '\n' || character === '\t') return character;
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
