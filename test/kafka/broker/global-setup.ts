import type { TestProject } from 'vitest/node';
import { chooseBroker } from './choose-broker.ts';
import { kafkaLibs, kafkaVersion } from './jars.ts';

/**
 * Vitest's hook of the project `kafka`: once a run, before its first file, and not at all when a run has no such file.
 * Returns what ends the broker after the last one.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { shared, stop } = await chooseBroker(process.env);
  if (shared.kind === 'none') {
    const fate = shared.required ? 'fail' : 'are SKIPPED';
    process.stderr.write(`\n*** NO KAFKA BROKER: the tests that need one ${fate}. ${shared.reason}\n\n`);
  } else {
    process.stderr.write(`Kafka for tests: ${shared.brokers.join(',')} (${shared.from})\n`);
  }
  // Where the outside reader finds Kafka's console tools, should there be no kcat.
  if (shared.kind === 'broker' && shared.canStartMore) process.env.KAFKA_TESTS_LIBS ??= kafkaLibs(kafkaVersion());
  project.provide('kafka', shared);
  return stop;
}
