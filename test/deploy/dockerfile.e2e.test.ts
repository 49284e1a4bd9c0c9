import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from './build-image.ts';
import { DOCKERFILE } from './dockerfile.ts';
import { textOf } from './given-deployment.ts';

/** Set to `npm ci` it is npm that installs, from the registry. */
const INSTALL = process.env.IMAGE_TESTS_INSTALL === 'npm ci' ? 'npm ci' : 'from the lock file';
const PROGRAM = '/opt/tollgate';

describe('the image of deploy/Dockerfile, made without an engine', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-image-'));
  let root = '';

  beforeAll(() => {
    root = buildImage(directory, INSTALL);
  }, 240_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** What `docker run tollgate ARGS` does. */
  function tollgate(...args: readonly string[]) {
    const [node, script = '', ...rest] = DOCKERFILE.entrypoint;
    expect(node).toBe('node');
    const env = { PATH: process.env.PATH, ...Object.fromEntries(DOCKERFILE.environment) };
    const cwd = join(root, DOCKERFILE.stages.at(-1)?.steps.findLast((step) => step.kind === 'workdir')?.path ?? '/');
    return spawnSync(process.execPath, [join(root, script), ...rest, ...args], { cwd, env, encoding: 'utf8' });
  }

  it('starts, as the version that package.json says', () => {
    const { version } = JSON.parse(textOf('package.json'));
    const { status, stdout, stderr } = tollgate('--version');
    expect([status, stdout.trim(), stderr]).toEqual([0, version, '']);
  });

  it('judges the demo', () => {
    const { status, stdout, stderr } = tollgate('demo');
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('640 records of 12 agents in 28 sessions');
  });

  it('writes a first configuration that is well', () => {
    expect(tollgate('init', 'first').status).toBe(0);
    const { status, stdout, stderr } = tollgate('doctor', '-c', 'first/tollgate.yaml');
    expect(status, stdout + stderr).toBe(0);
  });

  it('says what is wrong where no configuration is mounted', () => {
    const { status, stderr } = tollgate(...DOCKERFILE.command);
    expect(status).toBe(2);
    expect(stderr).toContain('/etc/tollgate/tollgate.yaml');
  });

  it('holds what the package holds, and nothing that only development needs', () => {
    const { files }: { readonly files: readonly string[] } = JSON.parse(textOf('package.json'));
    const packed = files.filter((path) => !path.startsWith('!'));
    expect(packed.filter((path) => !existsSync(join(root, PROGRAM, path)))).toEqual([]);
    const top = new Set([...packed.map((path) => path.split('/')[0]), 'LICENSE', 'node_modules', 'package.json']);
    expect(readdirSync(join(root, PROGRAM)).sort()).toEqual([...top].sort());
    for (const name of ['typescript', 'vitest', '@biomejs', 'testcontainers', 'fast-check']) {
      expect(existsSync(join(root, PROGRAM, 'node_modules', name)), name).toBe(false);
    }
  });

  it('runs as a user that is not root, given as a number, from a base that is pinned', () => {
    expect(DOCKERFILE.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(DOCKERFILE.arguments.get('NODE_IMAGE')).toMatch(/^node:24\.\d+\.\d+-bookworm-slim$/);
    expect(DOCKERFILE.stages.map(({ base }) => base)).toEqual(DOCKERFILE.stages.map(() => '${NODE_IMAGE}'));
  });
});
