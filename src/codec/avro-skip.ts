import type { AvroCursor } from './avro-cursor.ts';
import type { AvroShape } from './avro-shape.ts';

/** Values around one another; events may be far less deep, so that only what could never be read is refused here. */
const MAX_DEPTH = 1000;
/** Of one record. What takes no bytes must have an end as well. */
const MAX_VALUES = 4_000_000;

/**
 * Passes over one record, to find where it ends. What its values are is not looked at: a record that cannot be read may
 * still have an end. Throws `invalid_avro` where the end cannot be found: lengths that leave the bytes, a branch that the
 * schema does not have, more values or levels than anything that is read.
 */
export class AvroSkip {
  readonly #cursor: AvroCursor;
  #values = 0;

  constructor(cursor: AvroCursor) {
    this.#cursor = cursor;
  }

  /** `depth`: of what is around the value. */
  value(shape: AvroShape, depth = 0): void {
    const cursor = this.#cursor;
    this.#count(depth);
    switch (shape.kind) {
      case 'null':
        break;
      case 'boolean':
        cursor.skip(1);
        break;
      case 'int':
      case 'long':
      case 'enum':
        cursor.long();
        break;
      case 'float':
        cursor.skip(4);
        break;
      case 'double':
        cursor.skip(8);
        break;
      case 'string':
      case 'bytes':
        cursor.skipBytes();
        break;
      case 'fixed':
        cursor.skip(shape.size);
        break;
      case 'union':
        this.value(shape.branches[cursor.index(shape.branches.length)] as AvroShape, depth + 1);
        break;
      case 'array':
        this.#items(shape.items, depth + 1, false);
        break;
      case 'map':
        this.#items(shape.items, depth + 1, true);
        break;
      case 'record':
        for (const field of shape.fields) this.value(field.shape, depth + 1);
    }
  }

  #items(items: AvroShape, depth: number, areNamed: boolean): void {
    for (let count = this.#cursor.blockCount(); count > 0; count = this.#cursor.blockCount()) {
      for (let left = count; left > 0; left--) {
        if (areNamed) this.#cursor.skipBytes();
        this.value(items, depth);
      }
    }
  }

  #count(depth: number): void {
    if (++this.#values > MAX_VALUES) throw this.#cursor.fault(`more than ${MAX_VALUES} values`);
    if (depth > MAX_DEPTH) throw this.#cursor.fault(`more than ${MAX_DEPTH} levels`);
  }
}
