import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../src/judge/glob.ts';

function matches(pattern: string, text: string): boolean {
  const glob = compileGlob(pattern, 'here');
  return glob.kind === 'name' ? glob.name === text : glob.matches(text);
}

describe('a glob over names', () => {
  const cases: [string, string, boolean][] = [
    ['shell', 'shell', true],
    ['shell', 'Shell', false],
    ['shell', 'shell2', false],
    ['', '', true],
    ['', 'x', false],
    ['*', '', true],
    ['*', 'anything/at.all', true],
    ['http*', 'http', true],
    ['http*', 'http/get.v1', true],
    ['http*', 'xhttp', false],
    ['*.read', 'fs.read', true],
    ['*.read', 'fs.reads', false],
    ['*.read', '.read', true],
    ['mcp__*', 'mcp__github__create_issue', true],
    ['mcp__*__read_*', 'mcp__a__b__read_file', true],
    ['mcp__*__read_*', 'mcp__read_file', false],
    ['a/*', 'a/b/c', true],
    ['a/**', 'a/b/c', true],
    ['a**b', 'ab', true],
    ['.*', '.hidden', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', true],
    ['a?c', 'ac', false],
    ['?*', '', false],
    ['a*a', 'a', false],
    ['*ab*ab', 'abab', true],
    ['*ab*ab', 'aab', false],
    ['a.b', 'axb', false],
    ['a+b', 'aab', false],
    ['a^$b', 'a^$b', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['\\!x', '!x', true],
    ['f\\(x\\)*', 'f(x)y', true],
    ['a\\\\b', 'a\\b', true],
    ['x!y', 'x!y', true],
    ['Grüße*', 'Grüße 🙂', true],
  ];
  it.each(cases)('%j against %j: %j', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  const refused = ['[ab]', 'a]', '{a,b}', 'a}', '!a', '@(a)', 'a)', '+(a|b)', 'a|b', 'a\\'];
  it.each(refused)('refuses %j, which would quietly match nothing', (pattern) => {
    expect(() => compileGlob(pattern, 'match.tools[0]')).toThrow(
      expect.objectContaining({ code: 'config_invalid', where: 'match.tools[0]' }),
    );
  });

  it('is a plain name when it has no wildcard', () => {
    expect(compileGlob('a\\*b', 'here')).toEqual({ kind: 'name', name: 'a*b' });
  });

  it('agrees with an independent matcher on everything but slashes and dots', () => {
    const seen = { yes: 0, no: 0 };
    const pattern = fc.string({ unit: fc.constantFrom('*', '?', 'a', 'b', '_'), minLength: 1, maxLength: 7 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '_'), minLength: 1, maxLength: 8 });
    const property = fc.property(pattern, text, (glob, name) => {
      const expected = picomatch.isMatch(name, glob, { bash: true, dot: true });
      seen[expected ? 'yes' : 'no']++;
      expect(matches(glob, name)).toBe(expected);
    });
    fc.assert(property, { seed: 42, numRuns: 3000 });
    expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(300);
  });

  it('ends at once on a name that would make a regular expression backtrack', () => {
    // 25 wildcards against 10,000 units: at most 260,000 steps here, more than the age of the universe by backtracking.
    expect(matches(`${'*a'.repeat(25)}*b`, 'a'.repeat(10_000))).toBe(false);
  });
});
