/** What adapters report to whoever counts. Calls are cheap and never throw. */
export interface AdapterMetrics {
  /** The group gave out its partitions anew. */
  rebalanced(): void;
  /** A producer was thrown away. `cause` is one of a few words (an error's type), never a message. */
  producerReset(cause: string): void;
  /** Records of a partition's topic, up to its end, that are not committed yet. */
  lag(topic: string, partition: number, behind: number): void;
  /** The partition is another process's now: its lag is not ours to tell. */
  lagGone(topic: string, partition: number): void;
}
