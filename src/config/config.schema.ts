import { AVRO_SCHEMA, SCHEMA_REGISTRY_SCHEMA } from './formats.schema.ts';
import { integer, type JsonSchema, record, text, texts } from './json-schema.ts';
import { FILES_SCHEMA, KAFKA_SCHEMA, STRICT_ROUTING_SCHEMA, TOPICS_SCHEMA } from './kafka.schema.ts';
import { type InspectorOptions, policySchema } from './policy.schema.ts';

const LANES_SCHEMA = record(
  'Worker threads that judge.',
  {
    count: integer('Worker threads.', 1, 64, 2),
    batchEvents: integer('Most events in one batch to a worker.', 1, 65_536, 512),
    batchBytes: integer(
      'Most bytes in one batch to a worker; one larger event goes alone.',
      1024,
      67_108_864,
      1_048_576,
    ),
    queueBytes: integer(
      'Most bytes that wait for one lane before its partitions pause.',
      1024,
      1_073_741_824,
      16_777_216,
    ),
  },
  { default: {} },
);

/** Defaults are those of the contract, sections 1 and 6; upper bounds are what one process can promise to hold. */
const LIMITS_SCHEMA = record(
  'What one event, one session, one partition may grow to.',
  {
    maxEventBytes: integer('Size of one event.', 256, 16_777_216, 262_144),
    maxJsonDepth: integer('Nesting of one event.', 2, 512, 64),
    maxJsonValues: integer('Values (scalars, lists, objects) in one event.', 16, 1_000_000, 20_000),
    maxSessionsPerPartition: integer(
      'Live sessions of one partition; beyond it new ones are denied.',
      1,
      10_000_000,
      250_000,
    ),
    sessionIdleMs: integer('A session whose own clock jumps by more starts anew.', 1000, 31_536_000_000, 86_400_000),
    duplicateWindow: integer('Events of a session among which a second delivery is known.', 1, 1024, 32),
    maxClockSkewMs: integer('How far an event may be dated after its record.', 0, 86_400_000, 300_000),
    maxPolicyStateBytes: integer('What one policy may keep in one session.', 64, 1_048_576, 4096),
    maxAnswerBytes: integer('Size of one policy’s answer.', 256, 16_777_216, 65_536),
  },
  { default: {} },
);

const AUDIT_SCHEMA = record(
  'What audit records show.',
  {
    maskKeys: {
      ...texts('Members whose name contains one of these, in any case, are masked.'),
      default: ['password', 'secret', 'token', 'key'],
    },
    maxStringLength: integer('Longer strings are cut.', 16, 65_536, 200),
  },
  { default: {} },
);

const CLOUD_EVENTS_SCHEMA = record(
  'Decisions as CloudEvents in binary mode: the headers `ce_…`, which cost some 200 bytes a decision.',
  {
    headers: {
      type: 'string',
      enum: ['carry', 'always', 'never'],
      default: 'carry',
      description: '`carry`: a decision has them when its event was a CloudEvent.',
    },
    source: { ...text('`ce_source`, a URI reference: who decides.'), default: 'urn:tollgate' },
  },
  { default: {} },
);

const HTTP_SCHEMA = record(
  'Health, metrics and the list of policies.',
  {
    host: { ...text('Address to listen at.'), default: '127.0.0.1' },
    port: integer('Port; 0 lets the system choose.', 0, 65_535, 8181),
  },
  { default: {} },
);

const LOG_SCHEMA = record(
  'Log on standard error.',
  {
    level: {
      type: 'string',
      enum: ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'],
      default: 'info',
      description: 'Least level that is written.',
    },
  },
  { default: {} },
);

/**
 * `tollgate.yaml` (contract section 6) as JSON Schema 2020-12, with every default: the one place that states what the
 * configuration takes. The environment's names are derived from it, and so is `schemas/config.schema.json`.
 */
export function configSchema(inspectors: readonly InspectorOptions[]): JsonSchema {
  return record(
    'Configuration of Tollgate.',
    {
      kafka: KAFKA_SCHEMA,
      topics: TOPICS_SCHEMA,
      files: FILES_SCHEMA,
      avro: AVRO_SCHEMA,
      schemaRegistry: SCHEMA_REGISTRY_SCHEMA,
      defaultEffect: {
        type: 'string',
        enum: ['allow', 'warn', 'ask', 'deny'],
        default: 'deny',
        description: 'The effect when no policy matches. (`redact` needs patches, which only a policy has.)',
      },
      output: {
        type: 'string',
        enum: ['json', 'avro'],
        default: 'json',
        description: 'What decisions and audit records are written as. Avro: single-object encoding, into topics only.',
      },
      cloudEvents: CLOUD_EVENTS_SCHEMA,
      strictRouting: STRICT_ROUTING_SCHEMA,
      policies: {
        type: 'array',
        items: policySchema(inspectors),
        minItems: 1,
        maxItems: 1024,
        description: 'Policies in order. Each that matches is evaluated; the strongest effect wins.',
      },
      lanes: LANES_SCHEMA,
      limits: LIMITS_SCHEMA,
      audit: AUDIT_SCHEMA,
      http: HTTP_SCHEMA,
      log: LOG_SCHEMA,
    },
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'urn:tollgate:config',
      title: 'tollgate.yaml',
      required: ['policies'],
    },
  );
}
