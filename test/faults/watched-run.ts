import type { Head } from '../kafka/outside/chain-head.ts';
import { type OutsideRecord, placeFrom } from '../kafka/outside/outside-record.ts';
import type { RunTopics } from '../kafka/outside/run-records.ts';
import { Findings } from '../kafka/outside/violation.ts';
import type { SeenProgress } from './progress.ts';
import { WatchedPartition } from './watcher-partition.ts';

/** Checks the records of a run as they are read, each topic at its own pace: the whole of the watcher but for reading. */
export class WatchedRun {
  readonly findings = new Findings();
  readonly partitions: readonly WatchedPartition[];
  readonly #topics: RunTopics;
  readonly #progress: SeenProgress;

  constructor(topics: RunTopics, partitions: number, progress: SeenProgress) {
    this.#topics = topics;
    this.#progress = progress;
    this.partitions = Array.from({ length: partitions }, (_, n) => new WatchedPartition(n, topics, this.findings));
  }

  /** The next record of a topic's partition. Of input only the place is looked at. */
  see(topic: string, record: OutsideRecord): void {
    const { audit, decisions, deadLetter } = this.#topics;
    if (topic === deadLetter) this.#seeLetter(record);
    else if (topic === audit) this.#seeAudit(record);
    else if (topic === decisions) this.#partition(record.partition)?.decision(record);
    else this.#seeInput(topic, record);
  }

  /** Whether the audit was seen up to these heads, and all that was seen has its counterpart. */
  isEvenAt(heads: readonly Head[]): boolean {
    return this.partitions.every((partition, n) => partition.isEvenAt(heads[n]?.index ?? 0));
  }

  /** Nothing more will come. */
  end(heads: readonly Head[]): void {
    for (const [n, partition] of this.partitions.entries()) partition.end(heads[n]);
  }

  #seeInput(topic: string, { partition, offset }: OutsideRecord): void {
    this.#partition(partition)?.input(topic, offset);
    this.#progress.inputSeen();
  }

  #seeAudit(record: OutsideRecord): void {
    const partition = this.#partition(record.partition);
    if (partition?.audit(record) === true) this.#progress.settledSeen();
  }

  /** A dead letter may lie in another partition than its input. */
  #seeLetter({ partition, offset, headers }: OutsideRecord): void {
    const source = placeFrom(headers.get('tollgate_source'));
    const place = `${this.#topics.deadLetter}/${partition}/${offset}`;
    const owner = source === undefined ? undefined : this.#partition(source.partition);
    if (source === undefined || owner === undefined) this.findings.add('unfounded', place, 'it names no input');
    else owner.deadLetter(source, place);
  }

  #partition(index: number): WatchedPartition | undefined {
    return this.partitions[index];
  }
}
