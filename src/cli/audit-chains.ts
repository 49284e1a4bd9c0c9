import { outputJson } from '../codec/output-avro.ts';
import { RejectedInput } from '../codec/rejected-input.ts';
import { type ChainHead, EMPTY_CHAIN } from '../domain/decision.ts';
import { verifyAuditLine } from '../judge/audit-chain.ts';
import type { AuditLine } from './audit-source.ts';

/** Where chains begin whose earlier records are gone: for every partition, or for the named ones. */
export type Starts = number | ReadonlyMap<number, number>;

/** The first record, or the missing one, at which the chain does not hold. */
export interface Break {
  readonly source?: string;
  readonly line?: number;
  readonly partition?: number;
  readonly index?: number;
  readonly why: string;
}

/**
 * The chains of all partitions as far as they have been read.
 *
 * 1. `heads` holds a partition as soon as its first record has proved intact, and never goes back.
 * 2. After `add` has returned a break nothing more is added: what follows a break proves nothing.
 */
export class Chains {
  readonly heads = new Map<number, ChainHead>();
  records = 0;
  readonly #starts: Starts | undefined;
  readonly #committed: ReadonlyMap<number, ChainHead>;

  constructor(starts: Starts | undefined, committed: ReadonlyMap<number, ChainHead>) {
    this.#starts = starts;
    this.#committed = committed;
  }

  /** Puts a record at the end of its chain; returns why it does not fit there. */
  add(line: AuditLine): Break | undefined {
    const place = { source: line.source, line: line.number };
    if (line.fault !== undefined) return { ...place, why: line.fault };
    const bytes = jsonOf(line.bytes);
    if (bytes === undefined) return { ...place, why: 'it is no audit record in Avro' };
    const check = verifyAuditLine(bytes, (partition) => this.#headOf(partition));
    if (check.kind === 'broken') {
      const { kind: _, ...rest } = check;
      return { ...place, ...rest };
    }
    const { partition, head } = check;
    const at = { ...place, partition, index: head.index - 1 };
    const why = this.#startFault(partition, head) ?? this.#committedFault(partition, head);
    if (why !== undefined) return { ...at, why };
    this.heads.set(partition, head);
    this.records += 1;
    return undefined;
  }

  /** A committed head that the records do not reach: the tail was cut off. */
  missingTail(): Break | undefined {
    for (const [partition, head] of this.#committed) {
      const index = this.heads.get(partition)?.index ?? 0;
      if (index >= head.index) continue;
      return { partition, index, why: `the records end before index ${index}, and ${head.index} were committed` };
    }
    return undefined;
  }

  /** The head of a chain; of one that begins, the empty one, or undefined where its start was named. */
  #headOf(partition: number): ChainHead | undefined {
    return this.heads.get(partition) ?? (this.#startOf(partition) === 0 ? EMPTY_CHAIN : undefined);
  }

  #startOf(partition: number): number {
    const starts = this.#starts ?? 0;
    return typeof starts === 'number' ? starts : (starts.get(partition) ?? 0);
  }

  #startFault(partition: number, head: ChainHead): string | undefined {
    const start = this.#startOf(partition);
    if (this.heads.has(partition) || head.index - 1 === start) return undefined;
    return `the chain begins with index ${head.index - 1}, and was to begin with ${start}`;
  }

  #committedFault(partition: number, head: ChainHead): string | undefined {
    const committed = this.#committed.get(partition);
    if (committed === undefined || committed.index !== head.index || committed.hash === head.hash) return undefined;
    return 'its hash is not the one that was committed at its index';
  }
}

/** The record's JSON, which its hash is over; undefined for what begins as one in Avro and is none. */
function jsonOf(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return outputJson(bytes);
  } catch (thrown) {
    if (thrown instanceof RejectedInput) return undefined;
    throw thrown;
  }
}
