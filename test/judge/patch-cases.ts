import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Patch } from '../../src/domain/verdict.ts';
import { patchRoot } from '../../src/judge/patches.ts';
import { anEvent } from './event-builder.ts';

export function replace(path: string, value: Json): Patch {
  return { op: 'replace', path, value };
}

const keyArb = fc.constantFrom('a', 'b', 'ab', 'a/b', 'm~n', '', '0', '01', '-');
const leafArb: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>('s', 'secret', '', null, true, 0, 12345678901234567890n),
  fc.string({ maxLength: 4 }),
);
const maskArb = fc.constantFrom('x', 'y');
/** JSON with awkward member names, and a bigint. */
export const valueArb = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leafArb,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keyArb, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const payloadArb = fc.record(
  {
    params: fc.oneof({ weight: 5, arbitrary: fc.dictionary(keyArb, valueArb, { minKeys: 3, maxKeys: 6 }) }, valueArb),
    result: valueArb,
    context: fc.dictionary(keyArb, valueArb, { maxKeys: 3 }),
  },
  { requiredKeys: [] },
);

/** Every pointer into the value, and beside each object member one that does not exist. */
function pointersInto(value: Json, at: string): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  const below = Object.entries(value).flatMap(([key, member]: [string, Json]) =>
    pointersInto(member, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
  return [at, ...below, `${at}/new`];
}

/** Mostly patches that apply, of leaves: those of whole containers overlap with nearly everything. */
function patchArb(payload: JsonObject): fc.Arbitrary<Patch> {
  const pointers = pointersInto(patchRoot(anEvent(payload)), '').slice(1);
  const outer = (pointer: string) => pointers.some((other) => other.startsWith(`${pointer}/`));
  const fresh = pointers.filter((pointer) => pointer.endsWith('/new'));
  const leaves = pointers.filter((pointer) => !outer(pointer) && !pointer.endsWith('/new'));
  const some = (list: readonly string[]) => fc.constantFrom(...(list.length > 0 ? list : pointers));
  const op = fc.constantFrom<Patch['op']>('add', 'replace', 'remove');
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ op: fc.constant('replace' as const), path: some(leaves), value: leafArb }) },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('replace' as const), path: some(leaves), value: maskArb }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('remove' as const), path: some(leaves) }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('add' as const), path: some(fresh), value: leafArb }) },
    { weight: 1, arbitrary: fc.record({ op, path: some(pointers), value: leafArb }) },
  );
}

/** Several policies' patches for one event. Some sets conflict, some do not: both are counted below. */
export const caseArb = payloadArb.chain((payload) =>
  fc.record({
    payload: fc.constant<JsonObject>(payload),
    sources: fc.array(
      fc.record({
        policy: fc.constantFrom('a', 'b', 'c'),
        effect: fc.constantFrom('redact' as const, 'redact' as const, 'allow' as const),
        patches: fc.array(patchArb(payload), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    seed: fc.nat(),
  }),
);

/** A fixed permutation for each seed. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const left = [...items];
  const out: T[] = [];
  for (let s = seed; left.length > 0; s = (s * 31 + 7) % 1_000_003) out.push(...left.splice(s % left.length, 1));
  return out;
}
