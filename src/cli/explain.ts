import type { Effect } from '../domain/verdict.ts';
import { formatTable } from './table.ts';
import { type Channel, type Colors, printable } from './terminal.ts';

/** A decision as its JSON has it: what people are shown of it. */
export interface DecisionJson {
  readonly decision_id: string;
  readonly event_id: string;
  readonly session_id: string;
  readonly type?: string;
  readonly tool?: string;
  readonly agent_id?: string;
  readonly tenant_id?: string;
  readonly occurred_at?: string | number;
  readonly effect: Effect;
  readonly reason?: string;
  readonly reasons: readonly { readonly policy: string; readonly rule?: string; readonly message: string }[];
  readonly patches: readonly { readonly op: string; readonly path: string }[];
  readonly obligations: readonly { readonly policy: string; readonly kind: string; readonly value?: unknown }[];
  readonly verdicts: readonly VerdictJson[];
  readonly session?: { readonly seq: number };
  readonly input_identity?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface VerdictJson {
  readonly policy: string;
  readonly effect: Effect;
  readonly mode: string;
  readonly reason?: string;
  readonly skipped?: boolean;
  readonly recorded?: boolean;
  readonly error?: { readonly code: string; readonly message: string };
}

/** An effect in its colour. */
export function paintEffect(colors: Colors, effect: Effect): string {
  const paint = {
    allow: colors.green,
    warn: colors.yellow,
    redact: colors.cyan,
    ask: colors.magenta,
    deny: colors.red,
  };
  return paint[effect](effect);
}

/** A decision explained for people: what it is about, what goes with it, and what each policy said. */
export function explainDecision(decision: DecisionJson, channel: Channel): string {
  const details = [
    ...decision.patches.map(({ op, path }) => `patch: ${op} ${path}`),
    ...decision.obligations.map(({ policy, kind, value }) => `obligation: ${kind} ${jsonOf(value)} (${policy})`),
    ...(decision.error === undefined ? [] : [`error: ${decision.error.code}: ${decision.error.message}`]),
    ...(decision.error === undefined && decision.verdicts.every(isOnTrial) ? [NO_POLICY] : []),
  ];
  const said = decision.verdicts.length === 0 ? '' : `\n${verdictTable(decision, channel)}`;
  return `${[decisionHead(decision, channel), ...details.map((line) => `  ${printable(line)}`)].join('\n')}\n${said}`;
}

const NO_POLICY = 'no enforced policy judges such an event: the effect is the default one';

function isOnTrial({ mode }: VerdictJson): boolean {
  return mode === 'shadow';
}

/** One line: the effect, what it is about, and where it stands. */
export function decisionHead(decision: DecisionJson, { colors }: Channel): string {
  const place = decision.session === undefined ? '' : `, event ${decision.session.seq} of its session`;
  const where = printable(`${decision.session_id} ${decision.event_id}${place}`);
  return `${colors.bold(paintEffect(colors, decision.effect))}  ${printable(subjectOf(decision))}  ${colors.dim(where)}`;
}

function jsonOf(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}

/** One row a policy that judged the event. */
export function verdictTable(decision: DecisionJson, channel: Channel): string {
  const rows = decision.verdicts.map((verdict) => [
    verdict.policy,
    verdict.mode,
    verdict.effect,
    verdict.error?.message ?? verdict.reason ?? (verdict.skipped === true ? 'skipped' : ''),
  ]);
  return formatTable(channel, ['policy', 'mode', 'effect', 'why'], rows);
}

function subjectOf({ type, tool }: DecisionJson): string {
  return [type, tool].filter((part) => part !== undefined).join(' ');
}
