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
  to.count(session.seq);
  to.text(session.digest);
  to.double(session.startedAtMs);
  to.double(session.clockMs);
  writeCalls(to, session);
  writePrevious(to, session.previous);
  const effects = Object.entries(session.effects);
  writeCounts(to, effects.length, effects);
  to.double(session.tokens);
  to.double(session.costUsd);
  to.double(session.durationMs);
  writeOpenCalls(to, session.openCalls);
  to.optionalText(session.mode);
  to.optionalText(session.approvalProfile);
  writeApprovals(to, session.approvals);
  writeLabels(to, session.labels);
  to.boolean(session.labelsOverflow);
  to.count(session.errors);
  to.boolean(session.ended);
  to.hex(session.recent);
  writeStates(to, session.states);
}

/** From `calls` to `period_runs`. */
function writeCalls(to: AvroWriter, session: Session): void {
  to.count(session.calls);
  writeCounts(to, session.callsByTool.size, session.callsByTool);
  to.boolean(session.toolsOverflow);
  writeRun(to, session.repeat);
  writeRun(to, session.nearRepeat);
  writeRun(to, session.noProgress);
  to.hex(session.lastCalls);
  writeLongs(to, session.periodRuns);
}

function writeCounts(to: AvroWriter, size: number, counts: Iterable<readonly [string, number]>): void {
  to.block(size);
  for (const [name, count] of counts) {
    to.text(name);
    to.count(count);
  }
  to.endOfItems();
}

function writeRun(to: AvroWriter, run: Run): void {
  to.text(run.key);
  to.count(run.count);
}

function writeLongs(to: AvroWriter, values: readonly number[]): void {
  to.block(values.length);
  for (const value of values) to.count(value);
  to.endOfItems();
}

function writePrevious(to: AvroWriter, previous: PreviousEvent | undefined): void {
  to.presence(previous !== undefined);
  if (previous === undefined) return;
  to.text(previous.type);
  to.optionalText(previous.tool);
  to.text(previous.effect);
  to.double(previous.occurredAtMs);
}

function writeOpenCalls(to: AvroWriter, calls: ReadonlyMap<string, OpenCall>): void {
  to.block(calls.size);
  for (const [callId, call] of calls) {
    to.text(callId);
    to.text(call.fingerprint);
    to.double(call.tokens);
    to.double(call.costUsd);
    to.double(call.durationMs);
  }
  to.endOfItems();
}

function writeApprovals(to: AvroWriter, approvals: readonly Approval[]): void {
  to.block(approvals.length);
  for (const approval of approvals) {
    to.optionalText(approval.operation);
    to.optionalText(approval.capability);
    to.optionalText(approval.approver);
    to.double(approval.grantedAtMs);
    to.presence(approval.expiresAtMs !== undefined);
    if (approval.expiresAtMs !== undefined) to.double(approval.expiresAtMs);
  }
  to.endOfItems();
}

function writeLabels(to: AvroWriter, labels: ReadonlyMap<string, string>): void {
  to.block(labels.size);
  for (const [name, value] of labels) {
    to.text(name);
    to.text(value);
  }
  to.endOfItems();
}

function writeStates(to: AvroWriter, states: Session['states']): void {
  to.block(states.size);
  for (const [policy, state] of states) {
    to.text(policy);
    to.text(jsonText(state));
  }
  to.endOfItems();
}
