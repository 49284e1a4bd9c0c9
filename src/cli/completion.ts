import { Argument, type Command } from 'commander';
import type { Shell } from './completion-script.ts';
import type { Terminal } from './terminal.ts';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

const EXAMPLES = `
Prints a script that completes commands, flags, choices and files. It knows this version's commands, and starts nothing
when it completes.

Examples:
  source <(tollgate completion bash)                                      # this shell; every shell: the same in ~/.bashrc
  tollgate completion zsh > "\${fpath[1]}/_tollgate"                       # zsh, before compinit runs
  tollgate completion fish > ~/.config/fish/completions/tollgate.fish`;

/** `tollgate completion` */
export function addCompletionCommand(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description('print a script that completes commands and flags in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: Shell) => {
      const { completionScript } = await import('./completion-script.ts');
      terminal.out.write(completionScript(program, shell));
    });
}
