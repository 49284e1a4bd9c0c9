import type { Approval, OpenCall, PreviousEvent, Run, Session } from '../domain/session.ts';
import type { AvroWriter } from './avro-writer.ts';
import { jsonText } from './json-text.ts';

/**
 * A session as Avro, member by member in the order of `schemas/session-state.v1.avsc`, whose reading side is
 * `session-state.ts`. By hand: each changed session is written once a batch, and an object in the schema's shape costs more
 * than its bytes do.
 */
export function writeSession(to: AvroWriter, session: Session): void {
  to.text(session.sessionId);
  to.long(session.seq);
  to.text(session.digest);
  to.double(session.startedAtMs);
  to.double(session.clockMs);
  writeCalls(to, session);
  writePrevious(to, session.previous);
  writeEffects(to, session.effects);
  to.double(session.tokens);
  to.double(session.costUsd);
  to.double(session.durationMs);
  writeOpenCalls(to, session.openCalls);
  to.optionalText(session.mode);
  to.optionalText(session.approvalProfile);
  writeApprovals(to, session.approvals);
  writeLabels(to, session.labels);
  to.boolean(session.labelsOverflow);
  to.long(session.errors);
  to.boolean(session.ended);
  to.hex(session.recent);
  writeStates(to, session.states);
}

/** From `calls` to `period_runs`. */
function writeCalls(to: AvroWriter, session: Session): void {
  to.long(session.calls);
  writeCounts(to, session.callsByTool);
  to.boolean(session.toolsOverflow);
  writeRun(to, session.repeat);
  writeRun(to, session.nearRepeat);
  writeRun(to, session.noProgress);
  to.hex(session.lastCalls);
  writeLongs(to, session.periodRuns);
}

/*
 * An array is a block of items, their number in front, and an empty block; an empty array is the empty block alone.
 */
const END = 0;

function writeCounts(to: AvroWriter, counts: ReadonlyMap<string, number>): void {
  if (counts.size > 0) to.long(counts.size);
  for (const [name, count] of counts) {
    to.text(name);
    to.long(count);
  }
  to.long(END);
}

function writeRun(to: AvroWriter, run: Run): void {
  to.text(run.key);
  to.long(run.count);
}

function writeLongs(to: AvroWriter, values: readonly number[]): void {
  if (values.length > 0) to.long(values.length);
  for (const value of values) to.long(value);
  to.long(END);
}

function writePrevious(to: AvroWriter, previous: PreviousEvent | undefined): void {
  to.presence(previous !== undefined);
  if (previous === undefined) return;
  to.text(previous.type);
  to.optionalText(previous.tool);
  to.text(previous.effect);
  to.double(previous.occurredAtMs);
}

function writeEffects(to: AvroWriter, effects: Session['effects']): void {
  const entries = Object.entries(effects);
  if (entries.length > 0) to.long(entries.length);
  for (const [effect, count] of entries) {
    to.text(effect);
    to.long(count);
  }
  to.long(END);
}

function writeOpenCalls(to: AvroWriter, calls: ReadonlyMap<string, OpenCall>): void {
  if (calls.size > 0) to.long(calls.size);
  for (const [callId, call] of calls) {
    to.text(callId);
    to.text(call.fingerprint);
    to.double(call.tokens);
    to.double(call.costUsd);
    to.double(call.durationMs);
  }
  to.long(END);
}

function writeApprovals(to: AvroWriter, approvals: readonly Approval[]): void {
  if (approvals.length > 0) to.long(approvals.length);
  for (const approval of approvals) {
    to.optionalText(approval.operation);
    to.optionalText(approval.capability);
    to.optionalText(approval.approver);
    to.double(approval.grantedAtMs);
    to.presence(approval.expiresAtMs !== undefined);
    if (approval.expiresAtMs !== undefined) to.double(approval.expiresAtMs);
  }
  to.long(END);
}

function writeLabels(to: AvroWriter, labels: ReadonlyMap<string, string>): void {
  if (labels.size > 0) to.long(labels.size);
  for (const [name, value] of labels) {
    to.text(name);
    to.text(value);
  }
  to.long(END);
}

function writeStates(to: AvroWriter, states: Session['states']): void {
  if (states.size > 0) to.long(states.size);
  for (const [policy, state] of states) {
    to.text(policy);
    to.text(jsonText(state));
  }
  to.long(END);
}
