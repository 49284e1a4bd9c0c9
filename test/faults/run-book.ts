import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../../src/codec/package-file.ts';
import { seeded } from '../kafka/load/random.ts';
import type { FaultKind } from './fault-kind.ts';
import type { AnyScenario } from './scenario.ts';
import type { FreeStage } from './stage.ts';

const NO_WORD = /[^a-z0-9]+/g;

/** One thing that is wrong. */
export interface Finding {
  readonly kind: FaultKind;
  readonly place: string;
  readonly sentence: string;
}

/** What came of one run of a scenario. */
export interface RunResult {
  readonly scenario: string;
  readonly seed: number;
  /** Input records that counted. */
  readonly events: number;
  readonly findings: readonly Finding[];
  readonly longestStandstillMs: number;
  /** Facts of the scenario's own, by name: what is added up over several runs, and what the largest counts of. */
  readonly notes: ReadonlyMap<string, number>;
  readonly peaks: ReadonlyMap<string, number>;
  readonly tookMs: number;
  /** Where configurations, logs and findings lie, when something was found. */
  readonly evidence: string | undefined;
}

/** How one run is made. */
export interface PlayOptions {
  readonly seed: number;
  readonly isShort: boolean;
  readonly signal: AbortSignal;
  /** Keeps configurations and logs of sound runs, too. */
  readonly keeps?: boolean;
  /** Of a group's member: brokers that are not ours may allow no less than 6 s. */
  readonly sessionTimeoutMs?: number;
}

/** Git looks away from `out`. */
function evidenceDirectory(): string {
  const directory = packageFile('out', 'faults');
  mkdirSync(directory, { recursive: true });
  return directory;
}

function slugOf(name: string): string {
  return name.toLowerCase().replaceAll(NO_WORD, '-');
}

/** What is known of one run while it goes on, and where it is kept. */
export class RunBook {
  readonly stage: FreeStage;
  readonly options: PlayOptions;
  readonly #scenario: AnyScenario;
  readonly #findings: Finding[] = [];
  readonly #notes = new Map<string, number>();
  readonly #peaks = new Map<string, number>();
  readonly #startedMs = Date.now();
  #events = 0;
  #longestStandstillMs = 0;

  constructor(scenario: AnyScenario, options: PlayOptions) {
    const { seed, isShort, signal } = options;
    const random = seeded(seed);
    this.#scenario = scenario;
    this.options = options;
    const directory = mkdtempSync(join(evidenceDirectory(), `${slugOf(scenario.name)}-${seed}-`));
    const records = isShort ? scenario.records.short : scenario.records.long;
    this.stage = {
      random: () => random.next(),
      seed,
      records,
      isShort,
      signal,
      directory,
      found: (kind, place, sentence) => this.found(kind, place, sentence),
      note: (name, amount) => this.#notes.set(name, (this.#notes.get(name) ?? 0) + amount),
      peak: (name, amount) => this.#peaks.set(name, Math.max(this.#peaks.get(name) ?? 0, amount)),
      judged: (events) => this.events(events),
      stoodStill: (ms) => this.standstill(ms),
    };
  }

  found(kind: FaultKind, place: string, sentence: string): void {
    this.#findings.push({ kind, place, sentence });
  }

  events(count: number): void {
    this.#events += count;
  }

  standstill(ms: number): void {
    this.#longestStandstillMs = Math.max(this.#longestStandstillMs, ms);
  }

  /** Of a run that somebody ended nothing is kept. */
  discard(): void {
    rmSync(this.stage.directory, { recursive: true, force: true });
  }

  /** What came of it; files are kept where something was found. */
  close(): RunResult {
    const { seed, directory } = this.stage;
    const result = {
      scenario: this.#scenario.name,
      seed,
      events: this.#events,
      findings: this.#findings,
      longestStandstillMs: this.#longestStandstillMs,
      notes: this.#notes,
      peaks: this.#peaks,
      tookMs: Date.now() - this.#startedMs,
    };
    if (this.#findings.length === 0 && this.options.keeps !== true) {
      this.discard();
      return { ...result, evidence: undefined };
    }
    const kept = { ...result, notes: Object.fromEntries(this.#notes), peaks: Object.fromEntries(this.#peaks) };
    writeFileSync(join(directory, 'findings.json'), `${JSON.stringify(kept, undefined, 2)}\n`);
    return { ...result, evidence: directory };
  }
}
