import { jsonText } from '../codec/json-text.ts';
import type { Approval, PreviousEvent, Session } from '../domain/session.ts';
import { cycleOf } from './cycle.ts';

const quote = JSON.stringify as (text: string) => string;

/**
 * `input.session` as JSON text (contract section 2): facts after folding the event in. Written by hand, member by
 * member: this runs once an event, and the general serialiser costs twice as much on it.
 */
export function sessionFacts(session: Session): string {
  const cycle = cycleOf(session.periodRuns, session.repeat.count);
  return (
    `{"seq":${session.seq},"started_at":${session.startedAtMs},"elapsed_ms":${session.clockMs - session.startedAtMs}` +
    `,"calls":${session.calls},"calls_by_tool":${countsText(session.callsByTool)}` +
    `,"repeat":{"count":${session.repeat.count}},"cycle":{"period":${cycle.period},"count":${cycle.count}}` +
    `,"near_repeat":{"count":${session.nearRepeat.count}},"no_progress":{"count":${session.noProgress.count}}` +
    `,"tools_seen":${keysText(session.callsByTool)},"tools_seen_overflow":${session.toolsOverflow}` +
    (session.previous === undefined ? '' : `,"previous":${previousText(session.previous)}`) +
    `,"effects":${JSON.stringify(session.effects)},"tokens":${session.tokens},"cost_usd":${session.costUsd}` +
    `,"duration_ms":${session.durationMs}` +
    (session.mode === undefined ? '' : `,"mode":${quote(session.mode)}`) +
    (session.approvalProfile === undefined ? '' : `,"approval_profile":${quote(session.approvalProfile)}`) +
    `,"approvals":${approvalsText(session.approvals)},"labels":${labelsText(session.labels)}` +
    `,"labels_overflow":${session.labelsOverflow},"errors":${session.errors},"ended":${session.ended}` +
    `,"digest":${quote(session.digest)}}`
  );
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
