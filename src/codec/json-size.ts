import type { Json } from '../domain/json.ts';
import type { JsonLimits } from './json-scan.ts';
import { RejectedInput } from './rejected-input.ts';

/**
 * Refuses a value that would have been refused as a JSON document of its own (`too_deep`, `too_many_values`): for values
 * that lay in something else. The value itself must be of bounded depth already.
 */
export function refuseOversized(value: Json, limits: JsonLimits): void {
  const values = countValues(value, 1, limits.maxDepth);
  if (values > limits.maxValues) throw new RejectedInput('too_many_values', `more than ${limits.maxValues} values`);
}

function countValues(value: Json, depth: number, maxDepth: number): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (depth > maxDepth) throw new RejectedInput('too_deep', `more than ${maxDepth} levels`);
  let count = 1;
  for (const member of Array.isArray(value) ? (value as readonly Json[]) : Object.values(value)) {
    count += countValues(member, depth + 1, maxDepth);
  }
  return count;
}
