import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

/** The arrows of `src/README.md`: what each room may import beside itself. `biome.json` has to say the same. */
const JUDGING = ['domain', 'codec', 'judge', 'inspectors', 'wasm', 'registry'];
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  codec: ['domain'],
  compression: ['domain'],
  judge: ['domain', 'codec'],
  inspectors: ['domain', 'codec', 'judge'],
  wasm: ['domain', 'codec', 'judge', 'inspectors'],
  registry: ['domain', 'codec', 'judge', 'inspectors', 'wasm', 'config'],
  lanes: JUDGING,
  pipeline: [...JUDGING, 'lanes'],
  replay: [...JUDGING, 'lanes', 'pipeline'],
  files: ['domain', 'compression'],
  kafka: ['domain', 'compression'],
  ops: ['domain'],
  config: ['domain'],
};
/** Single files that a room may import out of one that it may not. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  inspectors: ['config/json-schema.ts'],
  wasm: ['config/config.ts'],
  lanes: ['config/config.ts'],
  pipeline: ['config/config.ts'],
  replay: ['config/config.ts'],
  files: ['pipeline/ports.ts'],
  kafka: ['pipeline/ports.ts'],
  ops: ['pipeline/ports.ts'],
  config: ['inspectors/catalogue.ts'],
};
const ROOMS = [...Object.keys(ARROWS), 'cli'];

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tollgate-arrows-'));
  const config: unknown = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
  // The planted files are in no repository.
  plant('biome.json', JSON.stringify({ ...(config as object), vcs: { enabled: false } }));
  plant('package.json', '{}');
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'), 'junction');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

/** The planted files in which a rule finds something, sorted. */
function filesFoundBy(rule: string): readonly string[] {
  const args = [BIOME, 'lint', `--only=${rule}`, '--reporter=json', '--max-diagnostics=none', 'src'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
  const report: unknown = JSON.parse(stdout === '' ? '{}' : stdout);
  if (typeof report !== 'object' || report === null || !('diagnostics' in report)) throw new Error(stderr);
  const found = (report.diagnostics as readonly { location: { path: string } }[]).map(({ location }) => location.path);
  return [...new Set(found)].sort();
}

describe('the linter', () => {
  it('lets imports run along the arrows and nowhere else, in folders of a room too', () => {
    const refused: string[] = [];
    for (const [room, allowed] of Object.entries(ARROWS)) {
      for (const other of ROOMS.filter((name) => name !== room)) {
        const flat = `src/${room}/takes-${other}.ts`;
        const deep = `src/${room}/folder/takes-${other}.ts`;
        plant(flat, `import { x } from '../${other}/planted.ts';\n\nexport const y = x;\n`);
        plant(deep, `import type { X } from '../../${other}/planted.ts';\n\nexport type Y = X;\n`);
        if (!allowed.includes(other)) refused.push(flat, deep);
      }
    }
    expect(filesFoundBy('style/noRestrictedImports')).toEqual(refused.sort());
  });

  it('lets a room through the doors that are made for it', () => {
    rmSync(join(directory, 'src'), { recursive: true });
    for (const [room, doors] of Object.entries(DOORS)) {
      for (const door of doors) plant(`src/${room}/uses.ts`, `export type { X } from '../${door}';\n`);
    }
    plant('src/cli/uses.ts', ROOMS.map((room) => `import '../${room}/planted.ts';\n`).join(''));
    plant('src/files/sneaks.ts', `export const y = () => import('../kafka/planted.ts');\n`);
    expect(filesFoundBy('style/noRestrictedImports')).toEqual(['src/files/sneaks.ts']);
  });

  it('keeps the domain to itself and the judging rooms away from the world', () => {
    rmSync(join(directory, 'src'), { recursive: true });
    plant('src/domain/a.ts', `import 'node:crypto';\n`);
    plant('src/domain/b.ts', `import 'pino';\n`);
    plant('src/domain/c.ts', `import './d.ts';\n`);
    plant('src/judge/a.ts', `import 'node:fs';\n`);
    plant('src/judge/b.ts', `import 'node:crypto';\n`);
    plant('src/inspectors/a.ts', `import 'node:net';\n`);
    const refused = ['src/domain/a.ts', 'src/domain/b.ts', 'src/inspectors/a.ts', 'src/judge/a.ts'];
    expect(filesFoundBy('style/noRestrictedImports')).toEqual(refused);
  });

  it('finds import cycles, of types too', () => {
    rmSync(join(directory, 'src'), { recursive: true });
    plant('src/codec/a.ts', `import type { B } from './b.ts';\n\nexport type A = B | 1;\n`);
    plant('src/codec/b.ts', `import type { A } from './a.ts';\n\nexport type B = A[];\n`);
    plant('src/codec/c.ts', `import type { A } from './a.ts';\n\nexport type C = A;\n`);
    expect(filesFoundBy('suspicious/noImportCycles')).toEqual(['src/codec/a.ts', 'src/codec/b.ts']);
  });
});
