import { CONTROL_EVENT_TYPES, FLEET_EVENT_TYPES, PHASES } from '../domain/event.ts';
import { FACT_KINDS, INPUT_FORMS, RESULT_FORMS } from '../domain/policy.ts';
import { integer, type JsonSchema, record, text, texts } from './json-schema.ts';

/** Members of a policy entry of which exactly one says how it is evaluated. */
const ENGINE_KEYS = ['inspector', 'opa', 'extism', 'pack'] as const;

/** What an inspector is to the configuration: its name and the schema of its `with:`. */
export interface InspectorOptions {
  readonly name: string;
  readonly optionsSchema: JsonSchema;
}

/**
 * One entry of `policies`. `inspectors` are those that can be used; each holds its own `with:` against its own schema.
 * Every name that the contract knows is taken by the schema, so that what is not built yet is told from what is unknown.
 */
export function policySchema(inspectors: readonly InspectorOptions[]): JsonSchema {
  return record('A policy.', POLICY_MEMBERS, {
    required: ['name'],
    oneOf: ENGINE_KEYS.map((key) => ({ required: [key] })),
    dependentSchemas: { inspector: without('result', 'input', 'gate'), pack: without('result', 'input', 'gate') },
    dependentRequired: { with: ['inspector'] },
    ...(inspectors.length === 0 ? {} : { allOf: inspectors.map(optionsRule) }),
  });
}

/** Forbids members that belong to another engine. (`not: {}` is JSON Schema's way to say never.) */
function without(...members: readonly string[]): JsonSchema {
  return { properties: Object.fromEntries(members.map((member) => [member, { not: {} }])) };
}

/** Built from pairs: an object literal with a member `then` looks like a promise to whoever awaits it. */
function optionsRule(inspector: InspectorOptions): JsonSchema {
  const isIt = { properties: { inspector: { const: inspector.name } }, required: ['inspector'] };
  const options = { properties: { with: inspector.optionsSchema } };
  return Object.fromEntries([
    ['if', isIt],
    ['then', options],
  ]);
}

const MATCH_SCHEMA = record(
  'Which events the policy judges; a list that is absent matches everything.',
  {
    types: choices('Event types.', [...FLEET_EVENT_TYPES, ...CONTROL_EVENT_TYPES]),
    phases: choices('Phases.', PHASES),
    tools: { ...texts('Tools, as globs (`http*`).'), minItems: 1 },
    tenants: { ...texts('Tenants, as globs.'), minItems: 1 },
  },
  { default: {} },
);

function choices(description: string, values: readonly string[]): JsonSchema {
  return { type: 'array', items: { type: 'string', enum: values }, minItems: 1, uniqueItems: true, description };
}

const LIMITS_SCHEMA = record(
  'Limits of this policy.',
  {
    timeoutMs: integer('Time for one evaluation; beyond it the verdict is deny.', 1, 60_000, 250),
    memoryMb: integer('Memory of one module, MiB.', 1, 1024, 16),
    maxInputBytes: integer('Size of the `input` document; beyond it the verdict is deny.', 1024, 16_777_216, 524_288),
  },
  { default: {} },
);

const OPA_SCHEMA = record(
  'An OPA policy, compiled to Wasm.',
  {
    bundle: text('Path of an OPA bundle (`.tar.gz`) with a `policy.wasm`.'),
    wasm: text('Path of a bare module.'),
    data: text('Path of a JSON document for `data`.'),
    entrypoint: {
      type: 'string',
      pattern: '^[^/\\s]+(/[^/\\s]+)*$',
      description: 'Entrypoint as a slash path (`agent/decision`); not needed when the module has only one.',
    },
  },
  { oneOf: [{ required: ['bundle'] }, { required: ['wasm'] }] },
);

const EXTISM_SCHEMA = record(
  'An Extism module.',
  {
    module: text('Path of the module.'),
    allowedHosts: texts('Hosts that the module may reach.'),
    args: { type: 'object', description: 'Arguments of the policy.' },
  },
  { required: ['module'] },
);

const POLICY_MEMBERS: Readonly<Record<string, JsonSchema>> = {
  name: {
    type: 'string',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    description: 'Names the policy in verdicts, metrics and messages; unique.',
  },
  inspector: text('A built-in inspector.'),
  with: { type: 'object', description: 'Options of the inspector.' },
  opa: OPA_SCHEMA,
  extism: EXTISM_SCHEMA,
  pack: text('A list of inspectors under one name.'),
  match: MATCH_SCHEMA,
  mode: {
    type: 'string',
    enum: ['enforce', 'shadow'],
    default: 'enforce',
    description: 'A `shadow` policy is evaluated and recorded, and changes nothing.',
  },
  needs: {
    type: 'array',
    items: { type: 'string', enum: FACT_KINDS },
    uniqueItems: true,
    default: [],
    description: 'Facts that the policy reads under `input.facts`.',
  },
  limits: LIMITS_SCHEMA,
  result: {
    type: 'string',
    enum: RESULT_FORMS,
    description: 'What the module returns; `decision` when absent.',
  },
  input: {
    type: 'string',
    enum: INPUT_FORMS,
    description: 'The form of the `input` document; `tollgate` when absent.',
  },
  gate: { type: 'boolean', description: 'With `result: violations`: deny instead of warn.' },
};
