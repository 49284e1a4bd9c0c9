import type { Event } from '../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Effect, Patch } from '../domain/verdict.ts';
import { cutText } from './cut-text.ts';
import { jsonEqual } from './json-equal.ts';
import { isJsonArray, memberAt, parsePointer } from './json-pointer.ts';

/** What a string becomes that two policies would redact differently. */
export const MASK = '[redacted]';

const POINTER_SHOWN_LENGTH = 200;

/** Patches with the policy that wants them. A verdict is one. */
export interface PatchSource {
  readonly policy: string;
  /** Only what a policy calls a redaction is one: two rewrites of a string are not. */
  readonly effect: Effect;
  readonly patches?: readonly Patch[];
}

export type CombinedPatches =
  | { readonly kind: 'patches'; readonly patches: readonly Patch[] }
  /** `message` names the pointer and the policies, never a value. */
  | { readonly kind: 'conflict'; readonly message: string };

/** What is wanted at one pointer, and by whom first. */
interface Claim {
  readonly patch: Patch;
  readonly policy: string;
  /** A string replaced by a string: two such claims are redactions of one string, and may differ. */
  readonly redaction: boolean;
}

interface Refusal {
  readonly pointer: string;
  readonly problem: string;
}

/** Where a pointer leads: `target` is undefined when the parent has no such member. */
interface Place {
  readonly parent: JsonObject | readonly Json[];
  readonly key: string;
  readonly target: Json | undefined;
}

const NO_PATCHES: CombinedPatches = { kind: 'patches', patches: [] };

/** What patches may change of an event, as it came: the document that their pointers address. */
export function patchRoot(event: Event): JsonObject {
  const { result, context, material } = event.fields;
  const root: Record<string, Json> = { params: event.params };
  if (result !== undefined) root.result = result;
  if (context !== undefined) root.context = context;
  if (material !== undefined) root.material = material;
  return root;
}

/**
 * All policies' patches as one set that addresses the event as it came, in order of first appearance, or why there is
 * none (contract section 3). No pointer of the set is another's ancestor, no two are equal, and no array changes its
 * length: so the operations can be applied in any order, and one by one as RFC 6902 does.
 */
export function combinePatches(sources: readonly PatchSource[], event: Event): CombinedPatches {
  if (!sources.some(hasPatches)) return NO_PATCHES;
  const root = patchRoot(event);
  const claims = new Map<string, Claim>();
  for (const source of sources) {
    for (const patch of source.patches ?? []) {
      const refusal = addClaim(claims, patch, source, root);
      if (refusal !== undefined) return conflict(refusal);
    }
  }
  const nested = findNested(claims);
  if (nested !== undefined) return conflict(nested);
  return { kind: 'patches', patches: Array.from(claims.values(), (claim) => claim.patch) };
}

function hasPatches(source: PatchSource): boolean {
  return source.patches !== undefined && source.patches.length > 0;
}

function addClaim(
  claims: Map<string, Claim>,
  patch: Patch,
  source: PatchSource,
  root: JsonObject,
): Refusal | undefined {
  const { policy } = source;
  const place = locate(root, patch.path);
  if (place === undefined) return refused(patch, policy, 'the path leads nowhere that a patch may change');
  const checked = checkedPatch(patch, place);
  if (typeof checked === 'string') return refused(patch, policy, checked);
  const isText = typeof place.target === 'string' && typeof checked.value === 'string';
  const redaction = source.effect === 'redact' && checked.op === 'replace' && isText;
  const first = claims.get(patch.path);
  const joined = joinClaims(first, { patch: checked, policy, redaction });
  if (joined === undefined) return clash(patch.path, first?.policy ?? policy, policy);
  claims.set(patch.path, joined);
  return undefined;
}

function locate(root: JsonObject, pointer: string): Place | undefined {
  const tokens = parsePointer(pointer);
  const key = tokens?.at(-1);
  if (tokens === undefined || key === undefined || !mayChange(tokens)) return undefined;
  let parent: Json = root;
  for (let depth = 0; depth < tokens.length - 1; depth++) {
    const next = memberAt(parent, tokens[depth] ?? '');
    if (next === undefined) return undefined;
    parent = next;
  }
  if (!isJsonObject(parent) && !isJsonArray(parent)) return undefined;
  return { parent, key, target: memberAt(parent, key) };
}

/** Ids, tool, type and time are what the decision is about: no patch reaches them. */
function mayChange(tokens: readonly string[]): boolean {
  const [root] = tokens;
  return root === 'params' || root === 'result' || root === 'context' || root === 'material';
}

/** The operation as it will be written, or what is wrong with it. */
function checkedPatch({ op, path, value }: Patch, { parent, key, target }: Place): Patch | string {
  if (op === 'remove') {
    if (target === undefined) return 'there is nothing to remove';
    return isJsonArray(parent) ? { op: 'replace', path, value: null } : { op, path };
  }
  if (op !== 'replace' && op !== 'add') return 'only add, replace and remove are known';
  if (value === undefined) return `${op} without a value`;
  if (op === 'replace') return target === undefined ? 'there is nothing to replace' : { op, path, value };
  if (isJsonArray(parent)) return 'add would move the items of an array';
  // The codec refuses such a member in events; to assign it would set a prototype.
  if (key === '__proto__') return 'no event can have this member';
  return { op, path, value };
}

/** The same patch twice is one; two redactions of one string mask all of it, so that neither shows what the other hid. */
function joinClaims(first: Claim | undefined, next: Claim): Claim | undefined {
  if (first === undefined) return next;
  if (first.patch.op === next.patch.op && jsonEqual(first.patch.value, next.patch.value)) {
    return { ...first, redaction: first.redaction && next.redaction };
  }
  if (!first.redaction || !next.redaction) return undefined;
  return { ...first, patch: { op: 'replace', path: first.patch.path, value: MASK } };
}

/** Looks each pointer's ancestors up once: siblings share the walk, whatever their number. */
function findNested(claims: ReadonlyMap<string, Claim>): Refusal | undefined {
  const clear = new Set<string>();
  for (const [path, claim] of claims) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const ancestor = path.slice(0, end);
      if (clear.has(ancestor)) break;
      const above = claims.get(ancestor);
      if (above !== undefined) return clash(path, above.policy, claim.policy);
      clear.add(ancestor);
    }
  }
  return undefined;
}

function refused(patch: Patch, policy: string, problem: string): Refusal {
  return { pointer: patch.path, problem: `the patch of policy ${JSON.stringify(policy)} does not apply: ${problem}` };
}

function clash(pointer: string, first: string, second: string): Refusal {
  const who =
    first === second ? `policy ${JSON.stringify(first)}` : [first, second].map((p) => JSON.stringify(p)).join(' and ');
  return { pointer, problem: `patches of ${who} overlap` };
}

function conflict({ pointer, problem }: Refusal): CombinedPatches {
  const shown = cutText(pointer, POINTER_SHOWN_LENGTH);
  return { kind: 'conflict', message: `${shown === pointer ? shown : `${shown}…`}: ${problem}` };
}
