import type { Logger } from '../domain/log.ts';
import type { CrashHook } from '../pipeline/ports.ts';
import type { KafkaCluster } from './kafkajs.ts';
import type { KnownTopics } from './known-topics.ts';
import type { Member } from './membership.ts';
import type { PlanOptions } from './plan-transaction.ts';
import type { PairOptions } from './producer-pair.ts';
import type { StartPositions } from './start-positions.ts';
import type { NextOffset } from './transaction-protocol.ts';

/** The membership that work is done under; `Membership` is one. */
export interface Members {
  /** The membership of that epoch, while it lasts. */
  memberOf(epoch: number): Member | undefined;
  /** The one that holds now. */
  readonly current: Member | undefined;
  /** A broker said that it is over. */
  lost(member: Member): void;
}

export interface KafkaLogOptions {
  /** For transactions; restoring reads through `readers`, so that long reads and commits do not wait for each other. */
  readonly cluster: KafkaCluster;
  readonly readers: KafkaCluster;
  readonly members: Members;
  /** Where a partition's topics begin that were never read. */
  readonly starts: Pick<StartPositions, 'complete'>;
  /** What the positions are positions of. */
  readonly knownTopics: Pick<KnownTopics, 'restored'>;
  readonly transaction: PairOptions;
  readonly plan: PlanOptions;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Told why a producer was thrown away. */
  readonly onReset: (cause: string) => void;
  /** Told what the group's offsets are now. */
  readonly onCommitted: (offsets: readonly NextOffset[]) => void;
  readonly crashHook?: CrashHook | undefined;
}
