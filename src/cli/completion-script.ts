import type { Command } from 'commander';
import { bashScript } from './completion-bash.ts';
import { fishScript } from './completion-fish.ts';
import { completionTree } from './completion-tree.ts';
import { zshScript } from './completion-zsh.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** The completion of a program, all of whose commands are loaded, in the words of a shell. */
export function completionScript(program: Command, shell: Shell): string {
  return SCRIPTS[shell](completionTree(program));
}
