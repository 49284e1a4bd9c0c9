import { dirname } from 'node:path';
import { resolveFrom } from './check-files.ts';
import type {
  Config,
  EngineConfig,
  FilesConfig,
  KafkaConfig,
  OpaConfig,
  PolicyConfig,
  SaslConfig,
  SchemaRegistryConfig,
  TlsConfig,
} from './config.ts';
import type { ConfigDocument, OpaEntry, PolicyEntry } from './config-document.ts';
import { deepFreeze } from './freeze.ts';

/** Makes the configuration of a valid document: paths absolute, engines as unions, everything frozen. */
export function resolveConfig(document: ConfigDocument, path: string): Config {
  const directory = dirname(path);
  const { kafka, files, avro, schemaRegistry, policies, ...rest } = document;
  return deepFreeze({
    ...rest,
    path,
    ...(kafka === undefined ? {} : { kafka: resolveKafka(kafka, directory) }),
    ...(files === undefined ? {} : { files: resolveFiles(files, directory) }),
    avro: { schemas: avro.schemas.map((schema) => resolveFrom(directory, schema)) },
    ...(schemaRegistry === undefined ? {} : { schemaRegistry: resolveRegistry(schemaRegistry, directory) }),
    policies: policies.map((entry) => resolvePolicy(entry, directory)),
  });
}

function resolveFiles(files: FilesConfig, directory: string): FilesConfig {
  return {
    in: resolveFrom(directory, files.in),
    ...(files.control === undefined ? {} : { control: resolveFrom(directory, files.control) }),
    out: resolveFrom(directory, files.out),
    partitions: files.partitions,
  };
}

function resolveKafka({ ssl, sasl, ...kafka }: KafkaConfig, directory: string): KafkaConfig {
  return {
    ...kafka,
    ...(ssl === undefined ? {} : { ssl: typeof ssl === 'object' ? resolveTls(ssl, directory) : ssl }),
    ...(sasl === undefined ? {} : { sasl: resolveSasl(sasl, directory) }),
  };
}

function resolveTls(ssl: TlsConfig, directory: string): TlsConfig {
  return {
    ...ssl,
    ...(ssl.ca === undefined ? {} : { ca: resolveFrom(directory, ssl.ca) }),
    ...(ssl.cert === undefined ? {} : { cert: resolveFrom(directory, ssl.cert) }),
    ...(ssl.key === undefined ? {} : { key: resolveFrom(directory, ssl.key) }),
  };
}

function resolveSasl(sasl: SaslConfig, directory: string): SaslConfig {
  if (sasl.mechanism !== 'oauthbearer' || sasl.ca === undefined) return sasl;
  return { ...sasl, ca: resolveFrom(directory, sasl.ca) };
}

function resolveRegistry(registry: SchemaRegistryConfig, directory: string): SchemaRegistryConfig {
  return { ...registry, ...(registry.ca === undefined ? {} : { ca: resolveFrom(directory, registry.ca) }) };
}

function resolvePolicy(entry: PolicyEntry, directory: string): PolicyConfig {
  const { name, mode, match, needs, limits } = entry;
  return { name, mode, match, needs, limits, engine: resolveEngine(entry, directory) };
}

function resolveEngine(entry: PolicyEntry, directory: string): EngineConfig {
  if (entry.inspector !== undefined) {
    return { kind: 'inspector', inspector: entry.inspector, options: entry.with ?? {} };
  }
  if (entry.opa !== undefined) return resolveOpa(entry, entry.opa, directory);
  throw new Error(`policy ${entry.name} passed validation without an engine that is built`);
}

function resolveOpa(entry: PolicyEntry, opa: OpaEntry, directory: string): OpaConfig {
  return {
    kind: 'opa',
    source: resolveSource(entry, opa, directory),
    ...(opa.data === undefined ? {} : { data: resolveFrom(directory, opa.data) }),
    ...(opa.entrypoint === undefined ? {} : { entrypoint: opa.entrypoint }),
    result: entry.result ?? 'decision',
    input: entry.input ?? 'tollgate',
    gate: entry.gate ?? false,
  };
}

function resolveSource(entry: PolicyEntry, opa: OpaEntry, directory: string): OpaConfig['source'] {
  if (opa.bundle !== undefined) return { bundle: resolveFrom(directory, opa.bundle) };
  if (opa.wasm !== undefined) return { wasm: resolveFrom(directory, opa.wasm) };
  throw new Error(`policy ${entry.name} passed validation without a bundle and without a module`);
}
