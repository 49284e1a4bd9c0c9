import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { fakeTerminal, run } from './cli-fixture.ts';
import { commandsOf, faultOf, tollgateArguments } from './command-line.ts';

/** Every command line that has a help text: `''` is the program's own. */
const program = new Command('tollgate');
for (const { load } of COMMANDS) (await load())(program, fakeTerminal().terminal);
const PATHS = ['', ...pathsBelow(program, '')];

function pathsBelow(command: Command, above: string): readonly string[] {
  return command.commands.flatMap((child) => [
    `${above}${child.name()}`,
    ...pathsBelow(child, `${above}${child.name()} `),
  ]);
}

/** The lines below `Examples:`, up to a blank one. */
function examplesOf(help: string): readonly string[] {
  const lines = help.split('\n');
  const from = lines.indexOf('Examples:') + 1;
  if (from === 0) return [];
  const rest = lines.slice(from);
  const end = rest.findIndex((line) => line.trim() === '');
  return (end < 0 ? rest : rest.slice(0, end)).map((line) => line.trim());
}

describe('help', () => {
  it('is there for commands and what lies below them', () => {
    expect(PATHS).toEqual(expect.arrayContaining(['', 'init', 'topics', 'topics repair', 'policy eval']));
  });

  it.each(PATHS)('of `tollgate %s` has examples, which the command line takes', async (path) => {
    const { code, out } = await run([...path.split(' ').filter((word) => word !== ''), '--help']);
    expect(code).toBe(0);
    const examples = examplesOf(out);
    expect(examples).not.toEqual([]);
    for (const example of examples) {
      const calls = commandsOf(example).flatMap((words) => tollgateArguments(words) ?? []);
      expect(calls, example).not.toEqual([]);
      for (const words of commandsOf(example)) {
        const args = tollgateArguments(words);
        if (args !== undefined) expect(await faultOf(args), example).toBe('');
      }
    }
    const itself = examples.some((example) =>
      commandsOf(example).some((words) => ` ${words.join(' ')} `.includes(` tollgate ${path}`.trimEnd())),
    );
    expect(itself, 'an example of the command itself').toBe(true);
  });

  it('would not take a command line that is wrong', async () => {
    expect(await faultOf(['topics', 'create', '--dry-rum'])).toContain("unknown option '--dry-rum'");
    expect(await faultOf(['topics'])).toContain('Usage: tollgate topics');
    expect(await faultOf(['replay'])).toContain("missing required argument 'source'");
    expect(() => commandsOf('tollgate eval | (')).toThrow('not valid bash');
  });
});
