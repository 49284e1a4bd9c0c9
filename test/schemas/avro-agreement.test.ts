import avro from 'avsc';
import { describe, expect, test } from 'vitest';
import { FORMATS, readAvroSchema, readJsonSchema, type SchemaNode } from './schema-files.ts';

/** What both kinds of schema can say about a value. `json` is any JSON value, which Avro holds as text. */
type Shape =
  | { readonly kind: 'scalar'; readonly types: readonly string[]; readonly symbols?: readonly string[] }
  | { readonly kind: 'json' }
  | { readonly kind: 'array'; readonly items: Shape }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, Field> };
interface Field {
  readonly optional: boolean;
  readonly shape: Shape;
}

const JSON_SCHEMAS = new Map(FORMATS.map((format) => [`urn:tollgate:${format}`, readJsonSchema(format)]));

function resolve(node: SchemaNode, root: SchemaNode): readonly [SchemaNode, SchemaNode] {
  const ref = node.$ref;
  if (typeof ref !== 'string') return [node, root];
  const other = JSON_SCHEMAS.get(ref);
  if (other !== undefined) return [other, other];
  const name = ref.replace('#/$defs/', '');
  return [(root.$defs as Record<string, SchemaNode>)[name] as SchemaNode, root];
}

function typesOf(node: SchemaNode): readonly string[] {
  return [node.type ?? []].flat().map(String);
}

function jsonShape(unresolved: SchemaNode, from: SchemaNode): Shape {
  const [node, root] = resolve(unresolved, from);
  const types = typesOf(node).filter((type) => type !== 'null');
  if (types.length === 1 && types[0] === 'array')
    return { kind: 'array', items: jsonShape(node.items as SchemaNode, root) };
  if (types.length === 0 || types.includes('object')) return objectShape(node, root);
  return {
    kind: 'scalar',
    types: [...types].sort(),
    ...(node.enum === undefined ? {} : { symbols: node.enum as string[] }),
  };
}

function objectShape(node: SchemaNode, root: SchemaNode): Shape {
  if (node.properties === undefined) return { kind: 'json' };
  const required = (node.required ?? []) as readonly string[];
  const fields = Object.entries(node.properties as Record<string, SchemaNode>).map(([name, member]) => {
    const isNullable = typesOf(resolve(member, root)[0]).includes('null');
    return [name, { optional: isNullable || !required.includes(name), shape: jsonShape(member, root) }] as const;
  });
  return { kind: 'record', fields: new Map(fields) };
}

const SCALARS = new Map([
  ['string', 'string'],
  ['long', 'integer'],
  ['double', 'number'],
  ['boolean', 'boolean'],
]);

/** Named types as they are met, so that a later mention finds them. */
type Names = Map<string, Shape>;

function avroShape(type: unknown, doc: string, names: Names): Shape {
  const branches = [type].flat().filter((branch) => branch !== 'null');
  if (branches.length > 1) return { kind: 'scalar', types: branches.map((branch) => scalarName(branch)).sort() };
  const [branch] = branches;
  if (typeof branch !== 'string') return complexShape(branch as SchemaNode, doc, names);
  if (branch === 'string' && /JSON text/.test(doc)) return { kind: 'json' };
  return names.get(branch.replace('tollgate.', '')) ?? { kind: 'scalar', types: [scalarName(branch)] };
}

function scalarName(type: unknown): string {
  const name = SCALARS.get(String(type));
  if (name === undefined) throw new Error(`an Avro type that JSON has no word for: ${String(type)}`);
  return name;
}

function complexShape(node: SchemaNode, doc: string, names: Names): Shape {
  if (node.type === 'array') return { kind: 'array', items: avroShape(node.items, doc, names) };
  const shape = node.type === 'enum' ? enumShape(node) : recordShape(node, names);
  names.set(String(node.name), shape);
  return shape;
}

function enumShape(node: SchemaNode): Shape {
  return { kind: 'scalar', types: ['string'], symbols: node.symbols as string[] };
}

function recordShape(node: SchemaNode, names: Names): Shape {
  const fields = (node.fields as SchemaNode[]).map((field) => {
    const optional = [field.type].flat().includes('null');
    return [String(field.name), { optional, shape: avroShape(field.type, String(field.doc ?? ''), names) }] as const;
  });
  return { kind: 'record', fields: new Map(fields) };
}

/** Every way in which the two differ, each with its path. A closed set of strings may be a plain string in Avro. */
function differences(json: Shape, other: Shape, path: string): readonly string[] {
  if (json.kind === 'record' && other.kind === 'record') return fieldDifferences(json.fields, other.fields, path);
  if (json.kind === 'array' && other.kind === 'array') return differences(json.items, other.items, `${path}[]`);
  if (json.kind === 'scalar' && other.kind === 'scalar') {
    const sameSymbols = other.symbols === undefined || String(json.symbols) === String(other.symbols);
    return sameSymbols && String(json.types) === String(other.types) ? [] : [`${path}: ${json.types} ${other.types}`];
  }
  return json.kind === other.kind ? [] : [`${path}: ${json.kind} in JSON, ${other.kind} in Avro`];
}

type Fields = ReadonlyMap<string, Field>;

function fieldDifferences(json: Fields, other: Fields, path: string): readonly string[] {
  const missing = [...json.keys()].filter((name) => !other.has(name)).map((name) => `${path}.${name}: not in Avro`);
  const added = [...other.keys()].filter((name) => !json.has(name)).map((name) => `${path}.${name}: not in JSON`);
  const within = [...json].flatMap(([name, field]) => {
    const match = other.get(name);
    if (match === undefined) return [];
    const optional = match.optional === field.optional ? [] : [`${path}.${name}: optional in one only`];
    return [...optional, ...differences(field.shape, match.shape, `${path}.${name}`)];
  });
  return [...missing, ...added, ...within];
}

function bothShapes(format: (typeof FORMATS)[number]): readonly [Shape, Shape] {
  const names: Names = new Map();
  if (format === 'audit') avroShape(readAvroSchema('decision'), '', names);
  const json = readJsonSchema(format);
  return [jsonShape(json, json), avroShape(readAvroSchema(format), '', names)];
}

describe.each(FORMATS)('%s', (format) => {
  test('has the same fields, types and optional members in Avro as in JSON Schema', () => {
    const [json, other] = bothShapes(format);
    expect(differences(json, other, format)).toEqual([]);
  });

  test('has its fields in the same order in both', () => {
    const [json, other] = bothShapes(format);
    const order = (shape: Shape) => (shape.kind === 'record' ? [...shape.fields.keys()] : []);
    expect(order(other)).toEqual(order(json));
    expect(order(json).length).toBeGreaterThan(5);
  });
});

describe('the comparison', () => {
  test('sees a field that only one side has, another type, and another need', () => {
    const [json] = bothShapes('dead-letter');
    if (json.kind !== 'record') throw new Error('not a record');
    const changed = new Map(json.fields);
    changed.delete('tollgate_source');
    changed.set('more', { optional: true, shape: { kind: 'json' } });
    changed.set('tollgate_error_message', { optional: true, shape: { kind: 'json' } });
    expect(differences(json, { kind: 'record', fields: changed }, 'x')).toEqual([
      'x.tollgate_source: not in Avro',
      'x.more: not in JSON',
      'x.tollgate_error_message: optional in one only',
      'x.tollgate_error_message: scalar in JSON, json in Avro',
    ]);
  });
});

describe('the Avro schemas', () => {
  test('are read by an Avro library, the audit record after the decision', () => {
    const registry = {};
    for (const format of ['event', 'decision', 'audit', 'dead-letter'] as const) {
      const type = avro.Type.forSchema(readAvroSchema(format) as avro.Schema, { registry });
      expect(type.typeName).toBe('record');
    }
  });

  test('have a default of null for every field that may be absent, so that fields can be added', () => {
    const type = avro.Type.forSchema(readAvroSchema('event') as avro.Schema);
    const event = { event_id: 'e', type: 'step', session_id: 's', occurred_at: '2026-03-02T08:00:00Z' };
    const old = {
      type: 'record',
      name: 'Event',
      namespace: 'tollgate',
      fields: ['event_id', 'type', 'session_id'].map((name) => ({ name, type: 'string' })),
    };
    const written = avro.Type.forSchema({
      ...old,
      fields: [...old.fields, { name: 'occurred_at', type: ['string', 'long'] }],
    } as avro.Schema);
    const read = type.fromBuffer(written.toBuffer(event), type.createResolver(written)) as Record<string, unknown>;
    expect(read).toMatchObject({ event_id: 'e', params: null, usage: null, context: null });
  });
});
