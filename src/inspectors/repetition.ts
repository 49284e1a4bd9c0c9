import type { JsonObject } from '../domain/json.ts';
import type { PolicyView } from '../domain/policy.ts';
import type { Answer } from '../domain/verdict.ts';
import { ALLOW, type Inspector, type InspectorKind } from './inspector.ts';
import { integerOption } from './options.ts';

/** car-policy 0.13's own limit. */
const DEFAULT_MAX = 5;

/**
 * Doom loops: `max` identical calls in a row pass, the next one is denied, and so on until another call comes. The host
 * counts (by canonical JSON, per session, without a window), so the count is right however long the run is.
 */
export const REPETITION: InspectorKind = {
  name: 'repetition',
  optionsSchema: {
    type: 'object',
    description: 'Identical tool calls in a row.',
    additionalProperties: false,
    properties: {
      max: { type: 'integer', minimum: 0, default: DEFAULT_MAX, description: 'Identical calls in a row that pass.' },
    },
  },
  create: createRepetition,
};

function createRepetition(options: JsonObject): Inspector {
  const max = integerOption(options, 'max', 0, DEFAULT_MAX);
  return (view) => inspect(view, max);
}

function inspect({ event, session }: PolicyView, max: number): Answer {
  const { count } = session.repeat;
  if (event.type !== 'tool_call' || count <= max) return ALLOW;
  const reason = `repetition inspector blocked: ${event.tool ?? ''} called ${count} times with identical params`;
  return { effect: 'deny', code: 'repetition.identical_calls', reason };
}
