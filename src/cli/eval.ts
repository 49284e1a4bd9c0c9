import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

const EXAMPLES = `
Judges one event as the first of its session, and says what each policy answered.

Examples:
  tollgate eval --event event.json
  echo '{"event_id":"1","session_id":"s","type":"tool_call","tool":"shell","occurred_at":0,"params":{"command":"ls"}}' | tollgate eval
  tollgate eval --event event.json --json | jq .effect`;

/** `tollgate eval` */
export function addEvalCommand(program: Command, terminal: Terminal): void {
  program
    .command('eval')
    .description('judge one event and explain the decision')
    .option('-c, --config <file>', 'configuration (only its policies count)', 'tollgate.yaml')
    .option('--event <file>', 'the event as JSON, or - for standard input', '-')
    .option('--control', 'judge it as an event of the control topic')
    .option('--json', 'print the decision as it would be published')
    .addHelpText('after', EXAMPLES)
    .action(async (options: { config: string; event: string; control?: boolean; json?: boolean }) => {
      const { evaluateEvent } = await import('./eval-event.ts');
      const { config, event, control, json } = options;
      await evaluateEvent({ config, event, trusted: control === true, json: json === true }, terminal);
    });
}
