import { loadConfig } from '../config/load-config.ts';
import { runProcessor } from '../main.ts';
import { createLogger } from '../ops/log.ts';
import { stopSignal } from './stop-signal.ts';
import type { Terminal } from './terminal.ts';

export interface RunFlags {
  readonly config: string;
  readonly once: boolean;
}

/** The action of `tollgate run`: resolves when the processor has stopped with everything in hand committed. */
export async function runUntilStopped({ config: path, once }: RunFlags, terminal: Terminal): Promise<void> {
  const config = loadConfig(path, terminal.env);
  const logger = createLogger(config.log.level);
  const stop = stopSignal();
  try {
    await runProcessor(config, { once, logger, signal: stop.signal });
  } finally {
    stop.release();
  }
}
