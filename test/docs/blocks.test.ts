import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { decodeEvent } from '../../src/codec/decode-event.ts';
import { configSchema } from '../../src/config/config.schema.ts';
import { loadConfig, loadPolicyConfig } from '../../src/config/load-config.ts';
import { CONTROL, LIMITS } from '../codec/given.ts';
import { directoryOf } from '../config/config-fixture.ts';
import { type Format, validator } from '../schemas/schema-files.ts';
import { type Block, DOCUMENTS, readDocument } from './markdown.ts';

type Fields = Readonly<Record<string, unknown>>;

const BLOCKS = DOCUMENTS.flatMap((path) => readDocument(path).blocks);
const SECTIONS = new Set(Object.keys(configSchema([]).properties ?? {}));
/** Variables that blocks may name: what they hold does not matter. */
const ANY_VARIABLE = /\$\{([A-Za-z_]\w*)/g;

function blocksOf(...languages: readonly string[]): readonly (readonly [string, Block])[] {
  const found = BLOCKS.filter(({ language }) => languages.includes(language));
  return found.map((block) => [`${block.document}:${block.line}`, block]);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a YAML value is meant as `tollgate.yaml`, or as a part of one. */
function isConfig(value: unknown): value is Fields {
  return isFields(value) && Object.keys(value).some((key) => SECTIONS.has(key));
}

/** Keys whose values are paths of files, or lists of them. */
const FILE_KEYS = new Set(['bundle', 'wasm', 'data', 'ca', 'cert', 'key', 'schemas']);

/** Makes what a configuration names, so that only the block itself can be wrong. */
function placeFilesOf(value: unknown, dir: string, key = ''): void {
  if (Array.isArray(value)) for (const item of value) placeFilesOf(item, dir, key);
  else if (isFields(value)) for (const [name, below] of Object.entries(value)) placeFilesOf(below, dir, name);
  if (typeof value !== 'string' || value.startsWith('/') || value.includes('${')) return;
  if (key === 'in' || key === 'control') mkdirSync(join(dir, value), { recursive: true });
  if (!FILE_KEYS.has(key)) return;
  mkdirSync(dirname(join(dir, value)), { recursive: true });
  writeFileSync(join(dir, value), '');
}

/** Loads a block as `tollgate.yaml`; what a part leaves out, which a whole one needs, is added. */
function load(text: string, value: Fields): void {
  const policies = 'policies' in value ? '' : '\npolicies: [{ name: any, inspector: egress }]\n';
  const dir = directoryOf({ 'tollgate.yaml': `${text}\n${policies}` });
  placeFilesOf(value, dir);
  const env = Object.fromEntries(Array.from(text.matchAll(ANY_VARIABLE), ([, name = '']) => [name, 'x']));
  const isWhole = 'files' in value || (isFields(value.kafka) && 'brokers' in value.kafka);
  const path = join(dir, 'tollgate.yaml');
  if (isWhole) loadConfig(path, env);
  else loadPolicyConfig(path, env);
}

const FORMATS: readonly (readonly [string, Format])[] = [
  ['audit_id', 'audit'],
  ['decision_id', 'decision'],
  ['tollgate_error_code', 'dead-letter'],
];

/** What is wrong with a JSON value of a document; empty when nothing is. */
function faultOf(value: unknown): string {
  if (!isFields(value)) return '';
  const format = FORMATS.find(([key]) => key in value)?.[1];
  if (format !== undefined) {
    const validate = validator(format);
    return validate(value) ? '' : `${format}: ${validate.errors?.map(({ message }) => message).join('; ')}`;
  }
  if (!('event_id' in value)) return '';
  const decoded = decodeEvent(Buffer.from(JSON.stringify(value)), CONTROL, LIMITS);
  return decoded.kind === 'event' ? '' : `event: ${decoded.code}, ${decoded.message}`;
}

function jsonValues(text: string): readonly unknown[] {
  const isLines = text.split('\n').every((line) => line.startsWith('{') && line.endsWith('}'));
  return (isLines ? text.split('\n') : [text]).map((part): unknown => JSON.parse(part));
}

describe('YAML in documents', () => {
  it.each(blocksOf('yaml', 'yml'))('%s is well, and valid where it is a configuration', (_, { text }) => {
    const documents = parseAllDocuments(text);
    if (!Array.isArray(documents)) throw new Error('an empty block');
    for (const document of documents) {
      expect(document.errors).toEqual([]);
      const value: unknown = document.toJS();
      if (isConfig(value)) load(text, value);
    }
  });

  it('is refused where it is a configuration that is wrong', () => {
    expect(() => load('lanes: { cuont: 2 }', { lanes: {} })).toThrow('unknown key');
    expect(() => load('files: { in: ./events }', { files: { in: './events' } })).toThrow('is missing');
    expect([isConfig({ lanes: 1 }), isConfig({ services: {} }), isConfig([1])]).toEqual([true, false, false]);
  });
});

describe('JSON in documents', () => {
  it.each(blocksOf('json', 'jsonl', 'ndjson'))('%s is an event, a decision, a record that is valid', (_, { text }) => {
    expect(
      jsonValues(text)
        .map(faultOf)
        .filter((fault) => fault !== ''),
    ).toEqual([]);
  });

  it('is refused where it is not what it looks like', () => {
    expect(faultOf({ event_id: '1', session_id: 's', type: 'tool_call', occurred_at: 0 })).toContain('missing_field');
    expect(faultOf({ decision_id: 'd' })).toContain('decision: must have required property');
    expect(jsonValues('{"a":1}\n{"b":2}')).toEqual([{ a: 1 }, { b: 2 }]);
  });
});

describe('Rego in documents', () => {
  const hasOpa = spawnSync('opa', ['version']).status === 0;

  it.skipIf(!hasOpa).each(blocksOf('rego'))('%s is what OPA takes', (_, { text }) => {
    const dir = directoryOf({ 'block.rego': text.startsWith('package ') ? text : `package block\n\n${text}` });
    const { status, stderr } = spawnSync('opa', ['check', dir], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});
