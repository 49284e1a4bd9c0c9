import avro from 'avsc';

/** A schema as values are read by it. Records may hold themselves. */
export type AvroShape =
  | { readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string' }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array' | 'map'; readonly items: AvroShape }
  | { readonly kind: 'union'; readonly branches: readonly AvroShape[] }
  | RecordShape;

export interface RecordShape {
  readonly kind: 'record';
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly shape: AvroShape;
}

type Shapes = Map<avro.Type, AvroShape>;

const PRIMITIVES: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);

/** The shape of a schema that avsc has read. Throws an Error for what is no Avro type. */
export function shapeOf(type: avro.Type, shapes: Shapes = new Map()): AvroShape {
  const known = shapes.get(type);
  if (known !== undefined) return known;
  if (type instanceof avro.types.RecordType) return recordShape(type, shapes);
  const shape = plainShape(type, shapes);
  shapes.set(type, shape);
  return shape;
}

function recordShape(type: avro.types.RecordType, shapes: Shapes): AvroShape {
  const fields: AvroField[] = [];
  const shape = { kind: 'record', fields } as const;
  // Before its fields are looked at: they may mention it.
  shapes.set(type, shape);
  for (const field of type.fields) fields.push({ name: field.name, shape: shapeOf(field.type, shapes) });
  return shape;
}

function plainShape(type: avro.Type, shapes: Shapes): AvroShape {
  if (type instanceof avro.types.ArrayType) return { kind: 'array', items: shapeOf(type.itemsType, shapes) };
  if (type instanceof avro.types.MapType) return { kind: 'map', items: shapeOf(type.valuesType, shapes) };
  if (type instanceof avro.types.EnumType) return { kind: 'enum', symbols: type.symbols };
  if (type instanceof avro.types.FixedType) return { kind: 'fixed', size: type.size };
  if (type instanceof avro.types.UnwrappedUnionType || type instanceof avro.types.WrappedUnionType) {
    return { kind: 'union', branches: type.types.map((branch) => shapeOf(branch, shapes)) };
  }
  if (PRIMITIVES.has(type.typeName)) return { kind: type.typeName } as AvroShape;
  throw new Error('a type that Avro does not have');
}
