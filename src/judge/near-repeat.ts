import { quickHash } from './quick-hash.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIMESTAMP = /\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:z|[+-]\d\d:?\d\d)?/g;
const NUMBER = /\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;
const SPACE = /\s+|\\[nrtf]/g;

/**
 * Key under which two tool calls count as nearly the same: their canonical text after folding case and
 * replacing UUIDs, timestamps, numbers and white space. Every pattern is linear in the text. Calls whose keys collide
 * only seem to repeat: nobody gains by making them.
 */
export function nearRepeatKey(canonicalCall: string): string {
  const lower = canonicalCall.toLowerCase();
  // Looking for a hyphen, which both need, is far cheaper than looking for either.
  const dated = lower.includes('-') ? lower.replace(UUID, 'u').replace(TIMESTAMP, 't') : lower;
  return quickHash(dated.replace(NUMBER, '0').replace(SPACE, ''));
}
