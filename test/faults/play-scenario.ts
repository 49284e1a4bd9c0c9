import { startLoad } from './fault-load.ts';
import { FaultRun } from './fault-run.ts';
import { type PlayOptions, RunBook, type RunResult } from './run-book.ts';
import type { AnyScenario, Scenario } from './scenario.ts';
import { Settling } from './settling.ts';
import type { Cluster, Stage } from './stage.ts';
import { openWatcher, type Watcher } from './watcher.ts';

/** Runs a scenario once, and everything that is to be checked of it. Rejects only when `signal` aborts. */
export async function playScenario(
  scenario: AnyScenario,
  cluster: Cluster | undefined,
  options: PlayOptions,
): Promise<RunResult> {
  const book = new RunBook(scenario, options);
  try {
    if (scenario.cluster === 'none') await scenario.play(book.stage);
    else if (cluster !== undefined) await playOnCluster(scenario, cluster, book);
  } catch (thrown) {
    if (options.signal.aborted) book.discard();
    options.signal.throwIfAborted();
    book.found(
      'stood_still',
      scenario.name,
      thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    );
  }
  return book.close();
}

async function playOnCluster(scenario: Scenario, cluster: Cluster, book: RunBook): Promise<void> {
  const { directory } = book.stage;
  const { sessionTimeoutMs } = book.options;
  const { brokers, connect } = cluster;
  const run = new FaultRun({ brokers, connect, directory, ...(sessionTimeoutMs && { sessionTimeoutMs }) });
  const over = new AbortController();
  try {
    await run.createTopics();
    const stage = await underWatch(scenario, { cluster, run, book, over });
    if (scenario.ending !== 'own') await scenario.verify?.(stage);
  } finally {
    over.abort();
    for (const sentence of run.badEndings) book.found('ended_badly', scenario.name, sentence);
    await run.close();
  }
}

/** What a run on a cluster is made of. */
interface Place {
  readonly cluster: Cluster;
  readonly run: FaultRun;
  readonly book: RunBook;
  readonly over: AbortController;
}

/** Load, faults and all that follows, until everything is settled and stopped; a reader looks on. */
async function underWatch(scenario: Scenario, { cluster, run, book, over }: Place): Promise<Stage> {
  const { brokers } = cluster;
  const { topics, partitions } = run;
  const { records, seed } = book.stage;
  const signal = AbortSignal.any([book.options.signal, over.signal]);
  const watcher = openWatcher({ brokers, topics, partitions });
  try {
    const { load: options, mix } = scenario;
    const eventsPerSecond = rateOf(scenario, book.options);
    const load = startLoad({ brokers, topics, seed, records, eventsPerSecond, options, mix, signal });
    const progress = new Settling({ watcher, load, records, signal, hopeless: () => run.hopeless() });
    const stage: Stage = { ...book.stage, signal, run, cluster, load, progress };
    await scenario.play(stage);
    if (scenario.ending === 'own') return stage;
    await progress.until(await load.done);
    await run.stopAll();
    await check(run, watcher, book, true);
    return stage;
  } catch (thrown) {
    book.options.signal.throwIfAborted();
    // What stood still may be wrong in other ways, too.
    await run.killAll();
    if (scenario.ending !== 'own') await check(run, watcher, book, false).catch(() => undefined);
    throw thrown;
  } finally {
    await watcher.close();
    const { longestStandstillMs, violations, further, restarts } = watcher;
    book.standstill(longestStandstillMs);
    for (const sentence of violations) book.found('seen_while_running', scenario.name, sentence);
    if (further > 0) book.found('seen_while_running', scenario.name, `and ${further} more`);
    if (restarts > 0) book.stage.note('readers started again', restarts);
  }
}

/** The checker, and then the watcher: what was seen while running must be what lies there now. */
async function check(run: FaultRun, watcher: Watcher, book: RunBook, isComplete: boolean): Promise<void> {
  const { violations, further, counts, heads } = await run.check(isComplete);
  for (const { kind, place, sentence } of violations) book.found(kind, place, sentence);
  if (further > 0) book.found('not_as_expected', 'checker', `${further} more violations`);
  book.events(counts.inputs);
  await watcher.conclude(heads);
}

function rateOf({ eventsPerSecond = { short: 500, long: 0 } }: Scenario, { isShort }: PlayOptions): number {
  return isShort ? eventsPerSecond.short : eventsPerSecond.long;
}
