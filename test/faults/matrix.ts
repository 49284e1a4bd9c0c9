import { openCluster } from './open-cluster.ts';
import { playScenario } from './play-scenario.ts';
import type { RunResult } from './run-book.ts';
import type { AnyScenario } from './scenario.ts';
import type { Cluster } from './stage.ts';

/** How the matrix is run. */
export interface MatrixOptions {
  readonly scenarios: readonly AnyScenario[];
  readonly isShort: boolean;
  /** The long form goes on until both are reached; each scenario is run once at least. */
  readonly minutes: number;
  readonly events: number;
  /** Each run has a seed of its own, made of this one. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly keeps: boolean;
  onRun(result: RunResult): void;
}

/** Runs of one scenario have seeds this far apart. */
const SEED_STEP = 1_000;
const MINUTE_MS = 60_000;

/** Runs every scenario, round after round; resolves with what came of each run, when `signal` aborts of those until then. */
export async function runMatrix(options: MatrixOptions): Promise<readonly RunResult[]> {
  const { scenarios, signal, isShort, keeps, onRun } = options;
  const results: RunResult[] = [];
  const endsMs = Date.now() + options.minutes * MINUTE_MS;
  const isEnough = () =>
    isShort || (Date.now() >= endsMs && results.reduce((sum, { events }) => sum + events, 0) >= options.events);
  const ordered = byCluster(scenarios);
  const brokers = new Brokers();
  try {
    for (let round = 0; round === 0 || !isEnough(); round++) {
      for (const [index, scenario] of ordered.entries()) {
        if (round > 0 && isEnough()) break;
        signal.throwIfAborted();
        const cluster = scenario.cluster === 'none' ? undefined : await brokers.of(scenario.cluster);
        const seed = options.seed + round * SEED_STEP + index;
        const result = await playScenario(scenario, cluster, { seed, isShort, signal, keeps });
        if (result.findings.length > 0) await brokers.stop();
        results.push(result);
        onRun(result);
      }
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    await brokers.stop();
  }
  return results;
}

/** Those on the same brokers one after another. */
function byCluster(scenarios: readonly AnyScenario[]): readonly AnyScenario[] {
  const shapes = [...new Set(scenarios.map(({ cluster }) => cluster))];
  return shapes.flatMap((shape) => scenarios.filter(({ cluster }) => cluster === shape));
}

/** The brokers of the moment: one cluster at a time, kept while the next scenario wants the same. */
class Brokers {
  #shape: string | undefined;
  #cluster: Cluster | undefined;

  async of(shape: Exclude<AnyScenario['cluster'], 'none'>): Promise<Cluster> {
    if (this.#cluster !== undefined && this.#shape === shape) return this.#cluster;
    await this.stop();
    this.#cluster = await openCluster(shape);
    this.#shape = shape;
    return this.#cluster;
  }

  /** Also after a run in which something was found: what it left behind must not be found again. */
  async stop(): Promise<void> {
    const cluster = this.#cluster;
    this.#cluster = undefined;
    await cluster?.stop();
  }
}
