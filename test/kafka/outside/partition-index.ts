import { type AuditEntry, ChainWalk, printOf } from './audit-trail.ts';
import type { Head } from './chain-head.ts';
import { type OutsideRecord, type Place, placeFrom, placeText } from './outside-record.ts';
import { type OutsideEvent, type OutsideRejection, readEvent } from './read-event.ts';
import type { CheckOptions } from './run-records.ts';
import type { Findings } from './violation.ts';

/** One committed record of the input, as it was read; no byte of it is kept. */
export interface Input {
  readonly topic: string;
  readonly offset: number;
  /** Its bytes as Latin-1. */
  readonly key: string | null;
  readonly event: OutsideEvent | OutsideRejection;
  /** `printOf` the value of what is no event; null for no value. */
  readonly print: string | null;
}

/** One published decision. */
export interface DecisionOut {
  /** `topic/partition/offset`. */
  readonly place: string;
  readonly key: string | null;
  /** Undefined for no value. */
  readonly print: string | undefined;
  /** Undefined for what is no JSON object. */
  readonly json: DecisionJson | undefined;
}

/** The members of a decision that are looked at (contract section 3). */
export interface DecisionJson {
  readonly event_id: string;
  readonly session_id: string;
  readonly effect: string;
  readonly policy_revision: string;
  readonly session?: { readonly seq: number; readonly digest: string };
  readonly input_identity?: string;
  readonly error?: { readonly code: string };
}

/** One audit record of an input. */
export interface AuditOut extends AuditEntry {
  readonly source: Place;
  readonly offset: number;
  readonly key: string | null;
}

/** One dead letter. */
export interface LetterOut {
  readonly place: string;
  readonly key: string | null;
  readonly print: string | null;
  readonly code: string | undefined;
}

/**
 * A partition's records, each reduced to what the checks need as it is read: topics may be read in any order, a topic's records
 * in offset order. Everything is found by the place of its input, `topic/partition/offset`; the maps of outputs are in their order.
 */
export class PartitionIndex {
  readonly partition: number;
  readonly inputs = new Map<string, Input>();
  readonly decisions = new Map<string, DecisionOut>();
  readonly deadLetters = new Map<string, LetterOut>();
  readonly audit = new Map<string, AuditOut>();
  /** What came again of an input: only the first of a kind is in the maps. */
  readonly again: { readonly source: string; readonly what: string }[] = [];
  /** All that came, also what names no input. */
  readonly seen = { decisions: 0, deadLetters: 0, audit: 0 };
  readonly #options: CheckOptions;
  readonly #findings: Findings;
  readonly #chain: ChainWalk;
  readonly #texts = new Map<string, string>();

  constructor(partition: number, options: CheckOptions, findings: Findings) {
    this.partition = partition;
    this.#options = options;
    this.#findings = findings;
    this.#chain = new ChainWalk({ topic: options.topics.audit, partition }, findings);
  }

  /** The end of the audit chain. */
  get head(): Head {
    return this.#chain.head;
  }

  auditPlace(offset: number): string {
    return `${this.#options.topics.audit}/${this.partition}/${offset}`;
  }

  input(topic: string, record: OutsideRecord): void {
    const { offset, key, value } = record;
    const { topics, limits } = this.#options;
    const event = readEvent(record, topic === topics.control, limits);
    const print = event.kind === 'event' || value === null ? null : printOf(value);
    const place = placeText({ topic, partition: this.partition, offset });
    this.inputs.set(place, { topic, offset, key: this.#keyOf(key), event, print });
  }

  decision(record: OutsideRecord): void {
    this.seen.decisions++;
    const { key, value } = record;
    const { topics } = this.#options;
    const place = `${topics.decisions}/${record.partition}/${record.offset}`;
    const json = value === null ? undefined : this.#decisionIn(value);
    const print = value === null ? undefined : printOf(value);
    this.#add(this.decisions, this.#sourceOf(place, record), { place, key: this.#keyOf(key), print, json }, 'decision');
  }

  deadLetter(record: OutsideRecord): void {
    const place = `${this.#options.topics.deadLetter}/${record.partition}/${record.offset}`;
    this.letter(this.#sourceOf(place, record), letterFrom(record, place));
  }

  /** One that was read before, of a source of this partition. */
  letter(source: string | undefined, letter: LetterOut): void {
    this.seen.deadLetters++;
    this.#add(this.deadLetters, source, letter, 'dead letter');
  }

  auditRecord(record: OutsideRecord): void {
    this.seen.audit++;
    const entry = this.#chain.next(record);
    if (entry?.source === undefined) return;
    const { kind, source, decision, errorCode } = entry;
    const { offset, key } = record;
    if (source.partition !== this.partition) {
      this.#findings.add('misplaced', this.auditPlace(offset), `it belongs to ${placeText(source)}`);
    }
    const out: AuditOut = { kind, source, decision, errorCode, offset, key: this.#keyOf(key) };
    this.#add(this.audit, placeText(source), out, 'audit record');
  }

  #add<T>(outputs: Map<string, T>, source: string | undefined, output: T, what: string): void {
    if (source === undefined) return;
    if (outputs.has(source)) this.again.push({ source, what });
    else outputs.set(source, output);
  }

  /** What names no input, or one of another partition, is a violation and left out. */
  #sourceOf(place: string, { headers }: OutsideRecord): string | undefined {
    const source = placeFrom(headers.get('tollgate_source'));
    if (source === undefined) this.#findings.add('unreadable', place, 'no header tollgate_source that names an input');
    else if (source.partition !== this.partition)
      this.#findings.add('misplaced', place, `it belongs to ${placeText(source)}`);
    return source?.partition === this.partition ? placeText(source) : undefined;
  }

  #decisionIn(value: Buffer): DecisionJson | undefined {
    const json = parse(value);
    if (json === undefined) return undefined;
    const { event_id, session_id, effect, policy_revision, session, input_identity, error } = json;
    return {
      event_id,
      session_id: this.#kept(session_id),
      effect: this.#kept(effect),
      policy_revision: this.#kept(policy_revision),
      ...(session !== undefined && { session: { seq: session.seq, digest: session.digest } }),
      ...(input_identity !== undefined && { input_identity }),
      ...(error !== undefined && { error: { code: this.#kept(error.code) } }),
    };
  }

  #keyOf(key: Buffer | null): string | null {
    return key === null ? null : this.#kept(key.toString('latin1'));
  }

  /** One copy of a text that comes often. */
  #kept(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }
}

/** A dead letter without its bytes. */
export function letterFrom({ key, value, headers }: OutsideRecord, place: string): LetterOut {
  return {
    place,
    key: key === null ? null : key.toString('latin1'),
    print: value === null ? null : printOf(value),
    code: headers.get('tollgate_error_code'),
  };
}

function parse(value: Buffer): DecisionJson | undefined {
  try {
    const json: unknown = JSON.parse(value.toString('utf8'));
    return typeof json === 'object' && json !== null ? (json as DecisionJson) : undefined;
  } catch {
    return undefined;
  }
}
