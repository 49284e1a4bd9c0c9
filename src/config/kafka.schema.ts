import { integer, type JsonSchema, record, text, texts } from './json-schema.ts';

const PEM = 'PEM text, or the path of a file that holds it.';

/** `kafka:`: how the brokers are reached. Names are those of the Kafka clients' own settings. */
export const KAFKA_SCHEMA: JsonSchema = record(
  'The Kafka cluster that holds the topics.',
  {
    brokers: { ...texts('Brokers to ask first, `host:port`.'), minItems: 1 },
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
      properties: {
        ca: text(`Authorities to trust. ${PEM}`),
        cert: text(`Certificate of this client. ${PEM}`),
        key: { ...text(`Private key of this client. ${PEM}`), writeOnly: true },
        passphrase: { ...text('Passphrase of the private key.'), writeOnly: true },
        serverName: text('Name that the brokers’ certificates must carry, when it is not their address.'),
        rejectUnauthorized: { type: 'boolean', default: true, description: 'Refuse certificates that do not verify.' },
      },
    },
    sasl: record(
      'Login at the brokers.',
      {
        mechanism: {
          type: 'string',
          enum: ['plain', 'scram-sha-256', 'scram-sha-512'],
          description: 'SASL mechanism.',
        },
        username: text('User name.'),
        password: { ...text('Password.'), writeOnly: true },
      },
      { required: ['mechanism', 'username', 'password'] },
    ),
  },
  { required: ['brokers'] },
);

/** A Kafka topic name: what the brokers accept. */
const TOPIC: JsonSchema = { type: 'string', pattern: '^[A-Za-z0-9._-]{1,249}$' };

function topic(description: string, preset: string): JsonSchema {
  return { ...TOPIC, description, default: preset };
}

/** `topics:`: names and defaults of the contract, section 5. */
export const TOPICS_SCHEMA: JsonSchema = record(
  'Names of the topics.',
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
    in: text('File or directory of `*.ndjson`, `*.jsonl`, plain or `.gz`.'),
    control: text('The same for control events; without it no event is trusted.'),
    out: text('Directory for decisions, audit records, dead letters and session state.'),
    partitions: integer('Partitions that sessions are spread over; fixed once `out` holds a commit.', 1, 1024, 8),
  },
  { required: ['in', 'out'] },
);
