import type { Command } from 'commander';
import { forEachChild, parse, type SyntaxNode } from 'unbash';
import { COMMANDS } from '../../src/cli/commands.ts';
import { run } from './cli-fixture.ts';

/** A command of a shell text: its words as the shell would pass them, as far as they are literal. */
export type CommandWords = readonly string[];

/**
 * Every simple command of a shell text, in pipes, substitutions and compounds too, outermost first. Throws for a text that
 * bash could not parse.
 */
export function commandsOf(shell: string): readonly CommandWords[] {
  const script = parse(shell);
  if (script.errors !== undefined && script.errors.length > 0) {
    throw new Error(`not valid bash: ${script.errors.map(({ message }) => message).join('; ')}`);
  }
  const found: CommandWords[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Command' && node.name !== undefined) {
      const words = node.args.flatMap((argument) => (argument.type === 'Word' ? [argument.value] : []));
      found.push([node.name.value, ...words]);
    }
    forEachChild(node, visit);
  };
  visit(script);
  return found;
}

/** The arguments of Tollgate in a command, called by its name or by npx; undefined for another program. */
export function tollgateArguments([name, ...rest]: CommandWords): readonly string[] | undefined {
  if (name === 'tollgate') return rest;
  return name === 'npx' && rest[0] === 'tollgate' ? rest.slice(1) : undefined;
}

/** What is wrong with a command line of Tollgate: its command, flags, arguments. Empty when nothing is. Does nothing. */
export async function faultOf(args: readonly string[]): Promise<string> {
  const commands = COMMANDS.map((entry) => ({
    ...entry,
    load: async () => {
      const add = await entry.load();
      return (program: Command, ...rest: readonly [Parameters<typeof add>[1]]) => {
        add(program, ...rest);
        disarm(program);
      };
    },
  }));
  const { code, err } = await run(args, { commands });
  return code === 0 ? '' : err.trim();
}

/** Commands that do something do nothing; groups keep asking for a subcommand. */
function disarm(command: Command): void {
  for (const child of command.commands) {
    if (child.commands.length > 0) disarm(child);
    else child.action(() => undefined);
  }
}
