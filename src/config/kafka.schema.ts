import { COMPRESSIONS } from '../domain/compression.ts';
import { integer, type JsonSchema, record, text } from './json-schema.ts';
import { SASL_SCHEMA } from './sasl.schema.ts';

const PEM = 'PEM text, or the path of a file that holds it.';

/**
 * Times and sizes of `kafka:`, named as the Kafka clients name theirs, with the unit last. Upper bounds of the timeouts
 * are the brokers' own defaults (`transaction.max.timeout.ms`, `group.max.session.timeout.ms`).
 */
const PACE: Readonly<Record<string, JsonSchema>> = {
  transactionTimeoutMs: integer(
    'After this time the brokers abort a transaction whose process is gone.',
    1000,
    900_000,
    10_000,
  ),
  sessionTimeoutMs: integer(
    'A process that gives no sign of life for this long loses its partitions.',
    1000,
    1_800_000,
    10_000,
  ),
  heartbeatIntervalMs: integer('Time between signs of life; at most a third of `sessionTimeoutMs`.', 100, 60_000, 1000),
  fetchBytesPerPartition: integer(
    'Most bytes of one partition in a fetch; one larger batch comes alone.',
    1024,
    104_857_600,
    262_144,
  ),
  maxFetchBytes: integer('Most bytes in a fetch.', 1024, 1_073_741_824, 10_485_760),
  fetchWaitMs: integer('How long a broker may hold back a fetch that finds nothing.', 1, 30_000, 100),
  connectTimeoutMs: integer('How long a command tries to reach a broker before it gives up.', 100, 600_000, 15_000),
  commitIntervalMs: integer(
    'Least time from one transaction’s start to the next one’s under load; 0: none.',
    0,
    60_000,
    10,
  ),
  compression: {
    type: 'string',
    enum: [...COMPRESSIONS],
    default: 'none',
    description: 'Compression of what is written; all of them are read.',
  },
};

/** `kafka:`: how the brokers are reached. Names are those of the Kafka clients' own settings. */
export const KAFKA_SCHEMA: JsonSchema = record(
  'The Kafka cluster that holds the topics.',
  {
    brokers: {
      type: 'array',
      items: { type: 'string', pattern: '^[^:/ ]+:[0-9]{1,5}$' },
      minItems: 1,
      description: 'Brokers to ask first, `host:port`.',
    },
    clientId: { ...text('Name of this client in the brokers’ logs.'), default: 'tollgate' },
    groupId: { ...text('Consumer group; processes of one group share the partitions.'), default: 'tollgate' },
    instanceId: {
      ...text('Name of this process, stable over restarts and unlike that of every other process of the group.'),
      default: 'tollgate-0',
    },
    startFrom: {
      type: 'string',
      enum: ['earliest', 'latest'],
      default: 'earliest',
      description: 'Where a topic is read from when the partition was never committed.',
    },
    ssl: {
      type: ['boolean', 'object'],
      description: 'TLS: true for the system’s authorities, or an object.',
      additionalProperties: false,
      dependentRequired: { cert: ['key'], passphrase: ['key'] },
      properties: {
        ca: text(`Authorities to trust. ${PEM}`),
        cert: text(`Certificate of this client. ${PEM}`),
        key: { ...text(`Private key of this client. ${PEM}`), writeOnly: true },
        passphrase: { ...text('Passphrase of the private key.'), writeOnly: true },
        serverName: text('Name that the brokers’ certificates must carry, when it is not their address.'),
        rejectUnauthorized: { type: 'boolean', default: true, description: 'Refuse certificates that do not verify.' },
      },
    },
    sasl: SASL_SCHEMA,
    ...PACE,
  },
  { required: ['brokers'] },
);

/** A Kafka topic name: what the brokers accept. */
const TOPIC: JsonSchema = { type: 'string', pattern: '^(?![.]{1,2}$)[A-Za-z0-9._-]{1,249}$' };

function topic(description: string, preset: string): JsonSchema {
  return { ...TOPIC, description, default: preset };
}

/** `topics:`: names and defaults of the contract, section 5. */
export const TOPICS_SCHEMA: JsonSchema = record(
  'Names of the topics, and how `topics create` makes them.',
  {
    events: {
      type: 'array',
      items: TOPIC,
      minItems: 1,
      uniqueItems: true,
      default: ['agent.tool-calls', 'agent.steps'],
      description: 'Input topics, all with one partition count, keyed by session.',
    },
    control: topic('Approvals, mode changes, resets: same partition count and key as the input.', 'agent.control'),
    decisions: topic('Decisions, with the key and partition number of the event.', 'agent.decisions'),
    audit: topic('Audit records, with the key and partition number of the event.', 'agent.audit'),
    deadLetter: topic('Records that cannot be read as events, untouched.', 'agent.dead-letter'),
    sessions: topic('Compacted changelog of the session state.', 'tollgate-sessions-changelog'),
    partitions: integer('Partitions of topics that are created while none of them is there yet.', 1, 1024, 8),
    replicationFactor: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      description: 'Copies of each partition of topics that are created; absent: what the brokers do by default.',
    },
  },
  { default: {} },
);

/** `strictRouting:` */
export const STRICT_ROUTING_SCHEMA: JsonSchema = {
  type: 'boolean',
  default: false,
  description: 'Deny the events of a session that is seen in a partition its key does not hash to.',
};

/** `files:`: the embedded form, in place of Kafka. */
export const FILES_SCHEMA: JsonSchema = record(
  'Directories in place of Kafka.',
  {
    in: text('File or directory of `*.ndjson`, `*.jsonl`, plain, `.gz` or `.zst`; with `--once` of `*.avro` too.'),
    control: text('The same for control events; without it no event is trusted.'),
    out: text('Directory for decisions, audit records, dead letters and session state.'),
    partitions: integer('Partitions that sessions are spread over; fixed once `out` holds a commit.', 1, 1024, 8),
  },
  { required: ['in', 'out'] },
);
