import { outputJson } from '../codec/output-avro.ts';
import type { RecordedVerdicts } from '../judge/evaluate.ts';
import type { History } from './history.ts';
import { RecordedCollector } from './recorded-verdicts.ts';

/** What the collector takes has one of these codes, and stands in the bytes as it is: we wrote them. */
const CODES = ['timeout', 'worker_died'] as const;

/**
 * Reads a topic of decisions for what replay must take from them. Decisions that cannot hold any of it are not parsed.
 * Throws `input_unreadable` for a record that is no decision.
 */
export async function readRecordedHistory(
  history: History,
  topic: string,
  partitions: readonly number[],
  signal: AbortSignal,
): Promise<Map<string, RecordedVerdicts>> {
  const collector = new RecordedCollector(topic);
  for (const partition of partitions) {
    const cursor = history.read(history.stretch(topic, partition), signal);
    for (let records = await cursor.read(); records !== undefined; records = await cursor.read()) {
      for (const { value } of records) if (value !== null && mayHold(value)) collector.add(outputJson(value));
    }
  }
  return collector.byEvent;
}

function mayHold(value: Uint8Array): boolean {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return CODES.some((code) => bytes.includes(code));
}
