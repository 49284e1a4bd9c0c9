import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RejectedInput } from '../../src/codec/rejected-input.ts';
import { compileWriterSchema } from '../../src/codec/writer-schema.ts';
import { SHIPPED, schemaText } from './given-avro.ts';

const refused = (why: string) =>
  expect.objectContaining({ code: 'incompatible_schema', message: expect.stringContaining(why) });

describe('a writer’s schema', () => {
  it('may lack members, have others, and be called anything', () => {
    const { fields } = compileWriterSchema(
      schemaText(
        [
          { name: 'event_id', type: 'string' },
          { name: 'more', type: 'int' },
        ],
        'a.b.C',
      ),
    );
    expect(fields.map(({ name }) => name)).toEqual(['event_id', 'more']);
  });

  it.each<[string, string, unknown]>([
    ['a string from bytes', 'event_id', 'bytes'],
    ['a member that may be absent from one that is not', 'tool', 'string'],
    [
      'a double from an int, in a record of another namespace',
      'usage',
      { type: 'record', name: 'x.Usage', fields: [{ name: 'input_tokens', type: 'int' }] },
    ],
    ['one of two types', 'occurred_at', 'long'],
    ['fewer symbols', 'phase', { type: 'enum', name: 'Phase', symbols: ['pre'] }],
  ])('resolves where Avro resolves: %s', (_, name, type) => {
    expect(compileWriterSchema(schemaText([{ name, type }])).fields).toHaveLength(1);
  });

  it.each<[string, string, unknown]>([
    ['a string from an int', 'event_id', 'int'],
    ['JSON text from a record', 'params', { type: 'record', name: 'P', fields: [] }],
    ['a symbol that is not ours', 'phase', { type: 'enum', name: 'Phase', symbols: ['pre', 'later'] }],
    [
      'a number from text',
      'usage',
      { type: 'record', name: 'Usage', fields: [{ name: 'input_tokens', type: 'string' }] },
    ],
    ['text that may also be a number', 'session_id', ['string', 'long']],
  ])('is refused where it does not, with the member: %s', (_, name, type) => {
    expect(() => compileWriterSchema(schemaText([{ name, type }]))).toThrow(refused(`/${name}:`));
  });

  it.each<[string, string, string]>([
    ['no JSON', '{', 'invalid_json'],
    ['empty', '', 'empty'],
    ['too large', schemaText([{ name: 'a', type: 'int', doc: 'x'.repeat(300_000) }]), 'too_large'],
    ['too deep', `${'{"type":"array","items":'.repeat(100)}"int"${'}'.repeat(100)}`, 'too_deep'],
    [
      'of too many members',
      schemaText(Array.from({ length: 2500 }, (_, n) => ({ name: `f${n}`, type: 'int' }))),
      'too_many_values',
    ],
    ['no record', '"string"', 'not of a record'],
    ['a union', '["null"]', 'not of a record'],
    ['no type', '{"type":"nope"}', 'no schema of Avro'],
    ['named like a type of JavaScript', '{"type":"constructor"}', 'not of a record'],
    ['a name that is none', schemaText([], 'a(){};b'), 'no schema of Avro'],
    ['a reference to nothing', schemaText([{ name: 'a', type: 'constructor' }]), 'no schema of Avro'],
    ['a reference to what JavaScript has', schemaText([{ name: 'a', type: '__proto__' }]), 'no schema of Avro'],
    ['a member that changes prototypes', schemaText([{ name: '__proto__', type: 'int' }]), '__proto__'],
  ])('is refused when it is %s', (_, text, why) => {
    expect(() => compileWriterSchema(text)).toThrow(refused(why));
  });

  it('has an outcome, whatever is changed in it', () => {
    const changes = fc.array(fc.tuple(fc.nat(SHIPPED.length - 1), fc.constantFrom(...'{}[]",:an0 ')), {
      minLength: 1,
      maxLength: 4,
    });
    const property = fc.property(changes, (some) => {
      const text = some.reduce((changed, [at, char]) => changed.slice(0, at) + char + changed.slice(at + 1), SHIPPED);
      try {
        compileWriterSchema(text);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(RejectedInput);
      }
    });
    fc.assert(property, { seed: 5, numRuns: 400 });
  });
});
