import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AbortedTransaction, CommittedFilter } from '../../../src/kafka/mends/read-committed.ts';
import type { DecodedBatch } from '../../../src/kafka/mends/record-batch-decoder.ts';

/** What producers do to one partition, one after another. Producer 0 is not transactional. */
type Step = { readonly producer: number; readonly act: 'write' | 'commit' | 'abort'; readonly size: number };

interface Transaction extends AbortedTransaction {
  outcome: 'open' | 'commit' | 'abort';
  endOffset: number;
}

/** A batch as it lies in the log, and the transaction that it belongs to. */
interface Written {
  readonly batch: DecodedBatch;
  readonly transaction: Transaction | undefined;
}

const PLAIN = 0;

function batchOf(producerId: number, baseOffset: number, size: number, marker?: 'commit' | 'abort'): DecodedBatch {
  const key = Buffer.from([0, 0, 0, marker === 'abort' ? 0 : 1]);
  return {
    baseOffset,
    lastOffset: baseOffset + size - 1,
    producerId,
    isTransactional: producerId !== PLAIN,
    isControl: marker !== undefined,
    records: () => [{ offset: baseOffset, timestampMs: 0, key: marker === undefined ? null : key, value: null }],
  };
}

/** Plays the steps as a broker would, and says which transaction each batch was of. */
function play(steps: readonly Step[]): {
  readonly log: readonly Written[];
  readonly transactions: readonly Transaction[];
} {
  const log: Written[] = [];
  const transactions: Transaction[] = [];
  const open = new Map<number, Transaction>();
  let offset = 0;
  for (const { producer, act, size } of steps) {
    let transaction = open.get(producer);
    if (act === 'write') {
      if (producer !== PLAIN && transaction === undefined) {
        transaction = { producerId: producer, firstOffset: offset, outcome: 'open', endOffset: -1 };
        open.set(producer, transaction);
        transactions.push(transaction);
      }
      log.push({ batch: batchOf(producer, offset, size), transaction });
      offset += size;
    } else if (transaction !== undefined) {
      Object.assign(transaction, { outcome: act, endOffset: offset });
      open.delete(producer);
      log.push({ batch: batchOf(producer, offset, 1, act), transaction });
      offset += 1;
    }
  }
  return { log, transactions };
}

const arbitraryMiddle: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    producer: fc.integer({ min: 0, max: 4 }),
    act: fc.constantFrom('write', 'write', 'write', 'commit', 'abort'),
    size: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 60 },
);

/** Most logs end with all transactions ended: what follows an open one is not fetched. */
const arbitraryEnd: fc.Arbitrary<Step[]> = fc.oneof(
  fc.constant<Step[]>([]),
  fc
    .array(fc.constantFrom('commit' as const, 'abort' as const), { minLength: 4, maxLength: 4 })
    .map((acts) => acts.map((act, i) => ({ producer: i + 1, act, size: 1 }))),
);
const arbitrarySteps = fc.tuple(arbitraryMiddle, arbitraryEnd).map(([middle, end]) => [...middle, ...end]);
const arbitraryStart = fc.oneof(fc.constant(0), fc.nat(60));

describe('a reader of committed records', () => {
  it('sees what was committed, whoever else writes and aborts between, from wherever it begins', async () => {
    const property = fc.property(arbitrarySteps, arbitraryStart, fc.boolean(), (steps, start, isReversed) => {
      const { log, transactions } = play(steps);
      const lastStable = Math.min(
        ...transactions.filter(({ outcome }) => outcome === 'open').map(({ firstOffset }) => firstOffset),
      );
      const fetched = log.filter(({ batch }) => batch.lastOffset >= start && batch.baseOffset < lastStable);
      const end = fetched.at(-1)?.batch.lastOffset ?? -1;
      // What the broker sends along: the aborted transactions that reach into what it sends.
      const aborted = transactions.filter(({ outcome, firstOffset, endOffset }) => {
        return outcome === 'abort' && endOffset >= start && firstOffset <= end;
      });
      const filter = new CommittedFilter(isReversed ? aborted.toReversed() : aborted);
      const seen = fetched.filter(({ batch }) => filter.admits(batch));
      const committed = fetched.filter(({ batch, transaction }) => {
        return !batch.isControl && (transaction === undefined || transaction.outcome === 'commit');
      });
      expect(seen.map(({ batch }) => batch.baseOffset)).toEqual(committed.map(({ batch }) => batch.baseOffset));
    });
    await fc.assert(property, { seed: 4, numRuns: 1_000 });
  });

  it('sees a transaction that follows an aborted one of the same producer', () => {
    const steps = [
      { producer: 1, act: 'write', size: 2 },
      { producer: 2, act: 'write', size: 1 },
      { producer: 1, act: 'abort', size: 1 },
      { producer: 1, act: 'write', size: 1 },
      { producer: 2, act: 'abort', size: 1 },
      { producer: 1, act: 'commit', size: 1 },
    ] as const;
    const { log, transactions } = play(steps);
    const filter = new CommittedFilter(transactions.filter(({ outcome }) => outcome === 'abort'));
    expect(log.filter(({ batch }) => filter.admits(batch)).map(({ batch }) => batch.baseOffset)).toEqual([4]);
  });

  it('takes a control record that it does not know for no end of an aborted transaction', () => {
    const aborted = batchOf(1, 0, 1);
    const unknown = { ...batchOf(1, 1, 1, 'abort'), records: () => [] };
    const filter = new CommittedFilter([{ producerId: 1, firstOffset: 0 }]);
    const more = batchOf(1, 2, 1);
    expect([aborted, unknown, more].map((batch) => filter.admits(batch))).toEqual([false, false, false]);
  });
});
