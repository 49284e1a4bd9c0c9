import { jsonText } from '../codec/json-text.ts';
import type { Approval, PreviousEvent, Session } from '../domain/session.ts';
import { cycleOf } from './cycle.ts';

const quote = JSON.stringify as (text: string) => string;

type FactWriter = (session: Session) => string | undefined;

/**
 * `input.session` member by member (contract section 2), each as JSON text; undefined where it is absent. By hand: this runs once
 * an event, and the general serialiser costs twice as much on it.
 */
const FACTS: Readonly<Record<string, FactWriter>> = {
  seq: (session) => `${session.seq}`,
  started_at: (session) => `${session.startedAtMs}`,
  elapsed_ms: (session) => `${session.clockMs - session.startedAtMs}`,
  calls: (session) => `${session.calls}`,
  calls_by_tool: (session) => countsText(session.callsByTool),
  repeat: (session) => `{"count":${session.repeat.count}}`,
  cycle: cycleText,
  near_repeat: (session) => `{"count":${session.nearRepeat.count}}`,
  no_progress: (session) => `{"count":${session.noProgress.count}}`,
  tools_seen: (session) => keysText(session.callsByTool),
  tools_seen_overflow: (session) => `${session.toolsOverflow}`,
  previous: (session) => session.previous && previousText(session.previous),
  effects: (session) => JSON.stringify(session.effects),
  tokens: (session) => `${session.tokens}`,
  cost_usd: (session) => `${session.costUsd}`,
  duration_ms: (session) => `${session.durationMs}`,
  mode: ({ mode }) => (mode === undefined ? undefined : quote(mode)),
  approval_profile: ({ approvalProfile }) => (approvalProfile === undefined ? undefined : quote(approvalProfile)),
  approvals: (session) => approvalsText(session.approvals),
  labels: (session) => labelsText(session.labels),
  labels_overflow: (session) => `${session.labelsOverflow}`,
  errors: (session) => `${session.errors}`,
  ended: (session) => `${session.ended}`,
  digest: (session) => quote(session.digest),
};

/** Every member that `input.session` may have. */
export const SESSION_FACTS: readonly string[] = Object.keys(FACTS);

/** Writes `input.session` as JSON text, with these of its members: facts after folding the event in. */
export function sessionFactsWriter(members: readonly string[] = SESSION_FACTS): (session: Session) => string {
  const wanted = SESSION_FACTS.filter((name) => members.includes(name));
  const writers = wanted.map((name) => ({ head: `"${name}":`, fact: FACTS[name] as FactWriter }));
  return (session) => {
    let text = '';
    for (const { head, fact } of writers) {
      const value = fact(session);
      if (value !== undefined) text += (text === '' ? head : `,${head}`) + value;
    }
    return `{${text}}`;
  };
}

function cycleText(session: Session): string {
  const cycle = cycleOf(session.periodRuns, session.repeat.count);
  return `{"period":${cycle.period},"count":${cycle.count}}`;
}

function countsText(counts: ReadonlyMap<string, number>): string {
  let text = '';
  for (const [tool, count] of counts) text += `${text === '' ? '' : ','}${quote(tool)}:${count}`;
  return `{${text}}`;
}

function keysText(counts: ReadonlyMap<string, number>): string {
  let text = '';
  for (const tool of counts.keys()) text += `${text === '' ? '' : ','}${quote(tool)}`;
  return `[${text}]`;
}

function labelsText(labels: ReadonlyMap<string, string>): string {
  let text = '';
  for (const [name, value] of labels) text += `${text === '' ? '' : ','}${quote(name)}:${quote(value)}`;
  return `{${text}}`;
}

function previousText(previous: PreviousEvent): string {
  const tool = previous.tool === undefined ? '' : `,"tool":${quote(previous.tool)}`;
  return `{"type":"${previous.type}"${tool},"effect":"${previous.effect}","occurred_at":${previous.occurredAtMs}}`;
}

function approvalsText(approvals: readonly Approval[]): string {
  return approvals.length === 0 ? '[]' : jsonText(approvals.map(approvalForm));
}

function approvalForm(approval: Approval): Record<string, string | number> {
  const form: Record<string, string | number> = {};
  if (approval.operation !== undefined) form.operation = approval.operation;
  if (approval.capability !== undefined) form.capability = approval.capability;
  if (approval.approver !== undefined) form.approver = approval.approver;
  form.granted_at = approval.grantedAtMs;
  if (approval.expiresAtMs !== undefined) form.expires_at = approval.expiresAtMs;
  return form;
}
