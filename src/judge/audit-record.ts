import { hash } from 'node:crypto';
import type { AuditEntry } from '../codec/output-avro.ts';
import type { AuditKind, ChainHead, Decision, RecordSource } from '../domain/decision.ts';

const quote = JSON.stringify as (text: string) => string;

/** What an audit record says, before it has its place in the chain. Texts are JSON already. */
export interface AuditNote {
  readonly kind: AuditKind;
  /** Absent for kinds that concern the whole process. */
  readonly source?: RecordSource | undefined;
  readonly decisionText?: string;
  /** What `decisionText` is the text of. */
  readonly decision?: Decision;
  /** The event with secrets, PII and masked keys gone. */
  readonly eventText?: string;
  readonly detailText?: string;
}

/** A record in its chain, and the chain's head after it. */
export interface ChainedRecord {
  readonly text: string;
  readonly head: ChainHead;
}

/**
 * Puts a note at the end of a partition's chain (contract section 4): `prev_hash` inside, `"hash"` last, the hash over
 * the record's bytes up to `,"hash":`. `recordedAt` is RFC 3339.
 */
export function chainRecord(note: AuditNote, partition: number, head: ChainHead, recordedAt: string): ChainedRecord {
  const body =
    `{"audit_id":"${partition}-${head.index}","kind":"${note.kind}","recorded_at":"${recordedAt}"` +
    `,"partition":${partition},"index":${head.index},"prev_hash":"${head.hash}"` +
    sourceText(note.source) +
    (note.decisionText === undefined ? '' : `,"decision":${note.decisionText}`) +
    (note.eventText === undefined ? '' : `,"event":${note.eventText}`) +
    (note.detailText === undefined ? '' : `,"detail":${note.detailText}`);
  const digest = hash('sha256', body);
  return { text: `${body},"hash":"${digest}"}`, head: { index: head.index + 1, hash: digest } };
}

/**
 * What of a chained record Avro holds: everything but its text, of which each part is there, so that the text can be made
 * again and its hash be checked.
 */
export function auditEntry(
  note: AuditNote,
  partition: number,
  before: ChainHead,
  after: ChainHead,
  recordedAt: string,
): AuditEntry {
  const { kind, source, decision, eventText, detailText } = note;
  const place = { auditId: `${partition}-${before.index}`, kind, recordedAt, partition, index: before.index };
  return { ...place, prevHash: before.hash, source, decision, eventText, detailText, hash: after.hash };
}

function sourceText(source: RecordSource | undefined): string {
  if (source === undefined) return '';
  return `,"source":{"topic":${quote(source.topic)},"partition":${source.partition},"offset":${source.offset}}`;
}
