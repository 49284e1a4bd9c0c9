import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Compressed; about half of it is compiled policies. What grows beyond it should be looked at, or this raised. */
const MAX_PACKED_BYTES = 800_000;
/** Long enough for a slow registry, and a machine that is shared; the packages of `npm ci` are in the cache. */
const MOST_MS = 180_000;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** What `npm run` tells its scripts of this repository must not reach an npm that works elsewhere. */
const OF_THIS_RUN = /^(npm_(package|lifecycle|command|config_local_prefix)|INIT_CWD)/;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_THIS_RUN.test(name)));

let directory = '';
let packed: Packed = { filename: '', size: 0, files: [] };

function ran(cwd: string, command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: MOST_MS });
  expect(status, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

/** As somebody who installed it starts it, and nothing that is not installed. */
function tollgate(...args: readonly string[]): string {
  return ran(directory, 'npx', '--no', '--', 'tollgate', ...args);
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tollgate-installed-'));
  // The build is there (`npm test` makes it first), and other tests use it: packing must not build anew.
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
  const [first]: readonly Packed[] = JSON.parse(ran(ROOT, 'npm', ...args));
  if (first === undefined) throw new Error('npm packed nothing');
  packed = first;
  writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
  ran(directory, 'npm', 'install', `./${packed.filename}`, '--prefer-offline', '--no-audit', '--no-fund');
}, MOST_MS);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the package', () => {
  it('holds what runs and nothing else, and is small', () => {
    const paths = packed.files.map(({ path }) => path);
    const roots = new Set(paths.map((path) => path.split('/', 1)[0]));
    expect([...roots].toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'dist',
      'examples',
      'package.json',
      'policies',
      'schemas',
      'templates',
    ]);
    const needless = /\.(?:ts|map)$|(?:^|\/)(?:test|src|node_modules|out)\/|_test\.ts$|vectors|fixture/;
    expect(paths.filter((path) => needless.test(path))).toEqual([]);
    expect(packed.size).toBeLessThan(MAX_PACKED_BYTES);
  });

  it('runs no script when it is installed, nor does anything that comes with it', () => {
    const lock: unknown = JSON.parse(readFileSync(join(directory, 'package-lock.json'), 'utf8'));
    const { packages } = lock as { readonly packages: Record<string, { readonly hasInstallScript?: boolean }> };
    expect(Object.keys(packages).length).toBeGreaterThan(10);
    const scripted = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript === true);
    expect(scripted).toEqual([]);
  });

  it('says its version', () => {
    const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(tollgate('--version')).toBe(`${version}\n`);
  });

  it(
    'runs its demo',
    () => {
      expect(tollgate('demo')).toContain('Three denials explained');
      expect(readdirSync(join(directory, 'out/demo'))).toContain('commit.json');
    },
    MOST_MS,
  );

  it(
    'begins a configuration that is well, and runs it',
    () => {
      const said = tollgate('init');
      expect(said).toContain('npx tollgate doctor');
      expect(tollgate('doctor').match(/^\S+/gm)).toEqual(['ok', 'ok', 'ok']);
      tollgate('run', '--once');
      const lines = readdirSync(join(directory, 'out/decisions')).map((name) =>
        readFileSync(join(directory, 'out/decisions', name), 'utf8'),
      );
      const decisions = lines.join('').trimEnd().split('\n');
      const effects = decisions.map((line) => (JSON.parse(line) as { readonly effect: string }).effect);
      expect(effects.toSorted()).toEqual(['allow', 'allow', 'allow', 'ask', 'deny', 'deny']);
      expect(tollgate('audit', 'verify', 'out/audit', '--head', 'out/commit.json')).toContain('records intact');
    },
    MOST_MS,
  );

  it('completes', () => {
    expect(tollgate('completion', 'bash')).toContain('complete -o default -F _tollgate tollgate');
  });
});
