import type { NamedSchema } from '../domain/registered-schema.ts';
import { SCHEMA_HEAD_BYTES, schemaIdOf } from '../domain/registered-schema.ts';
import { RejectedInput } from './rejected-input.ts';
import { compileWriterSchema, fingerprintOf, shippedSchemaText, type WriterSchema } from './writer-schema.ts';

/** How many schemas of a registry or of files are kept compiled, beside those of the batch in hand. */
const MAX_LEARNED = 256;
/** Two bytes of magic and eight of fingerprint. */
const SINGLE_OBJECT_HEAD_BYTES = 10;

/** How what follows the head of a record is to be read. */
export type Body =
  | { readonly kind: 'avro'; readonly start: number; readonly schema: WriterSchema }
  | { readonly kind: 'json'; readonly start: number };

interface Learned {
  readonly answer: NamedSchema;
  readonly compiled: () => WriterSchema;
}

/**
 * The schemas that a worker knows: the shipped one, those of the configuration by their fingerprints, and those that came
 * with the records in hand, from a registry by its ids or from their file by its fingerprint.
 *
 * 1. Schemas are compiled when a record first needs them. What a schema is does not change, so that a compiled one stays true.
 * 2. Those that came with records are bounded; the ones that were learned last are always there.
 * 3. What the configuration names goes before what a file says of itself.
 */
export class WriterSchemas {
  readonly #texts: readonly string[];
  #shipped: WriterSchema | undefined;
  #byFingerprint: ReadonlyMap<string, () => WriterSchema> | undefined;
  readonly #learned = new Map<number | string, Learned>();

  /** `texts`: of `avro.schemas`. */
  constructor(texts: readonly string[] = []) {
    this.#texts = texts;
  }

  /** Takes what is said about the schemas that the records name which come next. */
  learn(answers: readonly NamedSchema[]): void {
    if (answers.length === 0) return;
    if (this.#learned.size + answers.length > MAX_LEARNED) this.#forgetAllBut(answers);
    for (const answer of answers) {
      const known = this.#learned.get(answer.id);
      if (known === undefined || !isSame(known.answer, answer)) {
        this.#learned.set(answer.id, { answer, compiled: once(() => compileWriterSchema(answerText(answer))) });
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
    const schema = this.#byFingerprint.get(fingerprint) ?? this.#learned.get(fingerprint)?.compiled;
    if (schema !== undefined) return { kind: 'avro', start: SINGLE_OBJECT_HEAD_BYTES, schema: schema() };
    throw unknown('no schema is known with the fingerprint that the record names: add the writer’s to `avro.schemas`');
  }

  /** Of a record behind the id of a schema in a registry. Throws `invalid_avro`, `unknown_schema`, `incompatible_schema`. */
  registered(bytes: Uint8Array): Body {
    const start = SCHEMA_HEAD_BYTES;
    if (bytes.length < start) throw new RejectedInput('invalid_avro', 'the record ends within the id of its schema');
    const id = schemaIdOf(bytes);
    if (id === undefined) throw unknown('the record names a schema id below zero, which no registry gives out');
    const found = this.#learned.get(id);
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

  #forgetAllBut(answers: readonly NamedSchema[]): void {
    const kept = new Set(answers.map(({ id }) => id));
    for (const id of this.#learned.keys()) if (!kept.has(id)) this.#learned.delete(id);
  }

  #indexed(): ReadonlyMap<string, () => WriterSchema> {
    const others = this.#texts.map((text) => [fingerprintOf(text), once(() => compileWriterSchema(text))] as const);
    return new Map([...others, [fingerprintOf(shippedSchemaText()), () => this.shipped]]);
  }
}

function answerText(answer: NamedSchema): string {
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

function isSame(one: NamedSchema, other: NamedSchema): boolean {
  if (one.kind === 'schema' && other.kind === 'schema')
    return one.text === other.text && one.language === other.language;
  return one.kind === other.kind;
}

function unknown(message: string): RejectedInput {
  return new RejectedInput('unknown_schema', message);
}
