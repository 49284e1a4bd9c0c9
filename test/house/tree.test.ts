import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
/** Folders that are made, not written. */
const MADE = new Set(['.git', 'node_modules', 'dist', 'dist-bench', 'out']);
/** Folders that any machine has, and texts may name. */
const ANYWHERE = new Set(['/', '/home', '/root', '/tmp', '/usr', '/usr/src', '/var', '/opt', '/srv', '/mnt', '/app']);
const TEXT = /\.(?:ts|mjs|cjs|js|json|jsonl|md|ya?ml|rego|avsc|txt|sh)$|^(?:run|LICENSE|\.gitignore)$/;

function* filesUnder(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && !MADE.has(entry.name)) yield* filesUnder(path);
    if (entry.isFile()) yield relative(ROOT, path).split(sep).join('/');
  }
}

const FILES = [...filesUnder(ROOT)].sort();
const SOURCES = FILES.filter((path) => path.startsWith('src/') && path.endsWith('.ts'));
const OWN_TEXTS = FILES.filter((path) => TEXT.test(basename(path)) && path !== 'test/house/tree.test.ts');

function linesWith(pattern: RegExp, paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
    return lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : []));
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

describe('the tree', () => {
  it('was found', () => {
    expect(SOURCES).toContain('src/domain/event.ts');
    expect(OWN_TEXTS).toContain('package.json');
  });

  it('has no file of source longer than 250 lines', () => {
    const long = SOURCES.filter((path) => readFileSync(join(ROOT, path), 'utf8').trimEnd().split('\n').length > 250);
    expect(long).toEqual([]);
  });

  it('has no file whose name says nothing', () => {
    const vague = /(?:^|[/.-])(?:utils?|helpers?|common|misc|managers?)(?:[/.-]|$)/i;
    expect(FILES.filter((path) => /^(?:src|test)\//.test(path) && vague.test(path))).toEqual([]);
  });

  it('silences no check', () => {
    const silencer = /biome-ignore|@ts-ignore|@ts-nocheck|@ts-expect-error|\bas any\b|eslint-disable/;
    expect(
      linesWith(
        silencer,
        FILES.filter((path) => /\.(?:ts|mjs)$/.test(path) && OWN_TEXTS.includes(path)),
      ),
    ).toEqual([]);
  });

  it('names no place of the machine that it was written on', () => {
    const places = [ROOT, dirname(ROOT), homedir()].filter((place) => !ANYWHERE.has(place));
    const pattern = new RegExp(`(?:^|[^/\\w.-])(?:${places.map(escaped).join('|')})(?:[\\\\/]|$)`);
    expect(linesWith(pattern, OWN_TEXTS)).toEqual([]);
  });

  it('has a lock file without download addresses', () => {
    expect(linesWith(/"resolved":/, ['package-lock.json'])).toEqual([]);
  });

  it('has a lock file that knows the optional packages of every platform, as `npm ci` asks', () => {
    const lock: unknown = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
    const { packages } = lock as {
      readonly packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    const known = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((name) => !known.has(name))).toEqual([]);
  });
});
