import { TollgateError } from '../../domain/errors.ts';
import type { RegisteredSchema } from '../../domain/registered-schema.ts';
import type { HttpAnswer } from './http-get.ts';

/**
 * What the answer to `GET /schemas/ids/{id}` says (Confluent Schema Registry API, version 1, which other registries speak too).
 * Only a registry's own word counts against a record: status 404 with its error code 40403, or a schema that cannot be used.
 * Throws `broker_unreachable`, retryable, for every other answer: a proxy's page, missing rights, a failure.
 */
export function registryAnswer(id: number, { status, body }: HttpAnswer): RegisteredSchema {
  if (body === undefined) {
    if (status !== OK) throw noWord(`status ${status}, with a page that is too long`);
    return refused(id, 'incompatible_schema', 'the schema of this id is longer than a schema may be');
  }
  const answer = objectIn(body);
  if (status === NOT_FOUND && answer?.error_code === SCHEMA_NOT_FOUND) {
    return refused(id, 'unknown_schema', 'the registry has no schema with the id that the record names');
  }
  if (status !== OK) throw noWord(`status ${status}${codeOf(answer)}`);
  const { schema, schemaType = AVRO, references = [] } = answer ?? {};
  if (typeof schema !== 'string' || typeof schemaType !== 'string' || !Array.isArray(references)) {
    throw noWord('status 200, without a schema');
  }
  if (references.length > 0 && schemaType === AVRO) {
    return refused(
      id,
      'incompatible_schema',
      'the schema of this id refers to other subjects: register it as one schema',
    );
  }
  return { kind: 'schema', id, language: schemaType, text: schemaType === AVRO ? schema : '' };
}

const OK = 200;
const NOT_FOUND = 404;
/** "Schema not found", as against a subject or a version. */
const SCHEMA_NOT_FOUND = 40403;
const AVRO = 'AVRO';

type Answer = Readonly<Record<string, unknown>>;

function objectIn(body: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}

function codeOf(answer: Answer | undefined): string {
  return typeof answer?.error_code === 'number' ? `, error code ${answer.error_code}` : '';
}

function refused(id: number, code: 'unknown_schema' | 'incompatible_schema', message: string): RegisteredSchema {
  return { kind: 'refused', id, code, message };
}

function noWord(what: string): TollgateError {
  return new TollgateError('broker_unreachable', `the schema registry answers with ${what}`, {
    next: 'see that schemaRegistry.url is its address, path included, and that this user may read schemas',
    retryable: true,
  });
}
