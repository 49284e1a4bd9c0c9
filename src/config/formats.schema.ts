import { integer, type JsonSchema, record, text, texts } from './json-schema.ts';

/** `avro:` */
export const AVRO_SCHEMA: JsonSchema = record(
  'Events in Avro.',
  {
    schemas: {
      ...texts(
        'Files of schemas that events may be written with, beside `schemas/event.avsc`: known by their fingerprints.',
      ),
      maxItems: 256,
      uniqueItems: true,
      default: [],
    },
  },
  { default: {} },
);

/** `schemaRegistry:` */
export const SCHEMA_REGISTRY_SCHEMA: JsonSchema = record(
  'Where the schemas are that records name by an id (a zero byte and four of the id stand before them).',
  {
    url: {
      ...text('Address, with the path that stands before `/schemas`. No credentials.'),
      pattern: '^https?://[^/?#@\\s]+(?:/[^?#\\s]*)?$',
    },
    username: text('User name, or API key.'),
    password: { ...text('Password, or API secret.'), writeOnly: true },
    ca: text('Authorities to trust. PEM text, or the path of a file that holds it.'),
    timeoutMs: integer('How long one answer may take; then it is asked for again.', 100, 60_000, 5000),
    cacheSize: integer('Most schemas that are kept.', 16, 4096, 256),
  },
  { required: ['url'] },
);
