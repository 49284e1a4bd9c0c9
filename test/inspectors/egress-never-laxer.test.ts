import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { effectRank } from '../../src/domain/verdict.ts';
import { carEgress } from './car-policy.ts';
import { egress } from './view.ts';

/** Pieces that texts of hosts, URLs and commands are made of, those on which readers differ among them. */
const PIECES = [
  'https://',
  'http://',
  'HTTPS://',
  'ssh://',
  'git://',
  'ftp://',
  'file://',
  '//',
  '://',
  ':',
  '/',
  '\\',
  '?',
  '#',
  '@',
  '@@',
  '.',
  ',',
  ';',
  '&',
  '|',
  '||',
  ' | bash',
  '| sh',
  '|sh',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '<',
  '>',
  '"',
  "'",
  '`',
  '$',
  '$(',
  ' ',
  '\t',
  '\n',
  '%2f',
  '%',
  '=',
  '*',
  'github.com',
  'GitHub.com',
  'github.com.',
  'docs.rs',
  'api.github.com',
  'evil.com',
  'evilgithub.com',
  'x',
  'user',
  ':8080',
  '/path',
  '[::1]',
  '127.0.0.1',
  'nc ',
  'nc',
  'func ',
  'netcat ',
  '/dev/tcp/',
  'curl ',
  'curl -X POST ',
  'wget --post',
  'base64 -d',
  '-d @f ',
  '--data ',
  'é',
  '​',
  '\u0000',
  'İ',
];
const hostile = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join(''));
const paramsOf = (text: fc.Arbitrary<string>): fc.Arbitrary<Json> =>
  fc.oneof(
    text.map((command) => ({ command })),
    text.map((url) => ({ url })),
    fc.tuple(text, text).map(([command, url]) => ({ command, url })),
  );

/** The one kind where Tollgate is weaker on purpose: every `nc ` of the text is the end of a longer word. */
function onlyInsideWords(params: Json): boolean {
  const { command, url } = params as { command?: string; url?: string };
  return !/(?<![\p{L}\p{N}_.-])nc /u.test(String(command ?? url));
}

describe('egress beside car-policy 0.13', () => {
  it.each([
    { tool: 'shell', strict: false },
    { tool: 'shell', strict: true },
    { tool: 'http', strict: false },
    { tool: 'http', strict: true },
    { tool: 'webfetch', strict: true },
  ])('is never weaker for $tool, strict $strict, but for "nc " inside a word', ({ tool, strict }) => {
    const property = fc.property(paramsOf(hostile), (params) => {
      const theirs = carEgress(tool, params, strict);
      const forNetcat = theirs.message === "egress inspector blocked: suspicious pattern 'nc '";
      fc.pre(!(forNetcat && onlyInsideWords(params)));
      expect(effectRank(egress(tool, params, { strict }).effect)).toBeGreaterThanOrEqual(effectRank(theirs.effect));
    });
    fc.assert(property, { seed: 42, numRuns: 3_000 });
  });

  it('is never weaker when what surrounds a text is anything at all', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), hostile, fc.string(), (before, middle, after) => {
      const params = { command: before + middle + after };
      const theirs = carEgress('shell', params, true);
      const forNetcat = theirs.message === "egress inspector blocked: suspicious pattern 'nc '";
      fc.pre(!(forNetcat && onlyInsideWords(params)));
      expect(effectRank(egress('shell', params, { strict: true }).effect)).toBeGreaterThanOrEqual(
        effectRank(theirs.effect),
      );
    });
    fc.assert(property, { seed: 42, numRuns: 3_000 });
  });

  it('is never weaker under strict than without', () => {
    const property = fc.property(fc.constantFrom('shell', 'http', 'curl'), paramsOf(hostile), (tool, params) => {
      const strict = effectRank(egress(tool, params, { strict: true }).effect);
      expect(strict).toBeGreaterThanOrEqual(effectRank(egress(tool, params).effect));
    });
    fc.assert(property, { seed: 42, numRuns: 3_000 });
  });
});
