import { hash } from 'node:crypto';
import { EMPTY_HEAD, type Head } from './chain-head.ts';
import type { OutsideRecord, Place } from './outside-record.ts';
import type { Findings } from './violation.ts';

/** One audit record that could be read, as far as it is needed. */
export interface AuditEntry {
  readonly kind: string;
  /** Absent for records that concern the whole process. */
  readonly source: Place | undefined;
  /** `printOf` the decision's bytes inside it; undefined when it holds none. */
  readonly decision: string | undefined;
  readonly errorCode: string | undefined;
}

/** The members of an audit record that are looked at (contract section 4), the decision as a print. */
interface AuditJson {
  readonly kind: string;
  readonly partition: number;
  readonly index: number;
  readonly prev_hash: string;
  readonly hash: string;
  readonly source?: Place;
  readonly decision?: string;
  readonly detail?: { readonly error_code?: string };
}

const SEAL = ',"hash":';
const DECISION = ',"decision":';
/** A decision's record up to the decision: the contract's section 4 fixes the order, and nothing here needs an escape. */
const FRONT =
  /^\{"audit_id":"[^"\\]*","kind":"([a-z_]+)","recorded_at":"[^"\\]*","partition":(\d+),"index":(\d+),"prev_hash":"([^"\\]*)","source":\{"topic":"([^"\\]*)","partition":(\d+),"offset":(\d+)\},"decision":(?=\{)/;
type FrontParts = readonly [string, string, string, string, string, string, string, string];
/** The front at its longest: names of topics are at most 249 characters. */
const MOST_FRONT = 700;
const [QUOTE, COMMA, BACKSLASH, OPENING, CLOSING] = [0x22, 0x2c, 0x5c, 0x7b, 0x7d];

/** A print of bytes that stands for them: SHA-256, as Latin-1. */
export function printOf(bytes: Buffer): string {
  return hash('sha256', bytes, 'binary');
}

/** Walks a partition's chain from its first record on, one record after another. */
export class ChainWalk {
  /** Behind the last record that could be read. */
  head = EMPTY_HEAD;
  readonly #at: { readonly topic: string; readonly partition: number };
  readonly #findings: Findings;

  constructor(at: { readonly topic: string; readonly partition: number }, findings: Findings) {
    this.#at = at;
    this.#findings = findings;
  }

  /** The next record; undefined for what cannot be read. */
  next({ offset, value }: OutsideRecord): AuditEntry | undefined {
    const { topic, partition } = this.#at;
    const place = `${topic}/${partition}/${offset}`;
    const json = value === null ? undefined : parse(value);
    if (json === undefined || value === null) {
      this.#findings.add('unreadable', place, 'the audit record is no JSON object');
      return undefined;
    }
    const digest = hash('sha256', value.subarray(0, value.lastIndexOf(SEAL, undefined, 'latin1')));
    const why = breakIn(json, digest, this.head, partition);
    if (why !== undefined) this.#findings.add('chain_broken', place, why);
    this.head = { index: json.index + 1, hash: digest };
    const { kind, source, decision, detail } = json;
    return { kind, source, decision, errorCode: detail?.error_code };
  }
}

/** Where the JSON object ends that begins at `start`: braces are counted outside of strings. */
function objectEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = stringEnd(bytes, at + 1);
    else if (byte === OPENING) depth++;
    else if (byte === CLOSING && --depth === 0) return at + 1;
  }
  return bytes.length;
}

/** The place of the quote that ends a string. */
function stringEnd(bytes: Buffer, start: number): number {
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}

function breakIn(json: AuditJson, digest: string, head: Head, partition: number): string | undefined {
  if (json.hash !== digest) return 'its bytes do not have the hash that it names';
  if (json.partition !== partition) return `it names partition ${json.partition}`;
  if (json.index !== head.index) return `expected index ${head.index}, found ${json.index}`;
  return json.prev_hash === head.hash ? undefined : 'its prev_hash is not the hash of the record before it';
}

/**
 * Reads an audit record. Where its front is what it is for nearly all, the decision is not read again: it is held against the
 * published one, byte for byte, which is; what is behind it is.
 */
function parse(value: Buffer): AuditJson | undefined {
  const front = FRONT.exec(value.toString('latin1', 0, MOST_FRONT));
  if (front === null) return parseWhole(value);
  const [text, kind, partition, index, previous, topic, sourcePartition, offset] = front as unknown as FrontParts;
  const end = objectEnd(value, text.length);
  const rest = value[end] === COMMA ? parseObject(`{${value.toString('utf8', end + 1)}`) : undefined;
  if (rest === undefined) return undefined;
  return {
    ...{ kind, partition: Number(partition), index: Number(index), prev_hash: previous },
    hash: rest.hash,
    source: { topic, partition: Number(sourcePartition), offset: Number(offset) },
    decision: printOf(value.subarray(text.length, end)),
    ...(rest.detail !== undefined && { detail: rest.detail }),
  };
}

function parseWhole(value: Buffer): AuditJson | undefined {
  const json = parseObject(value.toString('utf8'));
  if (json?.decision === undefined) return json;
  const start = value.indexOf(DECISION, 0, 'latin1') + DECISION.length;
  return { ...json, decision: printOf(value.subarray(start, objectEnd(value, start))) };
}

function parseObject(text: string): AuditJson | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as AuditJson) : undefined;
  } catch {
    return undefined;
  }
}
