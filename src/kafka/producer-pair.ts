import type { KafkaCluster } from './kafkajs.ts';
import { openProducer } from './open-producer.ts';
import type { TransactionalProducer, TransactionOptions, TransactionStep, WrittenBatch } from './transaction.ts';
import type { ProtocolName } from './transaction-protocol.ts';

/** What follows the name that both producers share. `a` comes first: it is as old as the name. */
const SUFFIXES = ['-a', '-b'] as const;

/** The transactional ids of a process. What may use them needs the right to both. */
function transactionalIds(name: string): readonly string[] {
  return SUFFIXES.map((suffix) => `${name}${suffix}`);
}

/**
 * Two transactional producers that take turns. A broker ends a transaction in two steps: EndTxn is answered when its fate
 * is settled, the markers that show it to readers are written after that, and until then the same producer's next
 * transaction is refused (CONCURRENT_TRANSACTIONS). The other one's begins at once.
 *
 * 1. One transaction at a time: the caller begins none before the last one was answered.
 * 2. When one producer failed, both are thrown away: what comes next is opened anew, which fences both.
 */
export class ProducerPair {
  readonly #producers: readonly TransactionalProducer[];
  #turns = 0;

  constructor(producers: readonly TransactionalProducer[]) {
    this.#producers = producers;
  }

  /** What each of them was opened with. */
  get protocols(): readonly ProtocolName[] {
    return this.#producers.map(({ protocol }) => protocol);
  }

  /** As `TransactionalProducer.commit`. */
  commit(
    work: Parameters<TransactionalProducer['commit']>[0],
    signal: AbortSignal,
    onStep?: (step: TransactionStep) => void,
  ): Promise<readonly WrittenBatch[]> {
    const producer = this.#producers[this.#turns++ % this.#producers.length] as TransactionalProducer;
    return producer.commit(work, signal, onStep);
  }
}

/** Opens both: from here on whoever had these ids before can commit nothing. Throws what `openProducer` throws. */
export async function openPair(
  cluster: KafkaCluster,
  { transactionalName, ...options }: PairOptions,
  signal: AbortSignal,
): Promise<ProducerPair> {
  const opening = transactionalIds(transactionalName).map((transactionalId) => {
    return openProducer(cluster, { ...options, transactionalId }, signal);
  });
  // Both are awaited, also when one fails: nothing may be on its way that fences what is opened next.
  await Promise.allSettled(opening);
  return new ProducerPair(await Promise.all(opening));
}

/** `transactionalName`: what both transactional ids begin with. */
export interface PairOptions extends Omit<TransactionOptions, 'transactionalId'> {
  readonly transactionalName: string;
}
