import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { canonicalJson, jsonText } from '../../src/codec/json-text.ts';
import { parseJson } from '../../src/codec/parse-json.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts';
import { inspectModule } from '../../src/wasm/opa/module-check.ts';
import { openOpaInstance } from '../../src/wasm/opa/open-instance.ts';

interface OpaCase {
  readonly name: string;
  readonly entrypoint: string;
  readonly module: { readonly offset: number; readonly length: number };
  readonly input?: Json;
  readonly data: JsonObject;
  readonly want: Json;
}

const BOUNDS = { maxBytes: 1_048_576, maxDepth: 64, maxValues: 100_000 };
const fileOf = (name: string): URL => new URL(`opa-cases/${name}`, import.meta.url);
const modules = brotliDecompressSync(readFileSync(fileOf('modules.br')));
const cases = readFileSync(fileOf('cases.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => parseJson(Buffer.from(line), BOUNDS) as unknown as OpaCase);

/** What Tollgate's evaluator gives for a case. */
function resultOf({ name, module: { offset, length }, data, entrypoint, input }: OpaCase): Json {
  const module = new WebAssembly.Module(modules.subarray(offset, offset + length));
  inspectModule(module, name);
  const limits = { memoryMb: 16, maxInputBytes: 1_048_576 };
  const spec = { name, module, dataText: jsonText(data), entrypoint, limits, maxAnswerBytes: 1_048_576 };
  const inputText = input === undefined ? undefined : jsonText(input);
  return parseJson(openOpaInstance(spec).evaluate(inputText, { nowMs: 0, seed: '' }), BOUNDS);
}

/** The value with all lists sorted: sets are lists here, and have no order. */
function unordered(value: Json): Json {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map(unordered).sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, unordered(member)]));
}

describe("OPA's own suite", () => {
  it('is here', () => {
    expect(cases).toHaveLength(100);
  });

  it.each(cases.map((entry) => [entry.name, entry] as const))('%s', (_name, entry) => {
    expect(canonicalJson(unordered(resultOf(entry)))).toBe(canonicalJson(unordered(entry.want)));
  });
});
