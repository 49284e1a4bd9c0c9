import { loadConfig } from '../../dist/config/load-config.js';
import { runProcessor } from '../../dist/main.js';
import { createLogger } from '../../dist/ops/log.js';

/** `tollgate run`, but that it sends itself a signal the Nth time it passes the named point: SIGKILL, SIGSTOP. Files are judged to their end (`--once`). */
const [configPath, point, times, signal] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
let left = Number(times);

const config = loadConfig(configPath, {});
await runProcessor(config, {
  once: config.files !== undefined,
  logger: createLogger('warn'),
  signal: stop.signal,
  crashHook: (reached) => {
    if (reached === point && --left === 0) process.kill(process.pid, signal);
  },
});
