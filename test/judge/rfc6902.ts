import type { Json } from '../../src/domain/json.ts';
import type { Patch } from '../../src/domain/verdict.ts';

/**
 * RFC 6902 as a stranger would apply it: one operation after another, array indices as they are at that moment, any
 * trouble throws. It shares no code with what it checks, and changes a deep copy.
 */
export function applySequentially(document: Json, patches: readonly Patch[]): Json {
  const holder = { root: structuredClone(document) };
  for (const patch of patches) {
    const tokens = patch.path.split('/').map((token) => token.replace(/~1/g, '/').replace(/~0/g, '~'));
    // The pointer's leading "" becomes the way from the holder to the document.
    tokens[0] = 'root';
    applyOne(holder, tokens, patch);
  }
  return holder.root;
}

function applyOne(holder: object, tokens: string[], patch: Patch): void {
  const key = tokens.pop() ?? '';
  let parent: object = holder;
  for (const token of tokens) {
    const next: unknown = Object.getOwnPropertyDescriptor(parent, token)?.value;
    if (typeof next !== 'object' || next === null) throw new Error(`no parent for ${patch.path}`);
    parent = next;
  }
  if (Array.isArray(parent)) changeArray(parent, key, patch);
  else changeObject(parent, key, patch);
}

function changeArray(array: unknown[], key: string, patch: Patch): void {
  const index = key === '-' ? array.length : Number(key);
  const last = patch.op === 'add' ? array.length : array.length - 1;
  if (!Number.isInteger(index) || index < 0 || index > last) throw new Error(`no item ${patch.path}`);
  if (patch.op === 'add') array.splice(index, 0, patch.value);
  else if (patch.op === 'remove') array.splice(index, 1);
  else array[index] = patch.value;
}

function changeObject(object: object, key: string, patch: Patch): void {
  if (patch.op !== 'add' && !Object.hasOwn(object, key)) throw new Error(`no member ${patch.path}`);
  if (patch.op === 'remove') Reflect.deleteProperty(object, key);
  else Object.defineProperty(object, key, { value: patch.value, writable: true, enumerable: true, configurable: true });
}
