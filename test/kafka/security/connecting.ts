import { TollgateError } from '../../../src/domain/errors.ts';
import type { Logger } from '../../../src/domain/log.ts';
import { createKafka, type KafkaClientOptions } from '../../../src/kafka/client.ts';
import { withAdmin } from '../../../src/kafka/topology/admin.ts';
import { recordedLog } from './recorded-log.ts';

const REACH_MS = 6_000;
const NEVER = new AbortController().signal;

/** How a test connects: to one address. */
export interface Way extends Pick<KafkaClientOptions, 'ssl' | 'sasl'> {
  readonly broker: string;
  readonly logger?: Logger;
}

/** Connects as commands do and asks for the cluster; resolves with the number of its nodes. */
export function ask({ broker, logger = recordedLog().logger, ...security }: Way): Promise<number> {
  const kafka = createKafka({ brokers: [broker], clientId: 'security-test', ...security }, logger);
  const reach = { brokers: [broker], connectTimeoutMs: REACH_MS };
  return withAdmin(kafka, reach, NEVER, async (admin) => (await admin.describeCluster()).brokers.length);
}

/** What connecting fails with. */
export async function refusal(way: Way): Promise<TollgateError> {
  try {
    await ask(way);
  } catch (thrown) {
    if (thrown instanceof TollgateError) return thrown;
    throw thrown;
  }
  throw new Error('it was let in');
}
