import type { Json } from '../domain/json.ts';
import type { AvroCursor } from './avro-cursor.ts';
import { avroText } from './avro-cursor.ts';
import type { AvroShape, RecordShape } from './avro-shape.ts';
import { RejectedInput } from './rejected-input.ts';

/** How bytes of a value become JSON, where Avro leaves it open. */
export interface AvroLeaves {
  text(bytes: Buffer): Json;
  bytes(bytes: Buffer): Json;
}

/** What of a value has no counterpart in JSON: bytes become base64. */
export const PLAIN_LEAVES: AvroLeaves = { text: avroText, bytes: (bytes) => bytes.toString('base64') };

/** Bytes may stand for a string in a member of ours: schema resolution promotes them. */
export const TEXT_LEAVES: AvroLeaves = { text: avroText, bytes: avroText };

export interface ValueLimits {
  /** Records, arrays and maps around one another. */
  readonly maxDepth: number;
  /** Values that are read, nulls too: what takes no bytes must have an end as well. */
  readonly maxReads: number;
}

/**
 * Reads values by their shapes. A record's null members are absent, as a null of the contract's schema is; an enum is its
 * symbol, a union the value of its branch. Depth and number of values are bounded while they are read. Throws as `AvroCursor`
 * does, and `too_deep`, `too_many_values`, `duplicate_key`, `forbidden_key`.
 */
export class AvroValues {
  readonly #cursor: AvroCursor;
  readonly #limits: ValueLimits;
  #reads = 0;

  constructor(cursor: AvroCursor, limits: ValueLimits) {
    this.#cursor = cursor;
    this.#limits = limits;
  }

  /** `depth`: of what is around the value. */
  read(shape: AvroShape, depth: number, leaves: AvroLeaves): Json {
    const cursor = this.#cursor;
    this.#count();
    switch (shape.kind) {
      case 'null':
        return null;
      case 'boolean':
        return cursor.boolean();
      case 'int':
        return cursor.int();
      case 'long':
        return cursor.long();
      case 'float':
        return cursor.float();
      case 'double':
        return cursor.double();
      case 'string':
        return leaves.text(cursor.bytes());
      case 'bytes':
        return leaves.bytes(cursor.bytes());
      case 'fixed':
        return leaves.bytes(cursor.fixed(shape.size));
      case 'enum':
        return shape.symbols[cursor.index(shape.symbols.length)] as string;
      case 'union':
        return this.read(shape.branches[cursor.index(shape.branches.length)] as AvroShape, depth, leaves);
      case 'array':
        return this.#array(shape.items, this.#deeper(depth), leaves);
      case 'map':
        return this.#map(shape.items, this.#deeper(depth), leaves);
      case 'record':
        return this.#record(shape, this.#deeper(depth), leaves);
    }
  }

  #array(items: AvroShape, depth: number, leaves: AvroLeaves): Json {
    const values: Json[] = [];
    for (let count = this.#cursor.blockCount(); count > 0; count = this.#cursor.blockCount()) {
      for (let left = count; left > 0; left--) values.push(this.read(items, depth, leaves));
    }
    return values;
  }

  #map(items: AvroShape, depth: number, leaves: AvroLeaves): Json {
    const values: Record<string, Json> = {};
    for (let count = this.#cursor.blockCount(); count > 0; count = this.#cursor.blockCount()) {
      for (let left = count; left > 0; left--) {
        const name = avroText(this.#cursor.bytes());
        if (name === '__proto__') throw new RejectedInput('forbidden_key', 'a map with a member named __proto__');
        if (Object.hasOwn(values, name))
          throw new RejectedInput('duplicate_key', 'a map with a member name used twice');
        values[name] = this.read(items, depth, leaves);
      }
    }
    return values;
  }

  #record({ fields }: RecordShape, depth: number, leaves: AvroLeaves): Json {
    const values: Record<string, Json> = {};
    for (const { name, shape } of fields) {
      const value = this.read(shape, depth, leaves);
      if (value !== null) values[name] = value;
    }
    return values;
  }

  #deeper(depth: number): number {
    if (depth < this.#limits.maxDepth) return depth + 1;
    throw new RejectedInput('too_deep', `more than ${this.#limits.maxDepth} levels`);
  }

  #count(): void {
    if (++this.#reads <= this.#limits.maxReads) return;
    throw new RejectedInput('too_many_values', `more than ${this.#limits.maxReads} values, absent ones included`);
  }
}
