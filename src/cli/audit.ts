import { type Command, InvalidArgumentError } from 'commander';
import type { Starts } from './audit-chains.ts';
import type { Terminal } from './terminal.ts';

const VERIFY_EXAMPLES = `
Checks every record's hash and its place in the chain of its partition. Names the first record that breaks it. Records in Avro
(\`output: avro\`) are checked by the JSON text that they stand for.
A chain alone cannot show that its tail was cut off: --head compares with what was committed.

Examples:
  tollgate audit verify ./out/audit --head ./out/commit.json
  tollgate audit verify audit-0.ndjson.gz --from-index 120000
  tollgate audit verify kafka:agent.audit -c tollgate.yaml
  kcat -b localhost:9092 -C -t agent.audit -e -q -X isolation.level=read_committed | tollgate audit verify -`;

const EXAMPLES = `
Examples:
  tollgate audit verify ./out/audit --head ./out/commit.json`;

/** `tollgate audit …` */
export function addAuditCommand(program: Command, terminal: Terminal): void {
  const audit = program
    .command('audit')
    .description('Check the chain of audit records.')
    .addHelpText('after', EXAMPLES);
  audit
    .command('verify')
    .description('check the hash chain of audit records, partition by partition')
    .argument(
      '<source...>',
      'files or directories of audit records (*.ndjson, *.jsonl, .gz or .zst of them), - for standard input, or kafka:TOPIC',
    )
    .option('--head <file>', 'commit.json of the output directory, whose chain heads must be reached')
    .option('--from-index <n>', 'index of the first record: N, or P=N,… by partition', parseStarts, undefined)
    .option('-c, --config <file>', 'configuration that names the brokers, for kafka:TOPIC', 'tollgate.yaml')
    .option('--json', 'report as one JSON object')
    .addHelpText('after', VERIFY_EXAMPLES)
    .action(async (sources: string[], options: VerifyFlags) => {
      const { verifyAudit } = await import('./audit-verify.ts');
      const { head, fromIndex, config, json } = options;
      await verifyAudit(sources, { head, starts: fromIndex, config, json: json === true }, terminal);
    });
}

interface VerifyFlags {
  readonly head?: string;
  readonly fromIndex?: Starts;
  readonly config: string;
  readonly json?: boolean;
}

const ONE_START = /^\d{1,15}$/;
const PARTITION_START = /^(\d{1,9})=(\d{1,15})$/;

function parseStarts(text: string): Starts {
  if (ONE_START.test(text)) return Number(text);
  const pairs = text.split(',').map((pair) => PARTITION_START.exec(pair.trim()));
  return new Map(
    pairs.map((pair) => {
      if (pair === null) throw new InvalidArgumentError('Expected an index, or partition=index pairs (0=120,3=88).');
      return [Number(pair[1]), Number(pair[2])];
    }),
  );
}
