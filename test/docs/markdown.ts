import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import GithubSlugger from 'github-slugger';
import { marked, type Token, type Tokens } from 'marked';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The documents whose links and blocks are tested, from the root. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  'src/README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .toSorted(),
];

/** A fenced block: its language, what else its first line says, and the line where it begins. */
export interface Block {
  readonly document: string;
  readonly line: number;
  readonly language: string;
  readonly marks: readonly string[];
  readonly text: string;
}

export interface Document {
  readonly path: string;
  readonly blocks: readonly Block[];
  /** Targets as they are written. */
  readonly links: readonly string[];
  /** What `#…` may name: GitHub's slugs of the headings, and anchors of HTML. */
  readonly anchors: ReadonlySet<string>;
}

const HTML_ANCHOR = /\b(?:id|name)="([^"]+)"/g;

/** Reads a document of the repository, as GitHub reads it. */
export function readDocument(path: string): Document {
  return parseDocument(path, readFileSync(join(ROOT, path), 'utf8'));
}

export function parseDocument(path: string, text: string): Document {
  const blocks: Block[] = [];
  const links: string[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  void marked.walkTokens(marked.lexer(text), (token) => {
    if (token.type === 'code' && isFenced(token)) blocks.push(blockOf(path, text, token as Tokens.Code, blocks.at(-1)));
    if (token.type === 'link' || token.type === 'image') links.push(String((token as Tokens.Link).href));
    if (token.type === 'heading') anchors.add(slugger.slug(plainText(token)));
    if (token.type === 'html') for (const [, anchor = ''] of token.raw.matchAll(HTML_ANCHOR)) anchors.add(anchor);
  });
  return { path, blocks, links, anchors };
}

/** Indented blocks have no language and are no concern of ours. */
function isFenced(token: Token): boolean {
  return !('codeBlockStyle' in token && token.codeBlockStyle === 'indented');
}

function blockOf(document: string, text: string, token: Tokens.Code, before: Block | undefined): Block {
  const [language = '', ...marks] = (token.lang ?? '').split(' ').filter((word) => word !== '');
  // Tokens carry no positions: the block is looked for behind the one before it.
  const from = before === undefined ? 0 : text.split('\n', before.line).join('\n').length;
  const line = text.slice(0, text.indexOf(token.raw.trimEnd(), from)).split('\n').length;
  return { document, line, language, marks, text: token.text };
}

/** A heading as it is read: without the signs of its formatting. */
function plainText(token: Token): string {
  if ('tokens' in token && token.tokens !== undefined) return token.tokens.map(plainText).join('');
  return 'text' in token ? String(token.text) : '';
}
