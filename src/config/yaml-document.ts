import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { Path, Spot } from './path.ts';
import type { LocatedProblem, Position } from './problem.ts';

/** What aliases may multiply the document by (yaml's own measure); a bomb stops here. */
const MAX_ALIAS_COUNT = 100;

const UNQUOTED_REFERENCE = 'inside { } and [ ] a variable needs quotes: write "${NAME}"';
const QUOTATION = /:?\s*["\n]/;

/** A YAML (or JSON) text: its plain value, what is wrong with its syntax, and where each part of it stands. */
export interface YamlDocument {
  /** Undefined when there are problems; null for an empty text. */
  readonly value: unknown;
  readonly problems: readonly LocatedProblem[];
  /** Position of the key or value at `path`; where that is missing, of the nearest part around it. */
  position(path: Path, spot: Spot): Position;
}

/** Reads one YAML 1.2 document. Never throws for what is in the text. */
export function readYaml(text: string): YamlDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, stringKeys: true });
  const at = (offset: number): Position => positionAt(lines, offset);
  // A warning is a tag or directive that the library would ignore: here nothing is ignored.
  const syntax = syntaxProblems([...document.errors, ...document.warnings], text, at);
  const problems = syntax.length > 0 ? syntax : aliasProblems(document, at);
  const plain = problems.length > 0 ? { problems } : toPlain(document, at);
  return {
    value: plain.value,
    problems: plain.problems,
    position: (path, spot) => at(offsetOf(document, path, spot)),
  };
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** What follows on the line of a `${` that has no quotes only follows from it. */
function syntaxProblems(
  errors: readonly YAMLError[],
  text: string,
  at: (offset: number) => Position,
): readonly LocatedProblem[] {
  const isReference = (error: YAMLError): boolean => text.startsWith('${', error.pos[0] - 1);
  const lines = new Set(errors.filter(isReference).map((error) => at(error.pos[0]).line));
  const shown = errors.filter((error) => isReference(error) || !lines.has(at(error.pos[0]).line));
  return shown.map((error) => ({
    path: [],
    spot: 'value',
    message: isReference(error) ? UNQUOTED_REFERENCE : syntaxMessage(error),
    at: at(error.pos[0]),
  }));
}

function aliasProblems(document: Document, at: (offset: number) => Position): readonly LocatedProblem[] {
  const found: LocatedProblem[] = [];
  visit(document, {
    Alias: (_, alias, parents) => {
      const target = alias.resolve(document);
      if (target !== undefined && !parents.includes(target)) return;
      const message = target === undefined ? 'there is no anchor of this name before it' : 'it stands inside itself';
      found.push({ path: [], spot: 'value', message, at: at(alias.range?.[0] ?? 0) });
    },
  });
  return found;
}

function syntaxMessage(error: YAMLError): string {
  return error.code === 'DUPLICATE_KEY' ? 'this key stands here twice' : withoutQuotation(error.message);
}

/** The text after the first quotation is left out: it may hold a piece of the file, and so a secret. */
function withoutQuotation(message: string): string {
  const end = message.search(QUOTATION);
  return `not valid YAML: ${(end < 0 ? message : message.slice(0, end)).trim()}`;
}

interface Plain {
  readonly value?: unknown;
  readonly problems: readonly LocatedProblem[];
}

function toPlain(document: Document, at: (offset: number) => Position): Plain {
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIAS_COUNT }), problems: [] };
  } catch (error) {
    const message = `not valid YAML: ${error instanceof Error ? error.message : String(error)}`;
    return { problems: [{ path: [], spot: 'value', message, at: at(0) }] };
  }
}

function offsetOf(document: Document, path: Path, spot: Spot): number {
  let node: Node | undefined = document.contents ?? undefined;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, step] of path.entries()) {
    const found = stepInto(resolved(node, document), step);
    if (found === undefined) return offset;
    node = found.value;
    const wantsKey = spot === 'key' && index === path.length - 1;
    const shown = wantsKey ? found.key : (found.value ?? found.key);
    offset = shown?.range?.[0] ?? offset;
  }
  return offset;
}

function resolved(node: Node | undefined, document: Document): Node | undefined {
  return isAlias(node) ? node.resolve(document) : node;
}

interface Entry {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

function stepInto(node: Node | undefined, step: string | number): Entry | undefined {
  if (isSeq<Node>(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? undefined : { key: item, value: item };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
  return pair === undefined ? undefined : { key: pair.key, value: pair.value ?? undefined };
}
