import { parseTime } from './codec/parse-time.ts';
import { partitionOf } from './codec/partition-of.ts';
import { topLevelString } from './codec/record-key.ts';
import type { Config } from './config/config.ts';
import { TollgateError } from './domain/errors.ts';
import type { LogFields, Logger } from './domain/log.ts';
import type { AdapterMetrics } from './domain/metrics.ts';
import type { FileCodec } from './files/line-facts.ts';
import { openFileLog } from './files/log.ts';
import { openFileSource } from './files/source.ts';
import { openKafkaAdapter } from './kafka/adapter.ts';
import { createKafka } from './kafka/client.ts';
import { openSchemaRegistry } from './kafka/schema-registry/open-schema-registry.ts';
import { checkTopology } from './kafka/topology/topology.ts';
import type { Operations } from './ops/operations.ts';
import { timedLog } from './ops/timed-log.ts';
import { listPolicies } from './pipeline/list-policies.ts';
import type { CrashHook, Source, StateLog } from './pipeline/ports.ts';
import { prepareSetup } from './pipeline/prepare.ts';
import { Processor } from './pipeline/processor.ts';
import { Tally } from './pipeline/tally.ts';

/** What files need of the event's formats to find partitions and times in lines and records that they do not decode. */
export const FILE_CODEC: FileCodec = {
  topLevelString,
  partitionOf,
  parseTime,
  // Only who has such files needs the library behind it.
  avroRecords: async (schemaText) => (await import('./codec/avro-records.ts')).avroRecords(schemaText),
};

/** How a processor is run, beside its configuration. */
export interface RunOptions {
  /** True: end with the input. False: follow it until the signal aborts. */
  readonly once: boolean;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onCommit?: (tally: Tally) => void;
  /** Told of everything that operators may ask about. */
  readonly operations?: Operations | undefined;
  /** Tests stop the process at named points of a commit. */
  readonly crashHook?: CrashHook | undefined;
}

/** The world that a processor works on, opened. */
interface World {
  readonly source: Source;
  readonly log: StateLog;
  readonly partitions: number;
  /** Where it is, for the log. */
  readonly place: LogFields;
  close(): Promise<void>;
}

/** For runs that nobody asks about. */
const UNCOUNTED: AdapterMetrics = {
  rebalanced: () => undefined,
  producerReset: () => undefined,
  lag: () => undefined,
  lagGone: () => undefined,
};

/**
 * Runs the processor that the configuration describes, from its restored state until the signal aborts or the input
 * ends; resolves with what was counted when everything in hand is committed.
 */
export async function runProcessor(config: Config, options: RunOptions): Promise<Tally> {
  const { logger, signal, operations } = options;
  const world = await unlessStopped(openWorld(config, options), signal);
  if (world === undefined) return new Tally();
  try {
    const setup = await unlessStopped(prepareSetup(config, world.partitions, signal), signal);
    if (setup === undefined) return new Tally();
    operations?.policiesLoaded(listPolicies(setup));
    const processor = new Processor({
      source: world.source,
      log: operations === undefined ? world.log : timedLog(world.log, operations),
      setup: { ...setup, output: config.output },
      lanes: config.lanes,
      logger,
      nowMs: Date.now,
      commitIntervalMs: config.kafka?.commitIntervalMs,
      onCommit: options.onCommit,
      observer: operations,
    });
    logger.info({ ...world.place, policy_revision: setup.revision }, 'starting');
    const tally = await processor.run(signal);
    logger.info({ records: tally.records, decisions: tally.decisions, commits: tally.commits }, 'stopped');
    return tally;
  } finally {
    await world.close();
  }
}

/** Undefined when the signal ended it: who is stopped before anything was read has nothing to commit, and did not fail. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    if (signal.aborted && TollgateError.from(thrown).code === 'aborted') return undefined;
    throw thrown;
  }
}

function openWorld(config: Config, options: RunOptions): Promise<World> {
  return config.kafka === undefined ? openFiles(config, options) : openKafka(config, options);
}

async function openFiles({ files, path, limits }: Config, { crashHook, once }: RunOptions): Promise<World> {
  if (files === undefined) {
    throw new TollgateError('config_invalid', 'nothing says where events come from', {
      where: path,
      next: 'give `kafka: { brokers: […] }`, or `files: { in: …, out: … }`',
    });
  }
  const { in: events, control, out: dir, partitions } = files;
  const log = await openFileLog({ dir, partitions, ...(crashHook === undefined ? undefined : { crashHook }) });
  const maxLineBytes = limits.maxEventBytes;
  const source = openFileSource({ events, control, partitions, codec: FILE_CODEC, maxLineBytes, follow: !once });
  return { source, log, partitions, place: { in: events, out: dir }, close: () => log.close() };
}

async function openKafka(config: Config, options: RunOptions): Promise<World> {
  const { kafka, topics, path } = config;
  const { logger, signal, operations, crashHook, once } = options;
  if (kafka === undefined) throw new RangeError('a configuration without Kafka');
  if (once) {
    throw new TollgateError('usage', 'topics have no end: --once is for files', {
      where: path,
      next: 'leave --once away, or judge what a topic holds with `tollgate replay kafka:TOPIC`',
    });
  }
  const { partitions, maxMessageBytes, warnings } = await checkTopology(
    createKafka(kafka, logger),
    config,
    kafka,
    signal,
  );
  for (const { topics: about, message, next } of warnings) logger.warn({ topics: about, next }, message);
  const { fetchWaitMs: maxWaitMs, fetchBytesPerPartition: bytesPerPartition, maxFetchBytes: maxBytes } = kafka;
  const { events, control, decisions, audit, deadLetter, sessions } = topics;
  const registry = openSchemaRegistry(config.schemaRegistry, logger);
  const adapter = await openKafkaAdapter({
    ...kafka,
    client: kafka,
    eventTopics: events,
    controlTopic: control,
    outputs: { decisions, audit, deadLetter, sessions },
    form: { format: config.output, cloudEvents: config.cloudEvents },
    maxBatchBytes: maxMessageBytes,
    fetch: { maxWaitMs, bytesPerPartition, maxBytes },
    logger,
    metrics: operations?.metrics ?? UNCOUNTED,
    crashHook,
  });
  const place = { brokers: kafka.brokers, group: kafka.groupId, topics: [...events, control] };
  const close = () => {
    registry.close();
    return adapter.close();
  };
  return { source: registry.before(adapter.source), log: adapter.log, close, partitions, place };
}
