import { setTimeout as delay } from 'node:timers/promises';
import { events, type LoadOptions, type LoadRecord } from '../kafka/load/event-load.ts';
import { produceLoad } from '../kafka/load/produce-load.ts';
import { eachRecord, type OutsideReader } from '../kafka/outside/outside-record.ts';
import { outsideReader } from '../kafka/outside/reader.ts';
import type { RunTopics } from '../kafka/outside/run-records.ts';
import type { Load } from './stage.ts';

/** What is written, and how. */
export interface LoadPlan {
  readonly brokers: readonly string[];
  readonly topics: RunTopics;
  readonly seed: number;
  readonly records: number;
  /** 0: as fast as it goes. */
  readonly eventsPerSecond: number;
  readonly options?: Partial<LoadOptions> | undefined;
  /** What is written in place of a record. */
  readonly mix?: ((record: LoadRecord, n: number, records: number) => LoadRecord) | undefined;
  readonly signal: AbortSignal;
}

/** How long the producers wait before they begin anew after a fault. */
const AGAIN_MS = 500;
/** Records in one send: small loads get many transactions, large ones do not spend the machine on them. */
const BATCH = { small: 50, large: 200, from: 20_000 };

/**
 * Writes a load of plain and transactional producers, with aborts. When the brokers are gone longer than the producers are
 * patient it begins anew with what is left: what was lost on the way, or came twice, is input as it lies there, so that how
 * many records count is read from the topics in the end.
 */
export function startLoad(plan: LoadPlan): Load {
  const { mix = same, records } = plan;
  // A second delivery is the same object once more.
  const mixed = new WeakMap<LoadRecord, LoadRecord>();
  let written = 0;
  const counted = (record: LoadRecord) => {
    const other = mixed.get(record) ?? mix(record, written, records);
    mixed.set(record, other);
    written += 1;
    return other;
  };
  const enough = new AbortController();
  const done = write(plan, counted, enough.signal).then(() => countInputs(plan));
  // Whoever waits for it hears of it; who never does must not end the process.
  done.catch(() => undefined);
  return {
    get written() {
      return written;
    },
    done,
    stop: () => enough.abort(),
  };
}

async function write(plan: LoadPlan, counted: (record: LoadRecord) => LoadRecord, enough: AbortSignal): Promise<void> {
  const { brokers, topics, seed, records: count, eventsPerSecond } = plan;
  const signal = AbortSignal.any([plan.signal, enough]);
  const { events: eventTopics, control: controlTopic } = topics;
  const source = events(seed, { count, name: `load${seed}`, eventTopics, controlTopic, ...plan.options });
  const batch = count < BATCH.from ? BATCH.small : BATCH.large;
  for (let spell = 0; !signal.aborted; spell++) {
    const left = leftOf(source, counted);
    try {
      await produceLoad(brokers, left, { seed: seed + spell, eventsPerSecond, batch, signal });
      return;
    } catch {
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

function same(record: LoadRecord): LoadRecord {
  return record;
}

/** What is left of a generator: giving this up does not end it. */
function leftOf(source: Generator<LoadRecord>, counted: (record: LoadRecord) => LoadRecord): Iterable<LoadRecord> {
  const next = (): IteratorResult<LoadRecord> => {
    const result = source.next();
    return result.done === true ? result : { done: false, value: counted(result.value) };
  };
  return { [Symbol.iterator]: () => ({ next }) };
}

/**
 * How many committed records the input topics hold, as a client sees it that is not ours. Brokers that are away may return; a
 * transaction of a producer that gave up is open until the brokers abort it, and hides what lies behind it.
 */
async function countInputs({ brokers, topics, signal }: LoadPlan): Promise<number> {
  const reader = outsideReader(brokers);
  const inputs = [...topics.events, topics.control];
  for (;;) {
    signal.throwIfAborted();
    try {
      if ((await reader.openTransactions(inputs)).length === 0) return await countIn(reader, inputs);
    } catch {
      // Said by what comes of it: without brokers nothing is judged.
    }
    await delay(AGAIN_MS, undefined, { signal });
  }
}

async function countIn(reader: OutsideReader, topics: readonly string[]): Promise<number> {
  let count = 0;
  for (const topic of topics) {
    await eachRecord(reader, topic, undefined, () => {
      count += 1;
    });
  }
  return count;
}
