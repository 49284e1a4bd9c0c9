import type { Figure, Ratio } from '../bench-case.ts';
import type { Explanations } from './explanations.ts';
import type { Machine } from './machine.ts';
import { type BenchReport, type CaseReport, goalText, isGoalMet } from './report.ts';
import { numberText, verdictText } from './result-table.ts';

const HEAD = `# Performance

Written by \`npm run bench -- --write\`; do not edit. The figures of the same run as JSON: [performance.json](performance.json).

Every bench runs its baseline in the same run. The ratio is what to look at: figures are the machine's, and most machines drift.
\`npm run bench -- --check\` fails when a ratio is more than 15 % worse than the one here.
`;

/**
 * `docs/performance.md`, wholly made from the report. An explanation is shown beside the ratio that misses its goal; a
 * missed goal without one says so.
 */
export function pageText(report: BenchReport, explanations: Explanations): string {
  const cases = Object.entries(report.cases);
  const sections = cases.map(([name, found]) => caseSection(name, found, explanations[name] ?? {}));
  return `${[HEAD, goalsSection(cases), ...sections].join('\n').trimEnd()}\n`;
}

function goalsSection(cases: readonly (readonly [string, CaseReport])[]): string {
  const rows = cases.flatMap(([name, { ratios }]) =>
    ratios.filter(({ goal }) => goal !== undefined).map((ratio) => [name, ...ratioRow(ratio)]),
  );
  const ratios = cases.flatMap(([, found]) => found.ratios);
  const met = ratios.filter((ratio) => isGoalMet(ratio) === true).length;
  const title = `## Goals: ${met} of ${rows.length} met\n`;
  if (rows.length === 0) return '## Goals\n\nNone of the cases measured has one.\n';
  return [title, table(['case', 'ratio', 'value', 'goal', ''], rows), ''].join('\n');
}

function caseSection(name: string, found: CaseReport, explanations: Readonly<Record<string, string>>): string {
  const missed = found.ratios.filter((ratio) => isGoalMet(ratio) === false);
  return [
    `## ${found.title}`,
    '',
    `\`npm run bench -- --only ${name}\` · ${found.measuredAt.slice(0, 10)} · ${Math.round(found.tookSeconds)} s · ${machineText(found.machine)}`,
    '',
    ...(found.figures.length > 0 ? [table(['figure', 'value', 'unit'], found.figures.map(figureRow)), ''] : []),
    ...(found.ratios.length > 0 ? [table(['ratio', 'value', 'goal', ''], found.ratios.map(ratioRow)), ''] : []),
    ...missedTexts(missed, explanations),
    ...found.notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

/** A paragraph each. An explanation that was given before is not given again. */
function missedTexts(missed: readonly Ratio[], explanations: Readonly<Record<string, string>>): string[] {
  const explained = new Map<string, string>();
  return missed.map(({ name }) => {
    const text = explanations[name] ?? 'Not explained yet.';
    const before = explained.get(text);
    if (before === undefined) explained.set(text, name);
    return `**${name}: missed.** ${before === undefined ? text : `For the same reason as “${before}”.`}\n`;
  });
}

function machineText({ cpus, memoryGb, system, node, kafka }: Machine): string {
  return `${cpus}, ${memoryGb} GB, ${system}, Node ${node}, Kafka ${kafka}`;
}

function figureRow({ name, value, unit }: Figure): string[] {
  return [name, numberText(value), unit];
}

function ratioRow(ratio: Ratio): string[] {
  return [ratio.name, numberText(ratio.value), goalText(ratio), verdictText(ratio)];
}

/** Cells may hold anything but line feeds. Numbers stand right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${head.map((cell) => (cell === 'value' ? '---:|' : '---|')).join('')}`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
