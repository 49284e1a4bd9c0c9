import { parseTime } from './codec/parse-time.ts';
import { partitionOf } from './codec/partition-of.ts';
import { topLevelString } from './codec/record-key.ts';
import type { Config, FilesConfig } from './config/config.ts';
import { TollgateError } from './domain/errors.ts';
import type { Logger } from './domain/log.ts';
import type { LineCodec } from './files/line-facts.ts';
import { openFileLog } from './files/log.ts';
import { openFileSource } from './files/source.ts';
import type { CrashHook, StateLog } from './pipeline/ports.ts';
import { prepareSetup } from './pipeline/prepare.ts';
import { Processor } from './pipeline/processor.ts';
import type { Tally } from './pipeline/tally.ts';

/** What files need of the event format to find partitions and times in lines that they do not decode. */
export const LINE_CODEC: LineCodec = { topLevelString, partitionOf, parseTime };

/** How a processor is run, beside its configuration. */
export interface RunOptions {
  /** True: end with the input. False: follow it until the signal aborts. */
  readonly once: boolean;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onCommit?: (tally: Tally) => void;
  /** Tests stop the process at named points of a commit. */
  readonly crashHook?: CrashHook | undefined;
}

/**
 * Runs the processor that the configuration describes, from its restored state until the signal aborts or the input
 * ends; resolves with what was counted when everything in hand is committed.
 */
export async function runProcessor(config: Config, options: RunOptions): Promise<Tally> {
  const files = filesOf(config);
  const { logger, signal } = options;
  const setup = await prepareSetup(config, files.partitions, signal);
  const log = await openLog(files, options);
  try {
    const source = openFileSource({
      events: files.in,
      control: files.control,
      partitions: files.partitions,
      codec: LINE_CODEC,
      maxLineBytes: config.limits.maxEventBytes,
      follow: !options.once,
    });
    const { lanes } = config;
    const processor = new Processor({
      source,
      log,
      setup,
      lanes,
      logger,
      nowMs: Date.now,
      onCommit: options.onCommit,
    });
    logger.info({ in: files.in, out: files.out, policy_revision: setup.revision }, 'starting');
    const tally = await processor.run(signal);
    logger.info({ records: tally.records, decisions: tally.decisions, commits: tally.commits }, 'stopped');
    return tally;
  } finally {
    await log.close();
  }
}

function openLog(files: FilesConfig, { crashHook }: RunOptions): Promise<StateLog> {
  const { out: dir, partitions } = files;
  return openFileLog({ dir, partitions, ...(crashHook === undefined ? undefined : { crashHook }) });
}

function filesOf(config: Config): FilesConfig {
  if (config.files !== undefined) return config.files;
  throw new TollgateError('not_built_yet', 'reading from Kafka is not built yet', {
    where: `${config.path}: kafka`,
    next: 'give `files: { in: …, out: … }` in place of `kafka:`',
  });
}
