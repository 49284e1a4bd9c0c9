import { describe, expect, test } from 'vitest';
import { EVENT_FIELDS, FIELD_BOUNDS } from '../../src/codec/event-fields.ts';
import { AUDIT_KINDS } from '../../src/domain/decision.ts';
import type { FaultCode, RejectionCode } from '../../src/domain/errors.ts';
import { CONTROL_EVENT_TYPES, FLEET_EVENT_TYPES, PHASES } from '../../src/domain/event.ts';
import { EFFECTS } from '../../src/domain/verdict.ts';
import { type Format, readJsonSchema } from './schema-files.ts';

/** The compiler refuses this object when a code is missing or unknown. */
const REJECTION_CODES: Record<RejectionCode, true> = {
  empty: true,
  too_large: true,
  invalid_utf8: true,
  byte_order_mark: true,
  invalid_json: true,
  trailing_bytes: true,
  too_deep: true,
  too_many_values: true,
  duplicate_key: true,
  forbidden_key: true,
  lone_surrogate: true,
  number_out_of_range: true,
  not_an_object: true,
  missing_field: true,
  wrong_type: true,
  out_of_bounds: true,
  unknown_type: true,
  invalid_time: true,
  clock_skew: true,
  unknown_format: true,
  unknown_schema: true,
  incompatible_schema: true,
  invalid_avro: true,
  invalid_cloud_event: true,
  envelope_mismatch: true,
  quarantined: true,
};

const FAULT_CODES: Record<FaultCode, true> = {
  invalid_event: true,
  clock_skew: true,
  event_id_conflict: true,
  session_limit: true,
  misrouted: true,
  patch_conflict: true,
  timeout: true,
  worker_died: true,
  trap: true,
  memory_limit: true,
  input_too_large: true,
  no_result: true,
  invalid_result: true,
  missing_builtin: true,
  builtin_failed: true,
  state_too_large: true,
  inspector_failed: true,
};

/** The schema node at a path of keys. */
function at(format: Format, ...path: readonly string[]): unknown {
  let node: unknown = readJsonSchema(format);
  for (const key of path) node = (node as Record<string, unknown>)[key];
  return node;
}

describe('the schemas hold the closed sets of the code', () => {
  test.each([
    ['event types', at('event', 'properties', 'type', 'enum'), [...FLEET_EVENT_TYPES, ...CONTROL_EVENT_TYPES]],
    ['phases', at('event', 'properties', 'phase', 'enum'), PHASES],
    ['effects', at('decision', '$defs', 'effect', 'enum'), EFFECTS],
    ['fault codes', at('decision', '$defs', 'error', 'properties', 'code', 'enum'), Object.keys(FAULT_CODES)],
    ['audit kinds', at('audit', 'properties', 'kind', 'enum'), AUDIT_KINDS],
    ['rejection codes', at('dead-letter', 'properties', 'tollgate_error_code', 'enum'), Object.keys(REJECTION_CODES)],
  ])('%s', (_, inSchema, inCode) => {
    expect(inSchema).toEqual(inCode);
  });

  test('the members of an event', () => {
    const names = Object.keys(at('event', 'properties') as object);
    expect([...names].sort()).toEqual(EVENT_FIELDS.map((field) => field.wire).sort());
  });

  test('what a decision repeats of an event', () => {
    const ofDecision = Object.keys(at('decision', 'properties') as object);
    const ofEvent = Object.keys(at('event', 'properties') as object);
    const echoed = EVENT_FIELDS.filter((field) => field.echoed === true).map((field) => field.wire);
    expect(ofDecision.filter((name) => ofEvent.includes(name)).sort()).toEqual(echoed.sort());
  });

  test('the bounds of an event', () => {
    expect(at('event', 'properties', 'event_id', 'maxLength')).toBe(FIELD_BOUNDS.eventIdChars);
    expect(at('event', '$defs', 'id', 'maxLength')).toBe(FIELD_BOUNDS.idChars);
    expect(at('event', '$defs', 'mode', 'maxLength')).toBe(FIELD_BOUNDS.modeChars);
    expect(at('event', '$defs', 'amount', 'maximum')).toBe(FIELD_BOUNDS.usage);
    expect(at('event', 'properties', 'approvals', 'maxItems')).toBe(FIELD_BOUNDS.approvals);
  });
});
