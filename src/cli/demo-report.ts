import { EFFECTS, type Effect } from '../domain/verdict.ts';
import { approvalStory, chooseDenials, countEffects, countFirings, countShadowDenials } from './demo-figures.ts';
import { type Decided, type DemoOutputs, timeOf } from './demo-outputs.ts';
import { decisionHead, paintEffect, verdictTable } from './explain.ts';
import { formatTable } from './table.ts';
import { type Channel, printable } from './terminal.ts';

const BAR_WIDTH = 40;
const DENIALS_SHOWN = 3;

/** What the run was, beside what it wrote. */
export interface DemoRun {
  readonly outputs: DemoOutputs;
  /** Where the events came from: `files`. */
  readonly origin: string;
  readonly policies: readonly string[];
  readonly partitions: number;
  readonly lanes: number;
  readonly tookMs: number;
}

/** What was judged and what came of it, for people. Every number is of the outputs. */
export function demoReport(run: DemoRun, out: Channel): string {
  const { decided } = run.outputs;
  const sections = [
    summary(run, out),
    titled('Effects', effectTable(decided, out), out),
    titled('Policies that did more than allow', firingTable(run, out), out),
    titled('Three denials explained', denials(decided, out), out),
    titled('An approval, step by step', approval(decided, out), out),
  ];
  return sections.join('\n');
}

/** What was no decision, and that so many audit records were found intact. */
export function keptStraight({ duplicates, deadLetters }: DemoOutputs, records: number, { colors }: Channel): string {
  return [
    colors.bold('Kept straight'),
    `  ${counted(duplicates, 'event')} delivered twice: recorded, and not decided a second time`,
    `  ${counted(deadLetters.length, 'line')} that could not be read as events (${deadLetters.join(', ')}): dead-lettered`,
    `  audit chains: ${counted(records, 'record')} intact, up to the heads that were committed`,
    '',
  ].join('\n');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function summary({ outputs, origin, policies, lanes, partitions, tookMs }: DemoRun, { colors }: Channel): string {
  const decisions = outputs.decided.map(({ decision }) => decision);
  const sessions = new Set(decisions.map((decision) => decision.session_id));
  const agents = new Set(decisions.map((decision) => decision.agent_id).filter((agent) => agent !== undefined));
  const times = decisions.map(timeOf).filter((timeMs) => timeMs > 0);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  return [
    colors.bold(`A morning of a fleet of coding agents, judged from ${origin}`),
    `  ${outputs.records} records of ${agents.size} agents in ${sessions.size} sessions, ${dateOf(from)} ${clock(from)} to ${clock(to)}`,
    `  ${decisions.length} decisions by ${policies.length} policies over ${partitions} partitions`,
    `  ${(tookMs / 1000).toFixed(1)} s, the start of ${lanes} worker threads included`,
    '',
  ].join('\n');
}

function titled(title: string, body: string, { colors }: Channel): string {
  return `${colors.bold(title)}\n${indented(body)}`;
}

/** Not a `formatTable`: that makes control characters visible, and colours are some. */
function effectTable(decided: readonly Decided[], { colors, isTerminal }: Channel): string {
  const counts = countEffects(decided);
  const most = Math.max(...Object.values(counts));
  const rows = EFFECTS.map((effect) => {
    const count = counts[effect];
    const bar = (isTerminal ? '█' : '#').repeat(count === 0 ? 0 : Math.max(1, Math.round((BAR_WIDTH * count) / most)));
    return `${effectColumn(effect, colors)} ${String(count).padStart(5)}  ${bar}`.trimEnd();
  });
  return `${rows.join('\n')}\n`;
}

function firingTable({ outputs, policies }: DemoRun, out: Channel): string {
  const shown: readonly Effect[] = EFFECTS.filter((effect) => effect !== 'allow');
  const rows = countFirings(outputs.decided, policies).map(({ policy, mode, tool, counts }) => [
    policy,
    mode,
    tool,
    ...shown.map((effect) => (counts[effect] === 0 ? '' : String(counts[effect]))),
  ]);
  const trial = countShadowDenials(outputs.decided);
  const note = `${trial} of the shadow denials would have stopped what goes on now: shadow changes nothing\n`;
  return formatTable(out, ['policy', 'mode', 'tool', ...shown], rows) + note;
}

function denials(decided: readonly Decided[], out: Channel): string {
  const chosen = chooseDenials(decided, DENIALS_SHOWN);
  return chosen.map((one) => explainDenial(one, out)).join('\n');
}

function explainDenial({ decision, event }: Decided, out: Channel): string {
  const asked = printable(JSON.stringify(event.params ?? {}));
  const table = indented(verdictTable(decision, out));
  return `${decisionHead(decision, out)}\n  ${decision.agent_id ?? ''} asked: ${asked}\n${table}`;
}

function approval(decided: readonly Decided[], { colors }: Channel): string {
  const steps = approvalStory(decided).map(({ decision, event }) => {
    const { effect, agent_id: agent, tool, type } = decision;
    const who = event.trusted ? 'the control topic' : (agent ?? '');
    const what = `${type} ${tool ?? ''}`.trimEnd();
    const claim = !event.trusted && event.approvals !== undefined ? ', with a claim that it is approved' : '';
    const why = decision.reason === undefined ? '' : `: ${decision.reason}`;
    const said = printable(`${who}: ${what}${claim}${why}`);
    return `${clock(timeOf(decision))}  ${effectColumn(effect, colors)}  ${said}\n`;
  });
  return steps.join('');
}

/** An effect in its colour, as wide as the longest one. */
function effectColumn(effect: Effect, colors: Channel['colors']): string {
  return paintEffect(colors, effect) + ' '.repeat('redact'.length - effect.length);
}

function dateOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

function clock(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 19);
}

function indented(text: string): string {
  return text.replace(LINE_START, '  ');
}

/** The start of every line that is not empty. */
const LINE_START = /^(?=.)/gm;
