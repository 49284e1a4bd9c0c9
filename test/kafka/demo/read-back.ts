import { writeFileSync } from 'node:fs';
import type { Kafka } from 'kafkajs';
import type { Config } from '../../../src/config/config.ts';
import type { ChainHead } from '../../../src/domain/decision.ts';
import { OUTPUT_KINDS, type OutputKind, outputPath } from '../../../src/files/layout.ts';
import { readChangelog } from '../../../src/kafka/changelog.ts';
import { type KafkaCluster, openCluster } from '../../../src/kafka/kafkajs.ts';
import type { FetchedRecord } from '../../../src/kafka/mends/fetch.ts';
import { endOffsets, readPartition, startOffsets } from '../../../src/kafka/partition-reader.ts';

/**
 * Writes what a run committed into `dir` as a run over files does: a folder a kind, a file a partition, a line a record.
 * Returns where the audit chains end by the changelog of the sessions.
 */
export async function readBack(
  kafka: Kafka,
  { topics }: Config,
  dir: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, ChainHead>> {
  const sources = { decisions: topics.decisions, audit: topics.audit, 'dead-letter': topics.deadLetter };
  const heads = new Map<number, ChainHead>();
  const cluster = await openCluster(kafka);
  try {
    for (let partition = 0; partition < topics.partitions; partition++) {
      for (const kind of OUTPUT_KINDS) {
        const records = await recordsOf(cluster, sources[kind], partition, signal);
        writeFileSync(outputPath(dir, kind, partition), records.map((record) => lineOf(kind, record)).join(''));
      }
      const { meta } = await readChangelog(cluster, topics.sessions, partition, signal);
      if (meta !== undefined) heads.set(partition, meta.chain);
    }
    return heads;
  } finally {
    await cluster.disconnect();
  }
}

async function recordsOf(
  cluster: KafkaCluster,
  topic: string,
  partition: number,
  signal: AbortSignal,
): Promise<readonly FetchedRecord[]> {
  const from = (await startOffsets(cluster, topic, [partition], signal)).get(partition) ?? 0;
  const to = (await endOffsets(cluster, topic, [partition], 'high_watermark', signal)).get(partition) ?? 0;
  const records: FetchedRecord[] = [];
  await readPartition(cluster, { topic, partition, from, to }, (read) => void records.push(...read), signal);
  return records;
}

/** Values as they are; of a dead letter, whose value is no JSON, its headers and its value as text. */
function lineOf(kind: OutputKind, record: FetchedRecord): string {
  const value = Buffer.from(record.value ?? []).toString('utf8');
  if (kind !== 'dead-letter') return `${value}\n`;
  const headers = (record.headers ?? []).map((header) => [header.name, String(Buffer.from(header.value ?? []))]);
  return `${JSON.stringify({ ...Object.fromEntries(headers), value })}\n`;
}
