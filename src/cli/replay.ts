import { type Command, InvalidArgumentError } from 'commander';
import { parseTime } from '../codec/parse-time.ts';
import type { ReplayFlags } from './replay-flags.ts';
import type { Terminal } from './terminal.ts';

const EXAMPLES = `
Judges history with the workers of a live run and prints the decisions as NDJSON, in the order of the input: the same
bytes every time. Sessions are folded from their beginning whatever is printed.

Examples:
  tollgate replay events.ndjson.gz > decisions.ndjson
  tollgate replay march.avro april.avro --out decisions.ndjson
  tollgate replay ./events --control ./control -c candidate.yaml --out decisions.ndjson
  zcat old.gz | tollgate replay - --session s-17
  tollgate replay ./events --recorded ./out/decisions   # takes time limits hit in that run from there
  tollgate replay kafka:agent.tool-calls,agent.steps -c tollgate.yaml

Topics are judged as they are committed now, up to their present ends, with the brokers and topics of the configuration.
topics.control is read with them when one of them is among topics.events; the order of several topics is that of
topics.audit; time limits that were hit are taken from topics.decisions.`;

const PARTITION = /^\d{1,9}$/;

/** `tollgate replay` */
export function addReplayCommand(program: Command, terminal: Terminal): void {
  program
    .command('replay')
    .description('judge history again, to the same bytes')
    .argument(
      '<source...>',
      'files or directories of events (*.ndjson, *.jsonl, *.avro, .gz or .zst of them), - for standard input, or kafka:TOPIC[,TOPIC]',
    )
    .option('-c, --config <file>', 'configuration (its policies count, and for topics its brokers)', 'tollgate.yaml')
    .option('--control <path>', 'file or directory of control events: their approvals, modes and resets count')
    .option('--no-control', 'leave the control topic out')
    .option('--out <file>', 'where decisions go instead of standard output')
    .option('--dead-letter <file>', 'where lines go that cannot be read as events')
    .option(
      '--recorded <path>',
      'decisions of an earlier run, for what depended on more than the events; or kafka:TOPIC',
    )
    .option('--since <time>', 'print decisions of events from this time on (RFC 3339)', parseTimeFlag)
    .option('--until <time>', 'print decisions of events before this time (RFC 3339)', parseTimeFlag)
    .option('--partitions <list>', 'print decisions of these partitions (0,3)', parseNumbers)
    .option('--run <id...>', 'print decisions of these runs')
    .option('--session <id...>', 'print decisions of these sessions')
    .option('--tolerate-bad', 'end with 0 even when lines could not be read')
    .addHelpText('after', EXAMPLES)
    .action(async (sources: string[], flags: ReplayFlags) => {
      const { replaySources } = await import('./replay-sources.ts');
      await replaySources(sources, flags, terminal);
    });
}

function parseTimeFlag(text: string): number {
  const timeMs = parseTime(text);
  if (timeMs === undefined) throw new InvalidArgumentError('Expected a time such as 2026-03-02T08:00:00Z.');
  return timeMs;
}

function parseNumbers(text: string): number[] {
  const numbers = text.split(',').map((part) => part.trim());
  if (!numbers.every((part) => PARTITION.test(part))) throw new InvalidArgumentError('Expected numbers: 0,3,5.');
  return numbers.map(Number);
}
