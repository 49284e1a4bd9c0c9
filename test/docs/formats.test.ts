import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INPUT_MEMBERS } from '../../src/judge/input-document.ts';
import { SESSION_FACTS } from '../../src/judge/session-facts.ts';
import { FORMATS, readJsonSchema, type SchemaNode } from '../schemas/schema-files.ts';
import { ROOT } from './markdown.ts';

const page = readFileSync(join(ROOT, 'docs/formats.md'), 'utf8');
const CODE = /`([^`\n]+)`/g;
/** Every word that the page shows as code, parts of longer ones too. */
const WORDS = new Set(Array.from(page.matchAll(CODE), ([, text = '']) => text.split(/[^\w]+/)).flat());

/** Names of members, and the words of closed lists, anywhere in a schema. */
function wordsOf(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(wordsOf);
  if (typeof node !== 'object' || node === null) return [];
  const { properties, enum: choices, ...rest } = node as SchemaNode;
  const members = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  return [
    ...members,
    ...(Array.isArray(choices) ? choices.map(String) : []),
    ...wordsOf([properties, rest].map(valuesOf)),
  ];
}

function valuesOf(node: unknown): readonly unknown[] {
  return typeof node === 'object' && node !== null ? Object.values(node) : [];
}

describe('the page of the formats', () => {
  it.each(FORMATS)('names every member, code and kind of the schema of %s', (format) => {
    const words = wordsOf(readJsonSchema(format));
    expect(words.length).toBeGreaterThan(8);
    expect(words.filter((word) => !WORDS.has(word))).toEqual([]);
  });

  it('names everything that a policy may read', () => {
    expect([...INPUT_MEMBERS, ...SESSION_FACTS].filter((name) => !WORDS.has(name))).toEqual([]);
  });
});
