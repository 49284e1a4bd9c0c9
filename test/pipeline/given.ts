import type { LanesConfig } from '../../src/config/config.ts';
import type { Logger } from '../../src/domain/log.ts';
import type { LaneOptions } from '../../src/lanes/lane.ts';
import { Processor, type ProcessorOptions } from '../../src/pipeline/processor.ts';
import type { MemoryAdapter } from '../contract/memory-adapter.ts';
import { BUILT_WORKER } from '../lanes/given.ts';

export const LANES: LanesConfig = { count: 2, batchEvents: 64, batchBytes: 1 << 20, queueBytes: 16 << 20 };

export const SILENT: Logger = { debug: none, info: none, warn: none, error: none };

function none(): void {
  // A test reads outputs, not logs.
}

/** A processor over an adapter in memory, with built workers. It ends with the input. */
export function aProcessor(
  adapter: MemoryAdapter,
  setup: LaneOptions['setup'],
  options: Partial<ProcessorOptions> = {},
): Processor {
  return new Processor({
    source: adapter.openSource({ finite: true }),
    log: adapter.openLog(),
    setup,
    lanes: LANES,
    logger: SILENT,
    nowMs: () => 0,
    worker: BUILT_WORKER,
    ...options,
  });
}

/** All committed decisions, partition after partition. */
export function decisionsOf(adapter: MemoryAdapter): string[] {
  const partitions = [...adapter.committed.keys()].sort((a, b) => a - b);
  return partitions.flatMap((partition) => [...(adapter.committed.get(partition)?.decisions ?? [])]);
}
