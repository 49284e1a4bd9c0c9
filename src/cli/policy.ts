import type { Command } from 'commander';
import type { EvalFlags } from './policy-eval.ts';
import type { Terminal } from './terminal.ts';

const BUILD_EXAMPLES = `
Needs \`opa\` on the PATH. Tests (*_test.rego) are left out.

Examples:
  tollgate policy build ./policies -o dist/house.tar.gz -e agent/decision`;

const INSPECT_EXAMPLES = `
Examples:
  tollgate policy inspect dist/house.tar.gz
  tollgate policy inspect policy.wasm --json | jq .builtins`;

const EVAL_EXAMPLES = `
Prints the raw result set as JSON. Builtins of time and chance are given the present moment and a fixed seed.

Examples:
  tollgate policy eval dist/house.tar.gz --entrypoint agent/decision --input call.json
  echo '{"tool":"shell"}' | tollgate policy eval policy.wasm --data data.json --input -`;

function append(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

const EXAMPLES = `
Examples:
  tollgate policy build ./policies -o dist/house.tar.gz -e agent/decision
  tollgate policy inspect dist/house.tar.gz
  tollgate policy eval dist/house.tar.gz --input call.json`;

/** `tollgate policy …` */
export function addPolicyCommand(program: Command, terminal: Terminal): void {
  const policy = program
    .command('policy')
    .description('Build, inspect and try out policies.')
    .addHelpText('after', EXAMPLES);
  addBuild(policy, terminal);
  addInspect(policy, terminal);
  addEval(policy, terminal);
}

function addBuild(policy: Command, terminal: Terminal): void {
  policy
    .command('build')
    .description('compile a directory of Rego into an OPA bundle with a Wasm module')
    .argument('<dir>', 'directory of the Rego and data files')
    .requiredOption('-o, --out <file>', 'bundle to write (.tar.gz)')
    .option('-e, --entrypoint <name>', 'an entrypoint, as a slash path (agent/decision); may be repeated', append, [])
    .addHelpText('after', BUILD_EXAMPLES)
    .action(async (dir: string, options: { readonly out: string; readonly entrypoint: readonly string[] }) => {
      const { buildPolicyBundle } = await import('./policy-build.ts');
      await buildPolicyBundle(dir, options.out, options.entrypoint, terminal);
    });
}

function addInspect(policy: Command, terminal: Terminal): void {
  policy
    .command('inspect')
    .description('show what a module or bundle is and needs')
    .argument('<file>', 'OPA bundle (.tar.gz) or module (.wasm)')
    .option('--json', 'as one JSON object')
    .addHelpText('after', INSPECT_EXAMPLES)
    .action(async (file: string, options: { readonly json?: boolean }) => {
      const { inspectPolicy } = await import('./policy-inspect.ts');
      await inspectPolicy(file, options.json === true, terminal);
    });
}

function addEval(policy: Command, terminal: Terminal): void {
  policy
    .command('eval')
    .description('evaluate a module once and print its result set')
    .argument('<module>', 'OPA bundle (.tar.gz) or module (.wasm)')
    .option('--entrypoint <name>', 'slash path; not needed when the module has only one')
    .option('--data <file>', 'JSON document for `data`')
    .option('--input <file>', 'JSON document for `input`; - for standard input')
    .addHelpText('after', EVAL_EXAMPLES)
    .action(async (module: string, options: EvalFlags) => {
      const { evalPolicy } = await import('./policy-eval.ts');
      await evalPolicy(module, options, terminal);
    });
}
