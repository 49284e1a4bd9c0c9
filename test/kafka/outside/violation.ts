import type { Head } from './chain-head.ts';

/** What can be wrong with a run, seen from outside. */
export const VIOLATION_KINDS = [
  /** An input before the committed position left nothing behind. */
  'unsettled',
  /** A decision, dead letter or audit record that an input must have is not there. */
  'lost',
  /** Two of what one input has once. */
  'doubled',
  /** An output that no committed input before the position accounts for. */
  'unfounded',
  /** The order of the input, or of the judgement, is not kept. */
  'reordered',
  /** Not the key or not the partition of the input. */
  'misplaced',
  /** `session.seq` or `session.digest` of a decision are not those of the fold, or it names another event. */
  'fold_differs',
  /** Decided where a duplicate or a dead letter is due, or the other way round. */
  'outcome_wrong',
  /** An audit record's hash, index or predecessor does not fit, or the chain's end is not its head in the meta record. */
  'chain_broken',
  /** The decision inside an audit record is not, byte for byte, the published one. */
  'audit_differs',
  /** A session's stored state is not that of the fold. */
  'state_wrong',
  'state_missing',
  'state_unfounded',
  /** The meta record is missing, unreadable, or its clock or revision are not those of the run. */
  'meta_wrong',
  /** The position is not where the judged input ends, or the group's offset is another one. */
  'position_wrong',
  /** An output that cannot be read. */
  'unreadable',
  'hanging_transaction',
] as const;
export type ViolationKind = (typeof VIOLATION_KINDS)[number];

/** One thing that is wrong. */
export interface Violation {
  readonly kind: ViolationKind;
  /** `topic/partition/offset`, or as much of it as there is. */
  readonly place: string;
  readonly sentence: string;
}

/** What was looked at. */
export interface Counts {
  readonly inputs: number;
  readonly decisions: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly auditRecords: number;
  readonly deadLetters: number;
  readonly sessions: number;
  /** Committed input behind the position: not judged yet. */
  readonly waiting: number;
}

/** The outcome of a check: sound when `violations` is empty. */
export interface Report {
  readonly violations: readonly Violation[];
  /** How many more there were than `violations` has room for. */
  readonly further: number;
  readonly counts: Counts;
  /** Where each partition's audit chain ends. */
  readonly heads: readonly Head[];
}

const NO_COUNTS: Counts = {
  inputs: 0,
  decisions: 0,
  duplicates: 0,
  rejected: 0,
  auditRecords: 0,
  deadLetters: 0,
  sessions: 0,
  waiting: 0,
};

const MOST = 200;

/** Collects what is found; the first 200 are kept, the others counted. */
export class Findings {
  readonly #violations: Violation[] = [];
  #further = 0;
  counts: Counts = NO_COUNTS;
  readonly heads: Head[] = [];

  add(kind: ViolationKind, place: string, sentence: string): void {
    if (this.#violations.length < MOST) this.#violations.push({ kind, place, sentence });
    else this.#further++;
  }

  count(more: Partial<Counts>): void {
    const sums = Object.entries(more).map(([name, amount]) => [name, this.counts[name as keyof Counts] + amount]);
    this.counts = { ...this.counts, ...Object.fromEntries(sums) };
  }

  report(): Report {
    return { violations: this.#violations, further: this.#further, counts: this.counts, heads: this.heads };
  }
}

/** The report in lines for people. */
export function reportText({ violations, further, counts }: Report): string {
  const lines = violations.map(({ kind, place, sentence }) => `${kind} ${place}: ${sentence}`);
  const more = further === 0 ? [] : [`and ${further} more`];
  return [...lines, ...more, JSON.stringify(counts)].join('\n');
}
