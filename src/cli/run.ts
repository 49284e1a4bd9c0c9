import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

const EXAMPLES = `
Follows the input until SIGTERM or SIGINT, then commits what is in hand. Killed at any point, it goes on from its last
commit: one decision for each event.

Examples:
  tollgate run
  tollgate run -c /etc/tollgate/tollgate.yaml
  tollgate run --once   # ends with the input (files); serves no health and metrics`;

/** `tollgate run` */
export function addRunCommand(program: Command, terminal: Terminal): void {
  program
    .command('run')
    .description('judge events as they come, until SIGTERM')
    .option('-c, --config <file>', 'configuration', 'tollgate.yaml')
    .option('--once', 'end when the input ends')
    .addHelpText('after', EXAMPLES)
    .action(async (options: { config: string; once?: boolean }) => {
      const { runUntilStopped } = await import('./run-processor.ts');
      await runUntilStopped({ config: options.config, once: options.once === true }, terminal);
    });
}
