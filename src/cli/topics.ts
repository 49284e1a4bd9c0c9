import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';
import type { RepairFlags } from './topics-repair.ts';

const CREATE_EXAMPLES = `
Makes the topics that are missing, with as many partitions as those that are there have (else topics.partitions), and
corrects settings of ours that are wrong. Never adds partitions to a topic: sessions would move. A second time it finds
nothing to do.

Examples:
  tollgate topics create
  tollgate topics create -c /etc/tollgate/tollgate.yaml --dry-run`;

const CHECK_EXAMPLES = `
Errors keep a processor from starting, warnings do not. Ends with 1 when there are errors.

Examples:
  tollgate topics check
  tollgate topics check --json | jq '.problems[]'`;

const REPAIR_EXAMPLES = `
For a position that \`tollgate run\` refuses: because the topic no longer holds it, or because somebody moved the group's offset.
All processes of the group must have ended. Changes the position in the partition's meta record and the group's offset, in one
transaction; sessions, audit chain and clock stay. Nothing is judged.

  --to earliest, latest   the first offset that the topic holds, or the end of what is committed
  --to OFFSET             this one, if the topic holds it
  --to meta               where the session state stands: brings the group's offsets back to it, of all topics or of one

Examples:
  tollgate topics repair --topic agent.tool-calls --partition 3 --to earliest --dry-run
  tollgate topics repair --topic agent.tool-calls --partition 3 --to 120500
  tollgate topics repair --partition 3 --to meta`;

const ACLS_EXAMPLES = `
The least rights that a principal of the brokers needs, as commands of Kafka's own tool; asks no broker, changes nothing.

  --for run      tollgate run, doctor, topics check, topics repair
  --for create   tollgate topics create
  --for replay   tollgate replay kafka:…

Examples:
  tollgate topics acls --principal User:tollgate
  tollgate topics acls --for replay --principal User:CN=auditor --json | jq '.acls[]'`;

const CONFIG_OPTION = ['-c, --config <file>', 'configuration', 'tollgate.yaml'] as const;

interface CreateFlags {
  readonly config: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

type RepairOptions = Omit<RepairFlags, 'isDryRun'> & { readonly dryRun?: boolean };

const EXAMPLES = `
Examples:
  tollgate topics create --dry-run
  tollgate topics check
  tollgate topics repair --topic agent.tool-calls --partition 3 --to earliest --dry-run`;

/** `tollgate topics …` */
export function addTopicsCommand(program: Command, terminal: Terminal): void {
  const topics = program
    .command('topics')
    .description('Make the topics, say what is wrong with them and who needs which rights, or repair a position.')
    .addHelpText('after', EXAMPLES);
  addCreate(topics, terminal);
  addCheck(topics, terminal);
  addRepair(topics, terminal);
  addAcls(topics, terminal);
}

interface AclsOptions {
  readonly config: string;
  readonly for: string;
  readonly principal: string;
  readonly json?: boolean;
}

function addAcls(topics: Command, terminal: Terminal): void {
  topics
    .command('acls')
    .description('list the rights that a principal of the brokers needs')
    .option(...CONFIG_OPTION)
    .option('--for <job>', 'run, create or replay', 'run')
    .option('--principal <name>', 'who is to be given them, as the brokers call it', 'User:tollgate')
    .option('--json', 'as one JSON object')
    .addHelpText('after', ACLS_EXAMPLES)
    .action(async ({ config, for: job, principal, json }: AclsOptions) => {
      const { listAcls } = await import('./topics-acls.ts');
      listAcls({ config, job, principal, json: json === true }, terminal);
    });
}

function addCreate(topics: Command, terminal: Terminal): void {
  topics
    .command('create')
    .description('make what is missing, and right what is wrong')
    .option(...CONFIG_OPTION)
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'as one JSON object')
    .addHelpText('after', CREATE_EXAMPLES)
    .action(async ({ config, dryRun, json }: CreateFlags) => {
      const { createTopics } = await import('./topics-create.ts');
      await createTopics({ config, isDryRun: dryRun === true, json: json === true }, terminal);
    });
}

function addCheck(topics: Command, terminal: Terminal): void {
  topics
    .command('check')
    .description('say what is wrong with the topics')
    .option(...CONFIG_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', CHECK_EXAMPLES)
    .action(async ({ config, json }: { readonly config: string; readonly json?: boolean }) => {
      const { checkTopics } = await import('./topics-check.ts');
      await checkTopics({ config, json: json === true }, terminal);
    });
}

function addRepair(topics: Command, terminal: Terminal): void {
  topics
    .command('repair')
    .description('move the position of a partition that cannot go on')
    .option(...CONFIG_OPTION)
    .option('--topic <topic>', 'input topic whose position is moved; may be left out with --to meta')
    .requiredOption('--partition <number>', 'partition, from 0')
    .requiredOption('--to <where>', 'earliest, latest, meta, or an offset')
    .option('--dry-run', 'say what would be done, and do nothing')
    .addHelpText('after', REPAIR_EXAMPLES)
    .action(async ({ dryRun, ...flags }: RepairOptions) => {
      const { repairTopics } = await import('./topics-repair.ts');
      await repairTopics({ ...flags, isDryRun: dryRun === true }, terminal);
    });
}
