import fc from 'fast-check';
import type { Json } from '../../src/domain/json.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const name = fc
  .oneof(text, fc.constantFrom('a', 'b', '0', '10', 'constructor', ''))
  .filter((key) => key !== '__proto__');

/** Doubles that their own text gives back: not −0, and no integer that its digits would make a bigint. */
const double = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((value) => !Object.is(value, -0))
  .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21);

const longInteger = fc
  .tuple(fc.bigInt({ min: 2n ** 53n, max: 10n ** 300n }), fc.boolean())
  .map(([value, negative]) => (negative ? -value : value));

/** Any value that Tollgate may hold, long integers included. */
export const arbitraryJson: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(fc.constantFrom(null, true, false), text, fc.integer(), double, longInteger),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(name, tie('json'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).json;
