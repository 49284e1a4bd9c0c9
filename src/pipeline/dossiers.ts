import type { RawRecord } from '../domain/record.ts';
import type { Dossier } from '../lanes/batch.ts';
import type { Charge, Notice } from '../lanes/messages.ts';
import type { OwnedPartition } from './owned-partition.ts';

const NO_NOTICES: readonly Notice[] = [];
const NO_CHARGES: readonly Charge[] = [];

/** Answers the lanes' questions about partitions from what is owned. */
export class Dossiers implements Dossier {
  readonly #find: (partition: number) => OwnedPartition | undefined;

  constructor(find: (partition: number) => OwnedPartition | undefined) {
    this.#find = find;
  }

  /** Given once: a batch that is lost takes them with it, and the takeover that follows writes a notice of its own. */
  notices(partition: number): readonly Notice[] {
    const owned = this.#find(partition);
    if (owned === undefined || owned.notices.length === 0) return NO_NOTICES;
    const taken = owned.notices;
    owned.notices = [];
    return taken;
  }

  hasTrouble(partition: number): boolean {
    return this.#find(partition)?.hasTrouble ?? false;
  }

  charges(partition: number, record: RawRecord): readonly Charge[] {
    return this.#find(partition)?.chargesOf(record) ?? NO_CHARGES;
  }
}
