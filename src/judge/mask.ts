import type { Json, JsonObject } from '../domain/json.ts';
import { cutText } from './cut-text.ts';
import { isJsonArray } from './json-pointer.ts';

/*
 * Owns, for each options object, a memo of what becomes of member names. Invariants:
 * 1. A memo never holds more than MEMO_KEYS names, nor a name longer than MEMO_KEY_LENGTH.
 * 2. A memo changes no answer: it belongs to one options object (never changed after its first use) and one `maskText`.
 */
const MEMO_KEYS = 4096;
const MEMO_KEY_LENGTH = 64;
/** Longest member name shown, whatever `maxStringLength` says: names are what a reader of the record goes by. */
const SHOWN_KEY_LENGTH = 256;

/** What stands in an audit record for the value of a member whose name is on `audit.maskKeys`. */
export const MASKED = '[masked]';

export interface MaskOptions {
  /** Parts of member names whose values are never shown, in lower case. */
  readonly maskKeys: readonly string[];
  /** Longest string value shown, in UTF-16 units, without the note of what was cut. */
  readonly maxStringLength: number;
}

/** Finds and masks secrets and PII inside one string. */
export type MaskText = (text: string) => string;

interface KeyPlan {
  readonly hidden: boolean;
  readonly shown: string;
}

interface Masker {
  readonly options: MaskOptions;
  readonly maskText: MaskText;
  readonly plans: Map<string, KeyPlan>;
}

const maskers = new WeakMap<MaskOptions, Masker>();

/**
 * A value as an audit record may show it: members named like one of `maskKeys` hidden whole, all other text (member
 * names too: maps keyed by address exist) through `maskText`, then cut. What needs no change is the same reference.
 * Recursive: the codec bounds depth. Pass the same `options` object each time; it carries the memo.
 */
export function maskForAudit(value: Json, options: MaskOptions, maskText: MaskText): Json {
  return maskValue(value, maskerFor(options, maskText));
}

function maskerFor(options: MaskOptions, maskText: MaskText): Masker {
  const known = maskers.get(options);
  if (known?.maskText === maskText) return known;
  const masker = { options, maskText, plans: new Map<string, KeyPlan>() };
  maskers.set(options, masker);
  return masker;
}

function maskValue(value: Json, masker: Masker): Json {
  if (typeof value === 'string') return maskString(value, masker.options.maxStringLength, masker.maskText);
  if (typeof value !== 'object' || value === null) return value;
  return isJsonArray(value) ? maskItems(value, masker) : maskMembers(value, masker);
}

/** Masks before it cuts: a secret that lies across the cut is found whole. */
function maskString(text: string, maxLength: number, maskText: MaskText): string {
  const masked = maskText(text);
  if (masked.length <= maxLength) return masked;
  const head = cutText(masked, maxLength);
  return `${head}…(+${masked.length - head.length} chars)`;
}

function maskItems(items: readonly Json[], masker: Masker): readonly Json[] {
  let copy: Json[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = items[i] ?? null;
    const masked = maskValue(item, masker);
    if (masked === item) continue;
    copy ??= items.slice();
    copy[i] = masked;
  }
  return copy ?? items;
}

function maskMembers(object: JsonObject, masker: Masker): JsonObject {
  const keys = Object.keys(object);
  let copy: Record<string, Json> | undefined;
  let place = 0;
  for (const key of keys) {
    const plan = planFor(key, masker);
    const value = object[key] ?? null;
    const masked = plan.hidden ? MASKED : maskValue(value, masker);
    if (copy === undefined && (masked !== value || plan.shown !== key)) copy = firstMembers(object, keys, place);
    if (copy !== undefined) copy[freeName(copy, plan.shown, place)] = masked;
    place++;
  }
  return copy ?? object;
}

function firstMembers(object: JsonObject, keys: readonly string[], count: number): Record<string, Json> {
  const members: Record<string, Json> = {};
  for (const key of keys.slice(0, count)) members[key] = object[key] ?? null;
  return members;
}

/** Names that are masked alike stay apart: the second one gets its place in the object behind it. */
function freeName(members: JsonObject, name: string, place: number): string {
  let free = name;
  while (Object.hasOwn(members, free)) free += `#${place}`;
  return free;
}

function planFor(key: string, masker: Masker): KeyPlan {
  const known = masker.plans.get(key);
  if (known !== undefined) return known;
  const lower = key.toLowerCase();
  const hidden = masker.options.maskKeys.some((part) => lower.includes(part));
  const plan = { hidden, shown: maskString(key, SHOWN_KEY_LENGTH, masker.maskText) };
  if (key.length > MEMO_KEY_LENGTH) return plan;
  if (masker.plans.size >= MEMO_KEYS) masker.plans.clear();
  masker.plans.set(key, plan);
  return plan;
}
