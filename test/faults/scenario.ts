import type { LoadOptions, LoadRecord } from '../kafka/load/event-load.ts';
import type { FreeStage, Stage } from './stage.ts';

/** A number of the short form, which runs with the tests, and of the long one, which the report is made of. */
export interface ShortAndLong {
  readonly short: number;
  readonly long: number;
}

export type ProxiedShape = 'one-proxied' | 'one-proxied-first' | 'three-proxied' | 'three-proxied-first';

interface Row {
  /** Short, unique: the row of the report. */
  readonly name: string;
  readonly group: 'process' | 'network' | 'hostile' | 'files';
  /** Input records of one run. */
  readonly records: ShortAndLong;
  /** Part of the short form. */
  readonly inShort: boolean;
}

/** Faults that happen to the program while it judges a load on a broker. The runner has it checked from outside. */
export interface Scenario extends Row {
  /**
   * `one-older`: one node of the older line of Kafka that is tested (`open-cluster.ts` says why). `-first`: the brokers offer the
   * first transaction protocol only.
   */
  readonly cluster: 'one' | 'one-older' | 'three' | ProxiedShape;
  /** How fast the load is written, records a second; absent: 500 in the short form, as fast as it goes in the long one (0). */
  readonly eventsPerSecond?: ShortAndLong;
  /** What the load is made of, over the defaults of `event-load.ts`. */
  readonly load?: Partial<LoadOptions>;
  /**
   * What is written in place of the load's nth record, of `records` in all; asked once a record, so that a second delivery is one of
   * what was written.
   */
  readonly mix?: (record: LoadRecord, n: number, records: number) => LoadRecord;
  /**
   * `complete` (default): after `play` everything is settled, all processes end well, and the checker finds every record
   * judged. `own`: `play` sees to its end and tells what it found with `stage.found`; nothing is waited for or checked.
   */
  readonly ending?: 'complete' | 'own';
  /** Makes the faults happen while the load is written and judged; resolves when there will be no more of them. */
  play(stage: Stage): Promise<void>;
  /** Looks, after everything is settled and stopped, at what the checker does not look at; says so with `stage.found`. */
  verify?(stage: Stage): Promise<void>;
}

/** Faults that need no broker: `play` starts, judges and checks by itself. */
export interface FreeScenario extends Row {
  readonly cluster: 'none';
  play(stage: FreeStage): Promise<void>;
}

export type AnyScenario = Scenario | FreeScenario;
