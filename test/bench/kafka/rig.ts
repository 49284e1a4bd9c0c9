import { nowUs } from './clock.ts';
import type { Latencies } from './latencies.ts';
import type { LoadOrder, LoadReport, ReadOrder, ReadReport } from './load.ts';
import type { Place } from './place.ts';
import { type Program, startTask } from './program.ts';

/** A time at one rate. */
export interface Phase {
  readonly ratePerSecond: number;
  /** Not counted: the rate has just changed. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What a phase gave. */
export interface PhaseFigures {
  readonly ratePerSecond: number;
  /** From an event's moment until its decision was in a reader's hand. */
  readonly latencies: Latencies;
  /** From an event's moment until it was sent. */
  readonly lateness: Latencies;
}

const READY_TIMEOUT_MS = 30_000;
/** After the last event's moment. */
const GRACE_MS = 60_000;
/** From the orders to the first event. */
const LEAD_US = 100_000;
/** Faster than anything: the load sends as fast as it can. */
const AT_ONCE = 10_000_000;

/** A load and a reader around whatever stands between their topics. */
export class Rig {
  readonly #load: Program;
  readonly #reader: Program;
  #next = 0;

  /** Resolves when both are connected. */
  static async open(place: Place): Promise<Rig> {
    const rig = new Rig(startTask('open-loop', { place }), startTask('arrivals', { place }));
    try {
      await Promise.all([rig.#load.message(READY_TIMEOUT_MS), rig.#reader.message(READY_TIMEOUT_MS)]);
      return rig;
    } catch (thrown) {
      await rig.close();
      throw thrown;
    }
  }

  private constructor(load: Program, reader: Program) {
    this.#load = load;
    this.#reader = reader;
  }

  /** Throws when a decision is missing or came twice. */
  async measure({ ratePerSecond, warmUpMs, measureMs }: Phase): Promise<PhaseFigures> {
    const eventsIn = (ms: number) => Math.max(1, Math.round((ratePerSecond * ms) / 1000));
    const warmUp = eventsIn(warmUpMs);
    const { read, load } = await this.#run(ratePerSecond, warmUp + eventsIn(measureMs), warmUp, warmUpMs + measureMs);
    return { ratePerSecond, latencies: read.latencies, lateness: load.lateness };
  }

  /** Events a second of a backlog's drain, in the part of it in which nothing is sent any more. */
  async drain(events: number): Promise<number> {
    const { read } = await this.#run(AT_ONCE, events, 0, 0);
    return read.arrivalsPerSecond;
  }

  async #run(ratePerSecond: number, events: number, warmUp: number, ms: number) {
    const first = this.#next;
    this.#next += events;
    const timeoutMs = ms + GRACE_MS;
    const reading: ReadOrder = { first, events, measuredFrom: first + warmUp, timeoutMs };
    this.#reader.send(reading);
    const loading: LoadOrder = { ratePerSecond, events, first, startUs: nowUs() + LEAD_US };
    this.#load.send(loading);
    const [load, read] = await Promise.all([
      this.#load.message(timeoutMs) as Promise<LoadReport>,
      this.#reader.message(timeoutMs + GRACE_MS) as Promise<ReadReport>,
    ]);
    if (read.seen !== events || read.doubled > 0) {
      throw new Error(`of ${events} events ${read.seen} decisions were read, ${read.doubled} came twice`);
    }
    return { load, read };
  }

  async close(): Promise<void> {
    await Promise.all([this.#load.stop(), this.#reader.stop()]);
  }
}
