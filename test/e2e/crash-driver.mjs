import { loadConfig } from '../../dist/config/load-config.js';
import { runProcessor } from '../../dist/main.js';

/** `tollgate run --once`, but that it kills itself the Nth time a commit passes the named point. */
const [configPath, point, times] = process.argv.slice(2);
let left = Number(times);
const quiet = () => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

await runProcessor(loadConfig(configPath, {}), {
  once: true,
  logger,
  signal: new AbortController().signal,
  crashHook: (reached) => {
    if (reached === point && --left === 0) process.kill(process.pid, 'SIGKILL');
  },
});
