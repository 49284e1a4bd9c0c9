/** The keywords of JSON Schema 2020-12 that the configuration's schemas use; the index keeps the rest readable. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  /** Marks a secret: its value is never printed. */
  readonly writeOnly?: boolean;
}

/** The types a schema allows, as a list; empty when it does not say. */
export function typesOf(schema: JsonSchema): readonly string[] {
  if (schema.type === undefined) return [];
  return typeof schema.type === 'string' ? [schema.type] : schema.type;
}

/** An integer between two bounds, both included, with what it is when nobody sets it. */
export function integer(description: string, minimum: number, maximum: number, preset: number): JsonSchema {
  return { type: 'integer', minimum, maximum, default: preset, description };
}

/** A string that is not empty. */
export function text(description: string): JsonSchema {
  return { type: 'string', minLength: 1, description };
}

/** A list of strings that are not empty. */
export function texts(description: string): JsonSchema {
  return { type: 'array', items: { type: 'string', minLength: 1 }, description };
}

/** An object that takes these members and no other. */
export function record(
  description: string,
  properties: Readonly<Record<string, JsonSchema>>,
  rest: JsonSchema = {},
): JsonSchema {
  return { type: 'object', description, additionalProperties: false, properties, ...rest };
}
