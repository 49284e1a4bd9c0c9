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

  notices(partition: number): readonly Notice[] {
    return this.#find(partition)?.takeNotices() ?? NO_NOTICES;
  }

  hasTrouble(partition: number): boolean {
    return this.#find(partition)?.hasTrouble ?? false;
  }

  charges(partition: number, record: RawRecord): readonly Charge[] {
    return this.#find(partition)?.chargesOf(record) ?? NO_CHARGES;
  }
}
