import { INSPECTORS, NOT_BUILT_YET } from '../inspectors/catalogue.ts';
import type { Config } from './config.ts';
import { readConfig } from './read-config.ts';

/**
 * The configuration of a processor, which needs something to read from. `path` is shown in messages as it is given.
 * Throws `config_invalid` with everything that is wrong, a line each.
 */
export function loadConfig(path: string, env: NodeJS.ProcessEnv): Config {
  return readConfig(path, env, { inspectors: [...INSPECTORS.values()], notBuiltYet: NOT_BUILT_YET, purpose: 'run' });
}

/** The same for replay and eval, which need only `policies`: inputs may be absent and are not looked at. */
export function loadPolicyConfig(path: string, env: NodeJS.ProcessEnv): Config {
  return readConfig(path, env, {
    inspectors: [...INSPECTORS.values()],
    notBuiltYet: NOT_BUILT_YET,
    purpose: 'policies',
  });
}
