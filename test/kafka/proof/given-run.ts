import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FaultRun } from '../../faults/fault-run.ts';
import { shortestSessionMs } from '../given-broker.ts';
import { events, type LoadOptions } from '../load/event-load.ts';
import { produceLoad } from '../load/produce-load.ts';
import { eachRecord } from '../outside/outside-record.ts';
import { outsideReader } from '../outside/reader.ts';

/** How often the outputs are looked at while a run goes on, and how long without anything new means that it stands still. */
const LOOK_MS = 250;
const STANDSTILL_MS = 60_000;

/** A run of a test's own on the broker that tests are given: it is written to as the test likes. */
export class GivenRun extends FaultRun {
  readonly #brokers: readonly string[];
  readonly #directory: string;
  #seed = 0;

  constructor(brokers: readonly string[]) {
    const directory = mkdtempSync(join(tmpdir(), 'tollgate-proof-'));
    super({ brokers, directory, sessionTimeoutMs: shortestSessionMs() });
    this.configure({ log: { level: 'warn' } });
    this.#brokers = brokers;
    this.#directory = directory;
  }

  /** Writes a load with plain and transactional producers; returns how many records of it count. */
  async produce(
    count: number,
    options: Partial<LoadOptions> & { readonly eventsPerSecond?: number } = {},
  ): Promise<number> {
    const { eventsPerSecond = 0, ...load } = options;
    const { events: eventTopics, control: controlTopic } = this.topics;
    const seed = ++this.#seed;
    const records = events(seed, { count, name: `load${seed}`, eventTopics, controlTopic, ...load });
    return (await produceLoad(this.#brokers, records, { seed, eventsPerSecond })).records;
  }

  /** Resolves when so many input records are settled, as an outside reader sees it; rejects when nothing moves any more. */
  async settled(records: number): Promise<void> {
    let seen = -1;
    let movedAtMs = Date.now();
    for (;;) {
      const settled = await this.#settledNow();
      if (settled >= records) return;
      if (settled > seen) {
        seen = settled;
        movedAtMs = Date.now();
      }
      if (Date.now() - movedAtMs > STANDSTILL_MS) throw new Error(`${settled} of ${records} records are settled`);
      await delay(LOOK_MS);
    }
  }

  /** Resolves when so many more records are settled than now, or all that there will be. */
  async settledMore(records: number, all: number): Promise<void> {
    await this.settled(Math.min((await this.#settledNow()) + records, all));
  }

  override async close(): Promise<void> {
    await super.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #settledNow(): Promise<number> {
    let settled = 0;
    await eachRecord(outsideReader(this.#brokers), this.topics.audit, undefined, ({ value }) => {
      if (value?.includes('"source":') === true) settled += 1;
    });
    return settled;
  }
}
