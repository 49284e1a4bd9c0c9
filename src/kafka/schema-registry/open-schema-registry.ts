import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { TollgateError } from '../../domain/errors.ts';
import type { Logger } from '../../domain/log.ts';
import type { Source } from '../../pipeline/ports.ts';
import { SchemaRegistry, type SchemaRegistryOptions } from './schema-registry.ts';
import { SchemaSource } from './schema-source.ts';

/** How the registry is reached; `ca` is PEM text, or the absolute path of a file that holds it. */
export type SchemaRegistryConfig = Omit<SchemaRegistryOptions, 'logger' | 'nowMs'>;

/** Puts the registry before sources. `close` ends what is still asked. */
export interface OpenRegistry {
  before(source: Source): Source;
  close(): void;
}

/**
 * The registry that is configured, for live runs and replays alike; without one sources stay as they are. Asks for nothing
 * yet. Throws `config_invalid` when the file of `schemaRegistry.ca` cannot be read.
 */
export function openSchemaRegistry(config: SchemaRegistryConfig | undefined, logger: Logger): OpenRegistry {
  if (config === undefined) return { before: (source) => source, close: () => undefined };
  const ca = config.ca === undefined ? {} : { ca: pem(config.ca) };
  const registry = new SchemaRegistry({ ...config, ...ca, logger, nowMs: Date.now });
  return { before: (source) => new SchemaSource(source, registry), close: () => registry.close() };
}

function pem(textOrPath: string): string {
  if (!isAbsolute(textOrPath)) return textOrPath;
  try {
    return readFileSync(textOrPath, 'utf8');
  } catch (thrown) {
    const problem = `cannot read the file of schemaRegistry.ca: ${(thrown as Error).message}`;
    throw new TollgateError('config_invalid', problem, {
      where: textOrPath,
      next: 'name a file that exists and may be read, or put the PEM text itself there',
      cause: thrown,
    });
  }
}
