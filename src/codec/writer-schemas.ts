import type { RegisteredSchema } from '../domain/registered-schema.ts';
import { SCHEMA_HEAD_BYTES, schemaIdOf } from '../domain/registered-schema.ts';
import { RejectedInput } from './rejected-input.ts';
import { compileWriterSchema, fingerprintOf, shippedSchemaText, type WriterSchema } from './writer-schema.ts';

/** How many schemas of a registry are kept compiled, beside those of the batch in hand. */
const MAX_REGISTERED = 256;
/** Two bytes of magic and eight of fingerprint. */
const SINGLE_OBJECT_HEAD_BYTES = 10;

/** How what follows the head of a record is to be read. */
export type Body =
  | { readonly kind: 'avro'; readonly start: number; readonly schema: WriterSchema }
  | { readonly kind: 'json'; readonly start: number };

interface Registered {
  readonly answer: RegisteredSchema;
  readonly compiled: () => WriterSchema;
}

/**
 * The schemas that a worker knows: the shipped one, those of the configuration by their fingerprints, and those that a
 * registry gave for the records in hand.
 *
 * 1. Schemas are compiled when a record first needs them. What a schema is does not change, so that a compiled one stays true.
 * 2. Those of a registry are bounded; the ones that were learned last are always there.
 */
export class WriterSchemas {
  readonly #texts: readonly string[];
  #shipped: WriterSchema | undefined;
  #byFingerprint: ReadonlyMap<string, () => WriterSchema> | undefined;
  readonly #registered = new Map<number, Registered>();

  /** `texts`: of `avro.schemas`. */
  constructor(texts: readonly string[] = []) {
    this.#texts = texts;
  }

  /** Takes what a registry said about the ids in the records that come next. */
  learn(answers: readonly RegisteredSchema[]): void {
    if (answers.length === 0) return;
    if (this.#registered.size + answers.length > MAX_REGISTERED) this.#forgetAllBut(answers);
    for (const answer of answers) {
      const known = this.#registered.get(answer.id);
      if (known === undefined || !isSame(known.answer, answer)) {
        this.#registered.set(answer.id, { answer, compiled: once(() => compileWriterSchema(answerText(answer))) });
      }
    }
  }

  get shipped(): WriterSchema {
    this.#shipped ??= compileWriterSchema(shippedSchemaText());
    return this.#shipped;
  }

  /** Of a record in single-object encoding. Throws `invalid_avro`, `unknown_schema`. */
  singleObject(bytes: Uint8Array): Body {
    if (bytes.length < SINGLE_OBJECT_HEAD_BYTES) {
      throw new RejectedInput('invalid_avro', 'the record ends within the fingerprint of its schema');
    }
    this.#byFingerprint ??= this.#indexed();
    const fingerprint = Buffer.from(bytes.buffer, bytes.byteOffset + 2, 8).toString('hex');
    const schema = this.#byFingerprint.get(fingerprint);
    if (schema !== undefined) return { kind: 'avro', start: SINGLE_OBJECT_HEAD_BYTES, schema: schema() };
    throw unknown('no schema is known with the fingerprint that the record names: add the writer’s to `avro.schemas`');
  }

  /** Of a record behind the id of a schema in a registry. Throws `invalid_avro`, `unknown_schema`, `incompatible_schema`. */
  registered(bytes: Uint8Array): Body {
    const start = SCHEMA_HEAD_BYTES;
    if (bytes.length < start) throw new RejectedInput('invalid_avro', 'the record ends within the id of its schema');
    const id = schemaIdOf(bytes);
    if (id === undefined) throw unknown('the record names a schema id below zero, which no registry gives out');
    const found = this.#registered.get(id);
    if (found === undefined) {
      throw unknown('the record names a schema by its id in a registry: say where that is, with `schemaRegistry.url`');
    }
    const { answer, compiled } = found;
    if (answer.kind === 'refused') throw new RejectedInput(answer.code, answer.message);
    if (answer.language === 'JSON') return { kind: 'json', start };
    if (answer.language !== 'AVRO') {
      throw new RejectedInput('unknown_format', 'the schema that the record names is neither of Avro nor of JSON');
    }
    return { kind: 'avro', start, schema: compiled() };
  }

  #forgetAllBut(answers: readonly RegisteredSchema[]): void {
    const kept = new Set(answers.map(({ id }) => id));
    for (const id of this.#registered.keys()) if (!kept.has(id)) this.#registered.delete(id);
  }

  #indexed(): ReadonlyMap<string, () => WriterSchema> {
    const others = this.#texts.map((text) => [fingerprintOf(text), once(() => compileWriterSchema(text))] as const);
    return new Map([...others, [fingerprintOf(shippedSchemaText()), () => this.shipped]]);
  }
}

function answerText(answer: RegisteredSchema): string {
  return answer.kind === 'schema' ? answer.text : '';
}

/** The same outcome at every call, also when it is a refusal: what takes long must not take long for each record. */
function once(compile: () => WriterSchema): () => WriterSchema {
  let outcome: { readonly schema: WriterSchema } | { readonly refusal: unknown } | undefined;
  return () => {
    outcome ??= outcomeOf(compile);
    if ('refusal' in outcome) throw outcome.refusal;
    return outcome.schema;
  };
}

function outcomeOf(compile: () => WriterSchema): { readonly schema: WriterSchema } | { readonly refusal: unknown } {
  try {
    return { schema: compile() };
  } catch (refusal) {
    return { refusal };
  }
}

function isSame(one: RegisteredSchema, other: RegisteredSchema): boolean {
  if (one.kind === 'schema' && other.kind === 'schema')
    return one.text === other.text && one.language === other.language;
  return one.kind === other.kind;
}

function unknown(message: string): RejectedInput {
  return new RejectedInput('unknown_schema', message);
}
