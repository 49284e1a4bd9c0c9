import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

const EXAMPLES = `
Judges the events under examples/demo as \`tollgate run --once\` does, and shows what came of it. Needs no broker.
An earlier demo's outputs are replaced; a directory that holds anything else is left alone.

Examples:
  tollgate demo
  tollgate demo --out ./elsewhere`;

/** `tollgate demo` */
export function addDemoCommand(program: Command, terminal: Terminal): void {
  program
    .command('demo')
    .description('a realistic run without a broker, on the files in examples/')
    .option('--out <dir>', 'where the outputs go', './out/demo')
    .addHelpText('after', EXAMPLES)
    .action(async ({ out }: { readonly out: string }) => {
      const { runDemo } = await import('./demo-run.ts');
      await runDemo(out, terminal);
    });
}
