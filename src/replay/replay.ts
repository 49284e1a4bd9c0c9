import type { LanesConfig } from '../config/config.ts';
import type { Logger } from '../domain/log.ts';
import type { LaneOptions } from '../lanes/lane.ts';
import type { Source } from '../pipeline/ports.ts';
import { Processor } from '../pipeline/processor.ts';
import type { Tally } from '../pipeline/tally.ts';
import { ReplayLog, type ReplaySink } from './replay-log.ts';

/** A replay: history in front, a sink behind, and between them what a live run has. */
export interface ReplayOptions {
  readonly source: Source;
  readonly setup: LaneOptions['setup'];
  readonly lanes: LanesConfig;
  readonly logger: Logger;
  readonly sink: ReplaySink;
  readonly signal: AbortSignal;
  readonly onCommit?: ((tally: Tally) => void) | undefined;
  readonly worker?: string | undefined;
}

/** Judges a finite history with the workers of a live run. It makes no audit records: they would say when, and here is no clock. */
export async function replayHistory(options: ReplayOptions): Promise<Tally> {
  const { source, lanes, logger, sink, onCommit, worker } = options;
  const setup = { ...options.setup, audit: undefined };
  const log = new ReplayLog(sink);
  const processor = new Processor({ source, log, setup, lanes, logger, nowMs: () => 0, onCommit, worker });
  try {
    return await processor.run(options.signal);
  } finally {
    await log.close();
  }
}
