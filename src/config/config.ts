import type { Compression } from '../domain/compression.ts';
import type { JsonObject } from '../domain/json.ts';
import type { FactKind, InputForm, MatchRule, PolicyLimits, ResultForm } from '../domain/policy.ts';
import type { Effect, PolicyMode } from '../domain/verdict.ts';

/** `tollgate.yaml`, complete: every default filled in, every path absolute, frozen. Made by `loadConfig`. */
export interface Config {
  /** The file it was read from; paths in it are relative to that file's directory. */
  readonly path: string;
  readonly kafka?: KafkaConfig;
  readonly topics: TopicsConfig;
  readonly files?: FilesConfig;
  readonly avro: AvroConfig;
  readonly schemaRegistry?: SchemaRegistryConfig;
  /** What decisions and audit records are written as; dead letters stay what they were. */
  readonly output: OutputFormat;
  readonly cloudEvents: CloudEventsConfig;
  readonly defaultEffect: Effect;
  readonly strictRouting: boolean;
  readonly policies: readonly PolicyConfig[];
  readonly lanes: LanesConfig;
  readonly limits: Limits;
  readonly audit: AuditConfig;
  readonly http: { readonly host: string; readonly port: number };
  readonly log: { readonly level: LogLevel };
}

export type OutputFormat = 'json' | 'avro';

/** Decisions as CloudEvents (binary mode): the headers `ce_…`. */
export interface CloudEventsConfig {
  /** `carry`: where the event was one. */
  readonly headers: 'carry' | 'always' | 'never';
  /** `ce_source`, a URI reference: who decides. */
  readonly source: string;
}

export type LogLevel = 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** The embedded default: directories of NDJSON in place of Kafka. */
export interface FilesConfig {
  /** A file or a directory of `*.ndjson`, `*.jsonl`, of a finite run `*.avro` too, and `.gz` or `.zst` of them. */
  readonly in: string;
  /** The same for control events; absent: no event is trusted. */
  readonly control?: string;
  readonly out: string;
  readonly partitions: number;
}

export interface AvroConfig {
  /** Absolute paths of schemas that events may be written with, beside the shipped one. */
  readonly schemas: readonly string[];
}

/** Where schemas are found by the ids in records. A password is in it: log `describeConfig(config)`, never this. */
export interface SchemaRegistryConfig {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM text or the absolute path of a file that holds it. */
  readonly ca?: string;
  /** How long one answer may take. */
  readonly timeoutMs: number;
  /** Most answers that are kept. */
  readonly cacheSize: number;
}

/** How the brokers are reached. Secrets are in it: log `describeConfig(config)`, never this. */
export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly groupId: string;
  /** Stable over restarts, unlike that of every other process of the group: transactional ids are made of it. */
  readonly instanceId: string;
  readonly startFrom: 'earliest' | 'latest';
  readonly ssl?: boolean | TlsConfig;
  readonly sasl?: SaslConfig;
  /** After this time the brokers abort a transaction whose process is gone. */
  readonly transactionTimeoutMs: number;
  /** A process that gives no sign of life for this long loses its partitions. */
  readonly sessionTimeoutMs: number;
  /** At most a third of `sessionTimeoutMs`. */
  readonly heartbeatIntervalMs: number;
  readonly fetchBytesPerPartition: number;
  readonly maxFetchBytes: number;
  /** How long a broker may hold back a fetch that finds nothing. */
  readonly fetchWaitMs: number;
  /** How long a command tries to reach a broker before it gives up. */
  readonly connectTimeoutMs: number;
  /** Least time from one transaction's start to the next one's under load; 0: none. */
  readonly commitIntervalMs: number;
  readonly compression: Compression;
}

/** `ca`, `cert` and `key` are PEM text or the absolute path of a file that holds it. */
export interface TlsConfig {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly serverName?: string;
  readonly rejectUnauthorized: boolean;
}

export type SaslConfig = PasswordSaslConfig | OAuthSaslConfig;

export interface PasswordSaslConfig {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** `ca` is PEM text or the absolute path of a file that holds it. */
export interface OAuthSaslConfig {
  readonly mechanism: 'oauthbearer';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly ca?: string;
}

/** Names of the topics (contract section 5), and how they are made. */
export interface TopicsConfig {
  readonly events: readonly string[];
  readonly control: string;
  readonly decisions: string;
  readonly audit: string;
  readonly deadLetter: string;
  readonly sessions: string;
  /** `topics create`: partitions, while no topic is there whose count must be matched. */
  readonly partitions: number;
  /** `topics create`: copies of each partition; absent: what the brokers do by default. */
  readonly replicationFactor?: number;
}

export interface LanesConfig {
  /** Worker threads. */
  readonly count: number;
  /** Most events in one batch to a worker. */
  readonly batchEvents: number;
  /** Most bytes in one batch to a worker. */
  readonly batchBytes: number;
  /** Most bytes that wait for one lane before its partitions are paused. */
  readonly queueBytes: number;
}

export interface Limits {
  readonly maxEventBytes: number;
  readonly maxJsonDepth: number;
  /** Values (scalars, arrays, objects) in one event. */
  readonly maxJsonValues: number;
  readonly maxSessionsPerPartition: number;
  readonly sessionIdleMs: number;
  readonly duplicateWindow: number;
  readonly maxClockSkewMs: number;
  /** Encoded size of what one policy may keep in one session. */
  readonly maxPolicyStateBytes: number;
  /** Size of one policy's answer. */
  readonly maxAnswerBytes: number;
}

export interface AuditConfig {
  /** Members whose name contains one of these (case-insensitively) are masked in audit records. */
  readonly maskKeys: readonly string[];
  readonly maxStringLength: number;
}

/** One entry of `policies`. Exactly one of `inspector`, `opa`, `extism` says how it is evaluated. */
export interface PolicyConfig {
  readonly name: string;
  readonly mode: PolicyMode;
  readonly match: MatchRule;
  readonly needs: readonly FactKind[];
  readonly limits: PolicyLimits;
  readonly engine: EngineConfig;
}

export type EngineConfig =
  | { readonly kind: 'inspector'; readonly inspector: string; readonly options: JsonObject }
  | OpaConfig;

export interface OpaConfig {
  readonly kind: 'opa';
  /** Path of an OPA bundle (`.tar.gz`) or of a bare module (`.wasm`). */
  readonly source: { readonly bundle: string } | { readonly wasm: string };
  /** Path of a JSON document for `data`; with a bundle, its own `data.json` and this one may not share a root key. */
  readonly data?: string;
  /** Slash path, e.g. `agent/decision`; absent: the module's only entrypoint. */
  readonly entrypoint?: string;
  readonly result: ResultForm;
  readonly input: InputForm;
  /** `result: violations` only: deny instead of warn. */
  readonly gate: boolean;
}
