import { loadPolicyConfig } from '../config/load-config.ts';
import { TollgateError } from '../domain/errors.ts';
import { HistoryReader } from '../kafka/history/reader.ts';
import { findHistory } from '../kafka/history/topics.ts';
import type { AuditLine } from './audit-source.ts';
import { openKafka } from './kafka-connection.ts';
import { stopSignal } from './stop-signal.ts';
import type { Terminal } from './terminal.ts';

/** What topics of audit records hold now, as committed, partition by partition. A record's number is its offset. */
export async function* auditRecords(
  topics: readonly string[],
  configPath: string,
  terminal: Terminal,
): AsyncGenerator<AuditLine> {
  const { kafka, reach } = openKafka(loadPolicyConfig(configPath, terminal.env));
  const stop = stopSignal();
  const { signal } = stop;
  try {
    const { partitions } = await findHistory(kafka, { inputs: topics, beside: [] }, reach, signal);
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const opened = topics.map((topic) => ({ topic, end: 'last_stable' }) as const);
    const history = await HistoryReader.open(kafka, opened, all, signal);
    try {
      for (const topic of topics) for (const partition of all) yield* recordsOf(history, { topic, partition }, signal);
    } finally {
      await history.close();
    }
  } catch (thrown) {
    if (signal.aborted) throw new TollgateError('aborted', 'the check was stopped before its end');
    throw thrown;
  } finally {
    stop.release();
  }
}

async function* recordsOf(
  history: HistoryReader,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  signal: AbortSignal,
): AsyncGenerator<AuditLine> {
  const source = `${topic}/${partition}`;
  const cursor = history.read(history.stretch(topic, partition), signal);
  for (let records = await cursor.read(); records !== undefined; records = await cursor.read()) {
    for (const { offset, value } of records) yield { source, number: offset, bytes: Buffer.from(value ?? []) };
  }
}
