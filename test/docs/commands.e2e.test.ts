import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandWords, commandsOf, faultOf, tollgateArguments } from '../cli/command-line.ts';
import { type Block, DOCUMENTS, ROOT, readDocument } from './markdown.ts';
import { handlingOf, isShown, SHELLS, scriptOf, shellIn } from './shell-block.ts';

/** A block starts up to eight programs: seconds where nothing else runs, and as much more as the machine is shared. */
const BLOCK_MS = 180_000;

const hasOpa = spawnSync('opa', ['version']).status === 0;
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const shellBlocks = DOCUMENTS.map((path) => ({
  path,
  blocks: readDocument(path).blocks.filter(({ language }) => SHELLS.includes(language)),
})).filter(({ blocks }) => blocks.length > 0);

/** What is wrong with a command of ours: Tollgate's own, and scripts of the package. */
async function faultOfCommand(words: CommandWords): Promise<string> {
  const args = tollgateArguments(words);
  if (args !== undefined) return await faultOf(args);
  const [program, first, second = ''] = words;
  if (program !== 'npm' || (first !== 'run' && first !== 'test')) return '';
  const script =
    first === 'test' ? 'test' : (words.slice(1).find((word) => word !== 'run' && !word.startsWith('-')) ?? second);
  return script in scripts ? '' : `there is no script "${script}"`;
}

describe.each(shellBlocks)('the commands of $path', ({ blocks }) => {
  let directory = '';
  let run: ReturnType<typeof shellIn>;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tollgate-docs-'));
    run = shellIn(directory);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each(blocks.map((block): [number, Block] => [block.line, block]))(
    'in the block of line %i',
    async (_, block) => {
      for (const words of commandsOf(scriptOf(block))) expect(await faultOfCommand(words), words.join(' ')).toBe('');
      if (handlingOf(block, hasOpa) === 'read') return;
      for (const { command, status, out, err, shown } of run(block)) {
        expect(status, `${command}\n${out}\n${err}`).toBe(0);
        if (shown !== undefined) expect(isShown(shown, out) ? shown : out, command).toBe(shown);
      }
    },
    BLOCK_MS,
  );
});

describe('the test of commands', () => {
  it('finds what is wrong', async () => {
    expect(await faultOfCommand(['npx', 'tollgate', 'doctro'])).toContain("unknown command 'doctro'");
    expect(await faultOfCommand(['npm', 'run', '--silent', 'biuld'])).toBe('there is no script "biuld"');
    expect(await faultOfCommand(['npm', 'run', 'bench', '--', '--check'])).toBe('');
    const block: Block = { document: 'a.md', line: 1, language: 'sh', marks: ['needs-luck'], text: '' };
    expect(() => handlingOf(block, true)).toThrow('a.md:1: "needs-luck" is none of needs-opa,');
  });

  it('compares output with what is shown', () => {
    expect(isShown('a  b\n…\nc …', 'a  b\nx\ny\nc d e\n')).toBe(true);
    expect(isShown('a\n…', 'a\n')).toBe(true);
    expect(isShown('a', 'a\nb')).toBe(false);
    expect(isShown('a.c', 'abc')).toBe(false);
  });
});
