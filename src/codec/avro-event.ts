import type { Json, JsonObject } from '../domain/json.ts';
import { AvroCursor } from './avro-cursor.ts';
import { type AvroLeaves, AvroValues, PLAIN_LEAVES, TEXT_LEAVES } from './avro-values.ts';
import { type Document, rejectedAs } from './document.ts';
import { EVENT_FIELDS } from './event-fields.ts';
import { identifiedFrom } from './identified.ts';
import type { JsonLimits } from './json-scan.ts';
import { refuseOversized } from './json-size.ts';
import { parseJson } from './parse-json.ts';
import { RejectedInput } from './rejected-input.ts';
import type { WriterSchema } from './writer-schema.ts';

/** Members that hold JSON text (`schemas/event.avsc`), and how deep in the event that text lies. */
const JSON_TEXT_DEPTH: ReadonlyMap<string, number> = new Map([
  ['params', 1],
  ['result', 1],
  ['context', 1],
  ['approvals', 2],
]);
const KNOWN: ReadonlySet<string> = new Set(EVENT_FIELDS.map(({ wire }) => wire));

/**
 * Absent members, branches and nulls are read too, so that this is only a bound against values that take no bytes;
 * `refuseOversized` then counts as JSON is counted.
 */
const READS_PER_VALUE = 8;

/**
 * The event that an Avro record holds, as its JSON would be: JSON text is parsed, and a null member is absent. Members that
 * only the writer's schema has are kept, as unknown members of a JSON event are. What is refused in JSON is refused here, with
 * the same limits; when it lies inside a member's JSON text the record's ids are known all the same. Total.
 */
export function readAvroEvent(bytes: Uint8Array, start: number, schema: WriterSchema, limits: JsonLimits): Document {
  try {
    if (bytes.length > limits.maxBytes) {
      throw new RejectedInput('too_large', `${bytes.length} bytes, at most ${limits.maxBytes}`);
    }
    const reading = new Reading(new AvroCursor(bytes, start), schema, limits);
    const value = reading.event();
    if (reading.fault !== undefined) return rejectedAs(reading.fault, identifiedFrom(value));
    refuseOversized(value, limits);
    return { kind: 'document', value };
  } catch (thrown) {
    return rejectedAs(thrown);
  }
}

/** One record that is being read. `fault`: the first one inside a JSON text; what follows was read none the less. */
class Reading {
  fault: RejectedInput | undefined;
  readonly #cursor: AvroCursor;
  readonly #fields: WriterSchema['fields'];
  readonly #values: AvroValues;
  readonly #limits: JsonLimits;
  /** The JSON text of the member that is being read was `null`: unlike an Avro null, that is a value. */
  #isNullText = false;

  constructor(cursor: AvroCursor, { fields }: WriterSchema, limits: JsonLimits) {
    const { maxDepth, maxValues } = limits;
    this.#limits = limits;
    this.#cursor = cursor;
    this.#fields = fields;
    this.#values = new AvroValues(this.#cursor, {
      maxDepth,
      maxReads: READS_PER_VALUE * maxValues + 4 * fields.length,
    });
  }

  event(): JsonObject {
    const event: Record<string, Json> = {};
    for (const { name, shape } of this.#fields) {
      const value = this.#values.read(shape, 1, this.#leavesOf(name));
      if (value !== null) event[name] = value;
      else if (this.#isNullText) event[name] = null;
      this.#isNullText = false;
    }
    if (!this.#cursor.isAtEnd) {
      const { message } = this.#cursor.fault('bytes after the record');
      throw new RejectedInput('trailing_bytes', message);
    }
    return event;
  }

  #leavesOf(name: string): AvroLeaves {
    const depth = JSON_TEXT_DEPTH.get(name);
    if (depth === undefined) return KNOWN.has(name) ? TEXT_LEAVES : PLAIN_LEAVES;
    const parsed = (text: Buffer): Json => this.#parsed(name, text, depth);
    return { text: parsed, bytes: parsed };
  }

  #parsed(name: string, text: Buffer, depth: number): Json {
    const { maxBytes, maxValues, maxDepth } = this.#limits;
    try {
      const value = parseJson(text, { maxBytes, maxValues, maxDepth: maxDepth - depth });
      this.#isNullText = value === null;
      return value;
    } catch (thrown) {
      if (!(thrown instanceof RejectedInput)) throw thrown;
      this.fault ??= new RejectedInput(thrown.code, `/${name}: ${thrown.message}`);
      return null;
    }
  }
}
