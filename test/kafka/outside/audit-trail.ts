import { createHash } from 'node:crypto';
import type { OutsideRecord, Place } from './outside-record.ts';
import type { Findings } from './violation.ts';

/** Head of a chain: the next index, the last hash. */
export interface Head {
  readonly index: number;
  readonly hash: string;
}

/** One audit record that could be read. */
export interface AuditEntry {
  readonly record: OutsideRecord;
  readonly kind: string;
  /** Absent for records that concern the whole process. */
  readonly source: Place | undefined;
  /** Whether it says that a decision was made. */
  readonly hasDecision: boolean;
  readonly errorCode: string | undefined;
}

/** The members of an audit record that are looked at (contract section 4). */
interface AuditJson {
  readonly kind: string;
  readonly partition: number;
  readonly index: number;
  readonly prev_hash: string;
  readonly hash: string;
  readonly source?: Place;
  readonly decision?: object;
  readonly detail?: { readonly error_code?: string };
}

const SEAL = Buffer.from(',"hash":');
const DECISION = Buffer.from(',"decision":');
const COMMA = 0x2c;
const EMPTY: Head = { index: 0, hash: '0'.repeat(64) };

/** Walks a partition's chain from its first record, and returns what it says with its head. */
export function walkChain(
  records: readonly OutsideRecord[],
  at: { readonly topic: string; readonly partition: number },
  findings: Findings,
): { readonly entries: readonly AuditEntry[]; readonly head: Head } {
  const entries: AuditEntry[] = [];
  let head = EMPTY;
  for (const record of records) {
    const place = `${at.topic}/${at.partition}/${record.offset}`;
    const json = parse(record.value);
    if (json === undefined || record.value === null) {
      findings.add('unreadable', place, 'the audit record is no JSON object');
      continue;
    }
    const hash = hashOf(record.value);
    const why = breakIn(json, hash, head, at.partition);
    if (why !== undefined) findings.add('chain_broken', place, why);
    head = { index: json.index + 1, hash };
    const { kind, source, decision, detail } = json;
    entries.push({ record, kind, source, hasDecision: decision !== undefined, errorCode: detail?.error_code });
  }
  return { entries, head };
}

/** Whether the record holds exactly these bytes as its decision. */
export function holdsDecision({ record }: AuditEntry, decision: Buffer): boolean {
  if (record.value === null) return false;
  const start = record.value.indexOf(DECISION) + DECISION.length;
  const end = start + decision.length;
  return record.value.compare(decision, 0, decision.length, start, end) === 0 && record.value[end] === COMMA;
}

function breakIn(json: AuditJson, hash: string, head: Head, partition: number): string | undefined {
  if (json.hash !== hash) return 'its bytes do not have the hash that it names';
  if (json.partition !== partition) return `it names partition ${json.partition}`;
  if (json.index !== head.index) return `expected index ${head.index}, found ${json.index}`;
  return json.prev_hash === head.hash ? undefined : 'its prev_hash is not the hash of the record before it';
}

/** SHA-256 over the bytes up to the last `,"hash":`. */
function hashOf(value: Buffer): string {
  return createHash('sha256')
    .update(value.subarray(0, value.lastIndexOf(SEAL)))
    .digest('hex');
}

function parse(value: Buffer | null): AuditJson | undefined {
  try {
    const json: unknown = JSON.parse(String(value));
    return typeof json === 'object' && json !== null ? (json as AuditJson) : undefined;
  } catch {
    return undefined;
  }
}
