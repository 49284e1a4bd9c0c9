import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Patch } from '../domain/verdict.ts';
import { isJsonArray, memberAt, parsePointer } from './json-pointer.ts';

type Draft = Record<string, Json> | Json[];

/** Copies made for this call, by themselves: each container on the way to a patch is copied once, then written to. */
type Drafts = Map<Json, Draft>;

/**
 * The document after a set of patches that `combinePatches` made for it. `root` is left as it is; whatever no patch
 * touches is the same reference in both. A patch that does not apply is a fault of ours: throws.
 */
export function applyPatches(root: JsonObject, patches: readonly Patch[]): JsonObject {
  if (patches.length === 0) return root;
  const copy: Record<string, Json> = { ...root };
  const drafts: Drafts = new Map();
  for (const patch of patches) applyPatch(copy, patch, drafts);
  return copy;
}

function applyPatch(root: Record<string, Json>, patch: Patch, drafts: Drafts): void {
  const tokens = parsePointer(patch.path) ?? [];
  const key = tokens.at(-1);
  if (key === undefined) throw doesNotApply(patch);
  let parent: Draft = root;
  for (let depth = 0; depth < tokens.length - 1; depth++) {
    const next = draftMember(parent, tokens[depth] ?? '', drafts);
    if (next === undefined) throw doesNotApply(patch);
    parent = next;
  }
  write(parent, key, patch);
}

function write(parent: Draft, key: string, patch: Patch): void {
  const fits = patch.op === 'add' ? !isJsonArray(parent) : memberAt(parent, key) !== undefined;
  if (!fits) throw doesNotApply(patch);
  if (patch.value !== undefined) assign(parent, key, patch.value);
  else if (patch.op === 'remove' && !isJsonArray(parent)) delete parent[key];
  else throw doesNotApply(patch);
}

/** The container under `token`, as a copy that may be written to; undefined when there is none. */
function draftMember(parent: Draft, token: string, drafts: Drafts): Draft | undefined {
  const member = memberAt(parent, token);
  if (member === undefined) return undefined;
  const known = drafts.get(member);
  if (known !== undefined) return known;
  if (!isJsonArray(member) && !isJsonObject(member)) return undefined;
  const draft: Draft = isJsonArray(member) ? [...member] : { ...member };
  drafts.set(draft, draft);
  assign(parent, token, draft);
  return draft;
}

function assign(parent: Draft, token: string, value: Json): void {
  if (Array.isArray(parent)) parent[Number(token)] = value;
  else parent[token] = value;
}

function doesNotApply(patch: Patch): Error {
  return new Error(`a combined patch does not apply: ${patch.op}`);
}
