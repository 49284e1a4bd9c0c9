import type { Kafka } from 'kafkajs';
import type { Config } from '../config/config.ts';
import { loadPolicyConfig } from '../config/load-config.ts';
import { TollgateError } from '../domain/errors.ts';
import { HistoryReader } from '../kafka/history/reader.ts';
import { findHistory } from '../kafka/history/topics.ts';
import { openSchemaRegistry } from '../kafka/schema-registry/open-schema-registry.ts';
import { createLogger } from '../ops/log.ts';
import { HistorySource } from '../replay/history-source.ts';
import { readRecordedHistory } from '../replay/recorded-history.ts';
import { openKafka } from './kafka-connection.ts';
import { startProgress } from './progress.ts';
import { readRecorded } from './recorded-file.ts';
import type { ReplayFlags } from './replay-flags.ts';
import { judgeHistory } from './replay-judging.ts';
import { remarkNotes, startNotes } from './replay-notes.ts';
import { RECORDS, ReplayOutput } from './replay-output.ts';
import { planReplay, type ReplayPlan } from './replay-plan.ts';
import { stopSignal } from './stop-signal.ts';
import type { Terminal } from './terminal.ts';

/**
 * `tollgate replay kafka:TOPIC[,TOPIC]`: judges what the topics hold now, in the order in which a live run judged it.
 * Throws `input_unreadable` at the end when records could not be read.
 */
export async function replayTopics(named: readonly string[], flags: ReplayFlags, terminal: Terminal): Promise<void> {
  const config = loadPolicyConfig(flags.config, terminal.env);
  const { kafka, reach } = openKafka(config);
  const stop = stopSignal();
  const { signal } = stop;
  try {
    const plan = await planReplay(named, flags, config, (names) => findHistory(kafka, names, reach, signal));
    await replayPlanned(plan, { config, kafka, flags, terminal, signal });
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    stop.release();
  }
  if (signal.aborted) throw new TollgateError('aborted', 'the replay was stopped before its end');
}

interface Surroundings {
  readonly config: Config;
  readonly kafka: Kafka;
  readonly flags: ReplayFlags;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function replayPlanned(
  plan: ReplayPlan,
  { config, kafka, flags, terminal, signal }: Surroundings,
): Promise<void> {
  const { topics, partitions, chosen } = plan;
  const history = await HistoryReader.open(kafka, plan.opened, chosen, signal);
  const output = new ReplayOutput(flags, terminal, { ...RECORDS, where: plan.inputs.join(', ') }, signal);
  try {
    const stretches = plan.inputs.flatMap((topic) => chosen.map((partition) => history.stretch(topic, partition)));
    const records = stretches.reduce((sum, { from, to }) => sum + to - from, 0);
    terminal.err.write(startNotes(plan, records));
    const recorded =
      plan.recorded.kind === 'topic'
        ? await readRecordedHistory(history, plan.recorded.topic, chosen, signal)
        : await readRecordedFile(plan.recorded);
    const source = new HistorySource({ history, topics, partitions: chosen });
    const registry = openSchemaRegistry(config.schemaRegistry, createLogger('warn'));
    const progress = startProgress(terminal.err, records, 'records');
    const onCommit = (tally: { readonly records: number }) => progress.update(tally.records);
    try {
      await judgeHistory({
        config,
        source: registry.before(source),
        partitions,
        recorded,
        output,
        terminal,
        signal,
        onCommit,
      });
    } finally {
      registry.close();
      progress.stop();
    }
    if (!signal.aborted) terminal.err.write(remarkNotes(source.remarks, topics.audit));
  } finally {
    await output.close();
    await history.close();
  }
  if (!signal.aborted) output.finish();
}

async function readRecordedFile(recorded: Exclude<ReplayPlan['recorded'], { readonly kind: 'topic' }>) {
  return recorded.kind === 'file' ? await readRecorded(recorded.path) : undefined;
}
