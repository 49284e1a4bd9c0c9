import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Block, ROOT } from './markdown.ts';

/** Shell languages: a `console` block shows commands behind `$ ` and what they print. */
export const SHELLS: readonly string[] = ['sh', 'bash', 'console'];
/** What a block needs that a test cannot give it. Then it is only read: its commands must be right. */
const NEEDS: ReadonlySet<string> = new Set(
  ['docker', 'java', 'kafka', 'kubernetes', 'network', 'prometheus', 'root', 'secrets'].map((what) => `needs-${what}`),
);
/** A block for somebody who stands in a clone of the repository: only read, too. */
const IN_REPOSITORY = 'in-repository';
const NEEDS_OPA = 'needs-opa';

/** What its marks say of a block. Throws for one that means nothing. */
export function handlingOf({ document, line, marks }: Block, hasOpa: boolean): 'run' | 'read' {
  const unread = [IN_REPOSITORY, ...NEEDS];
  const unknown = marks.filter((mark) => mark !== NEEDS_OPA && !unread.includes(mark));
  if (unknown.length > 0) {
    throw new Error(`${document}:${line}: "${unknown.join(' ')}" is none of ${[NEEDS_OPA, ...unread].join(', ')}`);
  }
  if (marks.some((mark) => unread.includes(mark))) return 'read';
  return marks.includes(NEEDS_OPA) && !hasOpa ? 'read' : 'run';
}

/** The commands of a block, as one text. */
export function scriptOf({ language, text }: Block): string {
  if (language !== 'console') return text;
  return stepsOf(text)
    .map(({ command }) => command)
    .join('\n');
}

/** A command of a `console` block, and what it is shown to print. */
interface Step {
  readonly command: string;
  readonly shown: string;
}

function stepsOf(text: string): readonly Step[] {
  const [, ...parts] = `\n${text}`.split('\n$ ');
  return parts.map((part) => {
    const [command = '', ...shown] = part.split('\n');
    return { command, shown: shown.join('\n').trimEnd() };
  });
}

/**
 * A place in which the blocks of one document are run, one after the other, as a reader would in one shell: files and the
 * working directory stay. `tollgate` and `npx tollgate` are the built program.
 */
export function shellIn(dir: string) {
  const bin = join(dir, '.bin');
  const place = join(dir, '.place');
  mkdirSync(bin);
  writeFileSync(place, dir);
  const program = `exec '${process.execPath}' '${join(ROOT, 'dist/cli/tollgate.js')}' "$@"`;
  install(bin, 'tollgate', program);
  install(bin, 'npx', `[ "$1" = tollgate ] || exit 127\nshift\n${program}`);
  const path = [bin, dirname(process.execPath), process.env.PATH ?? ''].join(':');
  return (block: Block): readonly Outcome[] =>
    block.language === 'console'
      ? stepsOf(block.text).map((step) => ({ ...execute(step.command), ...step }))
      : [{ ...execute(block.text), command: block.text, shown: undefined }];

  function execute(script: string) {
    const text = `trap 'pwd > "${place}"' EXIT\ncd "$(cat "${place}")"\n${script}\n`;
    const env = { PATH: path, HOME: dir, LANG: 'C.UTF-8', TMPDIR: dir };
    const args = ['--noprofile', '--norc', '-euo', 'pipefail', '-c', text];
    const { status, stdout, stderr } = spawnSync('bash', args, { cwd: dir, env, encoding: 'utf8', timeout: 170_000 });
    return { status, out: stdout, err: stderr };
  }
}

export interface Outcome {
  readonly command: string;
  /** What the document shows; undefined where it shows nothing. */
  readonly shown: string | undefined;
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function install(bin: string, name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

const SPECIAL = /[.*+?^${}()|[\]\\]/g;
const BLANKS = /[ \t]+$/gm;

/** Whether output is as a document shows it: `…` stands for the rest of a line, alone on a line for any lines. */
export function isShown(shown: string, out: string): boolean {
  const lines = shown.split('\n').map((line) => {
    if (line.trim() === '…') return '(?:.*\\n)*?';
    const parts = line.trimEnd().split('…');
    return `${parts.map((part) => part.replace(SPECIAL, '\\$&')).join('.*')}\\n`;
  });
  return new RegExp(`^${lines.join('')}$`).test(`${out.trimEnd()}\n`.replace(BLANKS, ''));
}
