import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { kafkaVersion } from '../kafka/broker/jars.ts';
import { kindsOf } from './fault-columns.ts';
import type { FaultRow } from './fault-rows.ts';

/** What a report is made of. */
export interface Figures {
  readonly rows: readonly FaultRow[];
  readonly seed: number;
  readonly isShort: boolean;
  /** Names of those that there was no time for. */
  readonly unrun: readonly string[];
  readonly tookMs: number;
  /** Each repeats a run. */
  readonly commands: readonly string[];
}

const MARKDOWN = /\.md$/;
const GROUPS: readonly (readonly [FaultRow['group'], string])[] = [
  ['process', 'The process'],
  ['network', 'Brokers and network'],
  ['hostile', 'Hostile input and policies'],
  ['files', 'Files'],
];
const CLUSTERS: Readonly<Record<FaultRow['cluster'], string>> = {
  one: '1 node',
  'one-older': '1 node of Kafka 3.9.2',
  'one-proxied': '1 node behind a proxy',
  'one-proxied-first': '1 node behind a proxy, first protocol',
  three: '3 nodes',
  'three-proxied': '3 nodes behind proxies',
  'three-proxied-first': '3 nodes behind proxies, first protocol',
  none: 'files',
};

/** Writes the report in Markdown to `path`, and its figures as JSON beside it. */
export function writeReport(path: string, figures: Figures): void {
  const head = headOf(figures);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, reportText(figures, head));
  writeFileSync(path.replace(MARKDOWN, '.json'), `${JSON.stringify({ ...head, rows: figures.rows }, undefined, 2)}\n`);
}

function headOf({ rows, seed, isShort, tookMs, commands, unrun }: Figures) {
  const sum = (of: (row: FaultRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    date: new Date().toISOString().slice(0, 10),
    cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    kafka: kafkaVersion(),
    form: isShort ? 'short' : 'long',
    commands,
    seed,
    minutes: Math.round(tookMs / 6_000) / 10,
    unrun,
    scenarios: rows.length,
    runs: sum(({ runs }) => runs),
    events: sum(({ events }) => events),
    violations: sum(violationsOf),
  };
}

function violationsOf({ lost, doubled, stateMismatches, seenWhileRunning, others }: FaultRow): number {
  return lost + doubled + stateMismatches + seenWhileRunning + others;
}

function reportText({ rows, unrun }: Figures, head: ReturnType<typeof headOf>): string {
  const tables = GROUPS.flatMap(([group, title]) => {
    const own = rows.filter((row) => row.group === group);
    return own.length === 0 ? [] : [`## ${title}\n\n${tableOf(own)}`];
  });
  return `# Tollgate under fire

Written by \`npm run test:faults\`; do not edit. The built program judges a load on real brokers while what is named in each row
happens to it; what it leaves behind is read by a client that shares no code with it, and checked.

**${head.events.toLocaleString('en')} events in ${head.runs} runs of ${head.scenarios} scenarios, ${head.minutes} minutes: ${head.violations} violations.**
${unrun.length === 0 ? '' : `\nNot run: ${unrun.join('; ')}.\n`}
| | |
|---|---|
| Date | ${head.date} |
| Machine | ${head.cpus}, brokers, load and checker beside the program |
| Versions | Node ${head.node}, Apache Kafka ${head.kafka} |
| Repeat it | ${head.commands.map((command) => `\`${command}\``).join(', then ')} |

The load of every run: two event topics and a control topic of four partitions, one plain and two transactional producers whose
transactions interleave, a tenth of their sends preceded by a transaction that is aborted, 1 % records that are no event, 2 %
second deliveries, 0.5 % ids that are used again with another content. Policies: two inspectors and an OPA policy in Wasm.

${tables.join('\n\n')}

## What the columns mean

${MEANINGS.join('\n')}
`;
}

function tableOf(rows: readonly FaultRow[]): string {
  const head = [
    'Scenario',
    'On',
    'Runs',
    'Events',
    'Lost',
    'Doubled',
    'State',
    'Seen',
    'Other',
    'Longest standstill',
    'What happened',
  ];
  const lines = rows.map((row) => {
    const happened = [
      ...Object.entries(row.notes).map(([name, amount]) => `${amount.toLocaleString('en')} ${name}`),
      ...Object.entries(row.peaks).map(([name, amount]) => `at most ${amount.toLocaleString('en')} ${name}`),
    ];
    const counts = [row.lost, row.doubled, row.stateMismatches, row.seenWhileRunning, row.others];
    const before = [row.scenario, CLUSTERS[row.cluster], row.runs, row.events.toLocaleString('en')];
    return [...before, ...counts, `${(row.longestStandstillMs / 1000).toFixed(1)} s`, happened.join(', ')];
  });
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, n) => (n < 2 || n === head.length - 1 ? '---' : '---:'));
  return [line(head), line(rule), ...lines.map(line)].join('\n');
}

function codes(kinds: readonly string[]): string {
  return kinds.map((kind) => `\`${kind}\``).join(', ');
}

const MEANINGS = [
  '- **Runs**: each with a seed of its own, from which its load and the moments of its faults are made.',
  '- **Events**: committed input records, bad ones and second deliveries included; decoys in aborted transactions not.',
  `- **Lost**: an input without an outcome, or without a part of it (${codes(kindsOf('lost'))}).`,
  `- **Doubled**: two of what an input has once (${codes(kindsOf('doubled'))}).`,
  `- **State**: sessions, audit chain or positions are not those of an independent fold of the input (${codes(kindsOf('stateMismatches'))}).`,
  '- **Seen**: violations that a `read_committed` reader saw while the faults happened, whatever was mended later.',
  `- **Other**: ${codes(kindsOf('others'))}.`,
  '- **Longest standstill**: the longest time, of all runs, in which that reader saw nothing new though there was input to judge.',
];
