import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Logger } from '../domain/log.ts';
import { runProcessor } from '../main.ts';
import { serveHttp } from '../ops/http-server.ts';
import { createLogger } from '../ops/log.ts';
import { Operations } from '../ops/operations.ts';
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
  const { signal } = stop;
  try {
    if (once) await runProcessor(config, { once, logger, signal });
    else await runServed(config, logger, signal);
  } finally {
    stop.release();
  }
}

/**
 * Runs with health and metrics served beside, from before the policies are loaded until everything is committed: a run
 * that stops still answers while it drains. A run that ends by itself (`--once`) serves nothing: it may well stand beside
 * one that does.
 */
async function runServed(config: Config, logger: Logger, signal: AbortSignal): Promise<void> {
  const operations = new Operations();
  const served = new AbortController();
  signal.addEventListener('abort', () => operations.readiness.stopping(), { once: true });
  try {
    const { host, port } = config.http;
    const options = { host, port, configPath: config.path, operations, logger, signal: served.signal };
    logger.info({ url: await serveHttp(options) }, 'serving health and metrics');
    await runProcessor(config, { once: false, logger, signal, operations });
  } finally {
    served.abort();
  }
}
