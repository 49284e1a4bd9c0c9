import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

const EXAMPLES = `
Writes a commented tollgate.yaml, a first policy with its tests and its compiled bundle, and events to try it on. What
it writes works as it is. Nothing that is there already is touched without --force.

Examples:
  tollgate init
  tollgate init ./guard --kafka
  tollgate init ./guard --force   # writes its files anew; others stay`;

/** `tollgate init` */
export function addInitCommand(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .description('write a first configuration, policy and events')
    .argument('[dir]', 'where to; made when it is not there', '.')
    .option('--kafka', 'read from Kafka instead of files')
    .option('--force', 'replace files that are there already')
    .addHelpText('after', EXAMPLES)
    .action(async (dir: string, { kafka, force }: { readonly kafka?: boolean; readonly force?: boolean }) => {
      const { initDirectory } = await import('./init-directory.ts');
      await initDirectory({ dir, isKafka: kafka === true, isForced: force === true }, terminal);
    });
}
