import { loadConfig } from '../../../dist/config/load-config.js';
import { runProcessor } from '../../../dist/main.js';
import { createLogger } from '../../../dist/ops/log.js';

/** `tollgate run`, but that it kills itself the Nth time it passes the named point. */
const [configPath, point, times] = process.argv.slice(2);
let left = Number(times);

await runProcessor(loadConfig(configPath, {}), {
  once: false,
  logger: createLogger('warn'),
  signal: new AbortController().signal,
  crashHook: (reached) => {
    if (reached === point && --left === 0) process.kill(process.pid, 'SIGKILL');
  },
});
