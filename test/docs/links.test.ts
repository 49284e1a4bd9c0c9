import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DOCUMENTS, parseDocument, ROOT, readDocument } from './markdown.ts';

const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/** What is wrong with a link of a document; empty when nothing is. Links to elsewhere must only be written well. */
function faultOf(document: string, target: string): string {
  if (SCHEME.test(target)) return isWellWritten(target) ? '' : 'not a link to a page of the web';
  const [path = '', anchor] = decodeURI(target).split('#', 2);
  const file = path === '' ? join(ROOT, document) : join(ROOT, dirname(document), path);
  if (relative(ROOT, file).startsWith('..')) return 'outside of the repository';
  if (!existsSync(file)) return 'there is no such file';
  if (anchor === undefined) return '';
  if (!file.endsWith('.md') || statSync(file).isDirectory()) return 'only documents have anchors';
  return readDocument(relative(ROOT, file)).anchors.has(anchor) ? '' : 'there is no such heading';
}

function isWellWritten(target: string): boolean {
  return URL.canParse(target) && ['https:', 'http:'].includes(new URL(target).protocol);
}

describe('links', () => {
  it.each(DOCUMENTS)('of %s lead somewhere', (path) => {
    const faults = readDocument(path).links.flatMap((target) => {
      const fault = faultOf(path, target);
      return fault === '' ? [] : [`${target}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });

  it('of the index reach every document', () => {
    const linked = new Set(readDocument('docs/README.md').links.map((target) => `docs/${target.split('#')[0]}`));
    const others = DOCUMENTS.filter((path) => path.startsWith('docs/') && path !== 'docs/README.md');
    expect(others.filter((path) => !linked.has(path))).toEqual([]);
  });

  it.each([
    ['nowhere.md', 'there is no such file'],
    ['#nothing', 'there is no such heading'],
    ['../README.md#nothing', 'there is no such heading'],
    ['../../elsewhere', 'outside of the repository'],
    ['https://', 'not a link to a page of the web'],
    ['../README.md#the-rooms', 'there is no such heading'],
    ['../src/README.md#the-rooms', ''],
    ['../schemas', ''],
  ])('such as %s are told apart', (target, fault) => {
    expect(faultOf('docs/README.md', target)).toBe(fault);
  });

  it('may name headings as GitHub does', () => {
    const { anchors } = parseDocument('a.md', '# A `b` & [c](d)!\n\n## Twice\n\n## Twice\n\n<a id="own"></a>\n');
    expect([...anchors]).toEqual(['a-b--c', 'twice', 'twice-1', 'own']);
  });
});
