import type { ErrorObject } from 'ajv/dist/2020.js';
import { type JsonSchema, typesOf } from './json-schema.ts';
import { isRecord } from './path.ts';
import { didYouMean } from './suggest.ts';

/** Longest piece of a value that a message quotes. */
const QUOTED_CHARS = 60;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  boolean: 'a boolean',
  integer: 'an integer',
  number: 'a number',
  string: 'a string',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

/** A value as messages show it: scalars as JSON, the rest by kind. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > QUOTED_CHARS ? `${value.slice(0, QUOTED_CHARS)}…` : value);
}

/** What a schema error says, in words: `expected a boolean, got "yes"`. `got` is the value as it may be shown. */
export function expectation(error: ErrorObject, got: string): string {
  const wording = WORDINGS[error.keyword];
  return wording === undefined ? (error.message ?? error.keyword) : wording(error, got);
}

type Wording = (error: ErrorObject, got: string) => string;

const WORDINGS: Readonly<Record<string, Wording>> = {
  type: (error, got) => `expected ${typeNames(schemaOf(error))}, got ${got}`,
  enum: (error, got) => `expected ${choices(schemaOf(error).enum ?? [])}, got ${got}${guess(error, got)}`,
  const: (error, got) => `expected ${showValue(error.params.allowedValue)}, got ${got}`,
  minimum: (error, got) => `expected at least ${error.params.limit}, got ${got}`,
  exclusiveMinimum: (error, got) => `expected more than ${error.params.limit}, got ${got}`,
  maximum: (error, got) => `expected at most ${error.params.limit}, got ${got}`,
  exclusiveMaximum: (error, got) => `expected less than ${error.params.limit}, got ${got}`,
  minLength: () => 'expected text, got an empty string',
  maxLength: (error) => `expected at most ${error.params.limit} characters`,
  pattern: (error, got) => `expected text of the form ${error.params.pattern}, got ${got}`,
  minItems: (error) => `expected at least ${entries(error)}, got ${count(error.data)}`,
  maxItems: (error) => `expected at most ${entries(error)}, got ${count(error.data)}`,
  uniqueItems: (error) => `entries ${error.params.i} and ${error.params.j} are the same`,
  required: () => 'is missing',
  additionalProperties: (error) => `unknown key${knownKeys(error)}`,
  unevaluatedProperties: (error) => `unknown key${knownKeys(error)}`,
  dependentRequired: (error) => `belongs to an entry with "${error.params.missingProperty}", and there is none`,
  not: () => 'does not belong to this kind of entry',
  oneOf: (error) => exactlyOne(error),
};

function schemaOf(error: ErrorObject): JsonSchema {
  return isRecord(error.parentSchema) ? error.parentSchema : {};
}

function typeNames(schema: JsonSchema): string {
  return typesOf(schema)
    .map((type) => TYPE_NAMES[type] ?? type)
    .join(' or ');
}

function choices(values: readonly unknown[]): string {
  const shown = values.map((value) => showValue(value));
  return shown.length === 1 ? shown.join() : `one of ${shown.join(', ')}`;
}

/** Only where the value itself may be shown. */
function guess(error: ErrorObject, got: string): string {
  if (typeof error.data !== 'string' || got !== showValue(error.data)) return '';
  const candidates = schemaOf(error).enum ?? [];
  return didYouMean(error.data, candidates.map(String));
}

function entries(error: ErrorObject): string {
  return error.params.limit === 1 ? '1 entry' : `${error.params.limit} entries`;
}

function count(value: unknown): string {
  const length = Array.isArray(value) ? value.length : 0;
  return length === 0 ? 'none' : String(length);
}

function knownKeys(error: ErrorObject): string {
  const names = Object.keys(schemaOf(error).properties ?? {});
  const key = error.params.additionalProperty ?? error.params.unevaluatedProperty;
  const meant = didYouMean(String(key), names);
  return meant === '' && names.length > 0 ? `; known here: ${names.join(', ')}` : meant;
}

/** Of the schemas' `oneOf`, each branch requires one member. */
function exactlyOne(error: ErrorObject): string {
  const branches = Array.isArray(error.schema) ? (error.schema as readonly JsonSchema[]) : [];
  const names = branches.flatMap((branch) => (Array.isArray(branch.required) ? branch.required.map(String) : []));
  const data = isRecord(error.data) ? error.data : {};
  const present = names.filter((name) => Object.hasOwn(data, name));
  const got = present.length === 0 ? 'none' : present.join(' and ');
  return `expected exactly one of ${names.join(', ')}, got ${got}`;
}
