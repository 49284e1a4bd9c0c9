import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

const EXAMPLES = `
Tries everything that a processor needs, also what comes after a failure, and changes nothing. Ends with 0 when all is
well, else with the code of the first failure: 1 topics, 2 configuration or policies, 3 a file, 4 the brokers.

Examples:
  tollgate doctor
  tollgate doctor -c /etc/tollgate/tollgate.yaml --json | jq '.checks[]'`;

/** `tollgate doctor` */
export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('check configuration, broker, topics, policies: a line each')
    .option('-c, --config <file>', 'configuration', 'tollgate.yaml')
    .option('--json', 'as one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async ({ config, json }: { readonly config: string; readonly json?: boolean }) => {
      const { examine } = await import('./doctor-report.ts');
      await examine({ config, json: json === true }, terminal);
    });
}
