import type { Argument, Command, Option } from 'commander';

/** A command as completion sees it. Only commands without subcommands have flags that take a value, and operands. */
export interface CompletedCommand {
  /** From the program on: `tollgate topics create`. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  readonly commands: readonly CompletedCommand[];
  readonly flags: readonly CompletedFlag[];
  /** What stands for itself on the line; undefined where nothing does. */
  readonly operand: CompletedValue | undefined;
}

export interface CompletedFlag {
  /** With their dashes, the short one first. */
  readonly names: readonly string[];
  readonly description: string;
  readonly value: CompletedValue | undefined;
}

/** `text` is what nobody can guess. */
export type CompletedValue =
  | { readonly kind: 'path' }
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'text' };

/** What values that are files and directories are called in our usage lines. */
const PATHS = new Set(['file', 'dir', 'path', 'source', 'module']);
const VALUE_NAME = /[<[]([a-z-]+)/;

/** The tree of a program whose commands are all loaded. */
export function completionTree(command: Command, above = ''): CompletedCommand {
  const help = command.createHelp();
  const path = `${above}${command.name()}`;
  const commands = help.visibleCommands(command).map((child) => completionTree(child, `${path} `));
  const names = commands.map(({ name }) => name);
  return {
    path,
    name: command.name(),
    description: help.subcommandDescription(command),
    commands: commands.map((child) => (isImplicitHelp(child, command) ? helpOf(child, names) : child)),
    flags: help.visibleOptions(command).map(flagOf),
    operand: operandOf(command.registeredArguments[0]),
  };
}

/** Commander adds `help [command]` by itself to whatever has subcommands. */
function isImplicitHelp({ name }: CompletedCommand, parent: Command): boolean {
  return name === 'help' && !parent.commands.some((child) => child.name() === name);
}

function helpOf(help: CompletedCommand, names: readonly string[]): CompletedCommand {
  return { ...help, operand: { kind: 'choices', choices: names.filter((name) => name !== 'help') } };
}

function flagOf(option: Option): CompletedFlag {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  return { names, description: option.description, value: takenBy(option.flags, option.argChoices) };
}

function operandOf(argument: Argument | undefined): CompletedValue | undefined {
  return argument === undefined ? undefined : takenBy(`<${argument.name()}>`, argument.argChoices);
}

/** Choices are exact; else the value's name says whether a path is meant. A flag without one takes none. */
function takenBy(usage: string, choices: readonly string[] | undefined): CompletedValue | undefined {
  if (choices !== undefined) return { kind: 'choices', choices };
  const name = VALUE_NAME.exec(usage)?.[1];
  if (name === undefined) return undefined;
  return { kind: PATHS.has(name) ? 'path' : 'text' };
}

/** A command and all below it, the outer ones first. */
export function* everyCommand(command: CompletedCommand): Generator<CompletedCommand> {
  yield command;
  for (const child of command.commands) yield* everyCommand(child);
}
