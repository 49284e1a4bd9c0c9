import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTime } from '../codec/parse-time.ts';
import type { OutputKind } from '../files/layout.ts';
import type { DecisionJson } from './explain.ts';

/** What audit records say of the event beside its decision: its payload is masked. */
export interface AuditedEvent {
  /** False for what came from the fleet: it can claim, but not grant. */
  readonly trusted: boolean;
  readonly params?: unknown;
  /** Present: the event names approvals, as a grant or as a claim. */
  readonly approvals?: readonly unknown[];
}

/** A decision and the event it is about. */
export interface Decided {
  readonly decision: DecisionJson;
  readonly event: AuditedEvent;
}

/** Everything that a run wrote, read back. */
export interface DemoOutputs {
  /** By the time of their events. */
  readonly decided: readonly Decided[];
  /** Input records that were judged, refused or known already: each has one audit record that names its source. */
  readonly records: number;
  readonly duplicates: number;
  /** Their error codes. */
  readonly deadLetters: readonly string[];
}

interface AuditJson {
  readonly kind: string;
  readonly source?: { readonly topic: string };
  readonly decision?: DecisionJson;
  readonly event?: { readonly params?: unknown; readonly approvals?: readonly unknown[] };
}

/** How the files adapter names the topics of control files. */
const CONTROL_FILES = 'control:';

/** Reads the output directory of a run that has ended. `control` is how the names of its control topics begin. */
export async function readDemoOutputs(dir: string, control: string = CONTROL_FILES): Promise<DemoOutputs> {
  const decisions = await readLines<DecisionJson>(dir, 'decisions');
  const audit = await readLines<AuditJson>(dir, 'audit');
  const letters = await readLines<{ readonly tollgate_error_code: string }>(dir, 'dead-letter');
  const events = new Map<string, AuditedEvent>();
  for (const record of audit) {
    if (record.decision !== undefined) events.set(record.decision.decision_id, auditedEvent(record, control));
  }
  const decided = decisions.map((decision) => ({ decision, event: events.get(decision.decision_id) ?? UNKNOWN }));
  return {
    decided: decided.toSorted((a, b) => timeOf(a.decision) - timeOf(b.decision)),
    records: audit.filter(({ source }) => source !== undefined).length,
    duplicates: audit.filter(({ kind }) => kind === 'duplicate_event').length,
    deadLetters: letters.map((letter) => letter.tollgate_error_code),
  };
}

const UNKNOWN: AuditedEvent = { trusted: false };

function auditedEvent({ source, event }: AuditJson, control: string): AuditedEvent {
  return { trusted: source?.topic.startsWith(control) === true, ...event };
}

/** When the event happened, milliseconds; 0 for a rejected one that did not say. */
export function timeOf({ occurred_at: occurredAt }: DecisionJson): number {
  return occurredAt === undefined ? 0 : (parseTime(occurredAt) ?? 0);
}

/** The lines of one kind of output, all partitions. They were written by this process: no form is checked. */
async function readLines<T>(dir: string, kind: OutputKind): Promise<T[]> {
  const folder = join(dir, kind);
  const lines: T[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const text = await readFile(join(folder, name), 'utf8');
    for (const line of text.split('\n')) if (line !== '') lines.push(JSON.parse(line));
  }
  return lines;
}
