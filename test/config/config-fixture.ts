import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Purpose } from '../../src/config/check-purpose.ts';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { TollgateError } from '../../src/domain/errors.ts';

/** Inspectors of these tests, so that they hold whatever the catalogue offers. */
const INSPECTORS = [
  {
    name: 'egress',
    optionsSchema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        strict: { type: 'boolean', default: false },
        allowHosts: { type: 'array', items: { type: 'string' } },
        apiToken: { type: 'string', writeOnly: true },
      },
    },
  },
  {
    name: 'repetition',
    optionsSchema: {
      type: 'object',
      additionalProperties: false,
      properties: { max: { type: 'integer', minimum: 0, default: 5 } },
    },
  },
];

/** A directory with these files, gone when the test is. Names ending in `/` are directories. */
export function directoryOf(files: Readonly<Record<string, string | Buffer>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(path, content);
  }
  return directory;
}

export interface Given {
  readonly yaml: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly purpose?: Purpose;
  readonly files?: Readonly<Record<string, string>>;
}

/** What reading a configuration came to: the configuration, or its problems line by line. */
export interface Outcome {
  readonly config?: Config;
  readonly problems: readonly string[];
  readonly directory: string;
}

/** Reads `yaml` as `tollgate.yaml`, in a directory with `events/`; the directory's name is cut from messages. */
export function read({ yaml, env = {}, purpose = 'policies', files = {} }: Given): Outcome {
  const directory = directoryOf({ 'tollgate.yaml': yaml, 'events/': '', ...files });
  const path = join(directory, 'tollgate.yaml');
  try {
    const config = readConfig(path, env, { inspectors: INSPECTORS, notBuiltYet: ['pii', 'budget'], purpose });
    return { config, problems: [], directory };
  } catch (thrown) {
    if (!(thrown instanceof TollgateError)) throw thrown;
    return { problems: thrown.message.replaceAll(`${directory}/`, '').split('\n'), directory };
  }
}

/** The configuration of a text that must be good. */
export function accepted(given: Given): Config {
  const { config, problems } = read(given);
  if (config === undefined) throw new Error(`refused: ${problems.join('; ')}`);
  return config;
}

/** The shortest configuration there is: one inspector. */
export const SHORTEST = 'policies: [{ name: egress, inspector: egress }]\n';
