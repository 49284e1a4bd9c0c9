import { loadConfig } from '../config/load-config.ts';
import { runProcessor } from '../main.ts';
import { createLogger } from '../ops/log.ts';
import type { CrashHook, CrashPoint } from '../pipeline/ports.ts';
import { stopSignal } from './stop-signal.ts';
import type { Terminal } from './terminal.ts';

/** Where the fault tests ask this process to kill itself: `POINT` or `POINT@N` for the Nth time it is reached. */
const CRASH_VARIABLE = 'TOLLGATE_TEST_CRASH_AT';

export interface RunFlags {
  readonly config: string;
  readonly once: boolean;
}

/** The action of `tollgate run`: resolves when the processor has stopped with everything in hand committed. */
export async function runUntilStopped({ config: path, once }: RunFlags, terminal: Terminal): Promise<void> {
  const { [CRASH_VARIABLE]: crashAt, ...env } = terminal.env;
  const config = loadConfig(path, env);
  const logger = createLogger(config.log.level);
  const stop = stopSignal();
  try {
    await runProcessor(config, { once, logger, signal: stop.signal, crashHook: crashHook(crashAt) });
  } finally {
    stop.release();
  }
}

function crashHook(crashAt: string | undefined): CrashHook | undefined {
  if (crashAt === undefined) return undefined;
  const [point, times] = crashAt.split('@');
  let left = Number(times ?? 1);
  return (reached: CrashPoint) => {
    if (reached === point && --left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
