import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export const FORMATS = ['event', 'decision', 'audit', 'dead-letter'] as const;
export type Format = (typeof FORMATS)[number];

/** A schema as the tests walk it: any JSON object. */
export type SchemaNode = { readonly [key: string]: unknown };

export function readJsonSchema(format: Format): SchemaNode {
  return read(`${format}.schema.json`);
}

export function readAvroSchema(format: Format): SchemaNode {
  return read(`${format}.avsc`);
}

function read(file: string): SchemaNode {
  return JSON.parse(readFileSync(new URL(`../../schemas/${file}`, import.meta.url), 'utf8')) as SchemaNode;
}

// `strict` refuses unknown keywords and formats; conditions may name members that the schema around them defines.
const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
// The part of the format that the pattern beside it cannot say: a day that its month has.
ajv.addFormat('date-time', (text) => {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
});
ajv.addSchema(FORMATS.map(readJsonSchema));

export function validator(format: Format): ValidateFunction {
  const validate = ajv.getSchema(`urn:tollgate:${format}`);
  if (validate === undefined) throw new Error(`no schema ${format}`);
  return validate;
}
