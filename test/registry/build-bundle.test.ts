import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/registry/build-bundle.ts';

const NEVER = new AbortController().signal;
const PATH = process.env.PATH;
let dir: string;

/** Puts a shell script in place of `opa` on the PATH. */
function installOpa(script: string): void {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'opa'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, 'opa'), 0o755);
  process.env.PATH = [bin, '/usr/bin', '/bin'].join(delimiter);
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tollgate-build-'));
  mkdirSync(join(dir, 'rego'));
});

afterEach(() => {
  process.env.PATH = PATH;
  rmSync(dir, { recursive: true, force: true });
});

describe('building a bundle', () => {
  it('says what is missing when there is no opa', async () => {
    process.env.PATH = join(dir, 'empty');
    await expect(buildBundle(join(dir, 'rego'), join(dir, 'out.tar.gz'), ['a/b'], NEVER)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('needs `opa` on the PATH'),
    });
  });

  it('runs opa inside the directory, with every entrypoint and without the tests', async () => {
    const said = join(dir, 'said.txt');
    installOpa(`pwd > '${said}'; printf '%s\\n' "$@" >> '${said}'`);
    const out = join(dir, 'out.tar.gz');
    await buildBundle(join(dir, 'rego'), out, ['a/b', 'c/d'], NEVER);
    const [cwd, ...args] = readFileSync(said, 'utf8').trim().split('\n');
    expect(cwd).toMatch(/rego$/);
    expect(args).toEqual([
      'build',
      '-t',
      'wasm',
      '--ignore',
      '*_test.rego',
      '-o',
      out,
      '-e',
      'a/b',
      '-e',
      'c/d',
      '-b',
      '.',
    ]);
  });

  it('gives what opa says when it refuses', async () => {
    installOpa(`echo 'rego_parse_error: no' >&2; exit 1`);
    await expect(buildBundle(join(dir, 'rego'), join(dir, 'out.tar.gz'), ['a/b'], NEVER)).rejects.toMatchObject({
      code: 'policy_invalid',
      message: expect.stringContaining('rego_parse_error: no'),
    });
  });

  it('stops opa when it is told to', async () => {
    installOpa('exec sleep 600');
    const stop = new AbortController();
    const building = buildBundle(join(dir, 'rego'), join(dir, 'out.tar.gz'), ['a/b'], stop.signal);
    stop.abort();
    await expect(building).rejects.toMatchObject({ code: 'aborted' });
  });

  it('needs a directory and an entrypoint', async () => {
    await expect(buildBundle(join(dir, 'none'), join(dir, 'o'), ['a/b'], NEVER)).rejects.toMatchObject({
      code: 'usage',
    });
    await expect(buildBundle(join(dir, 'rego'), join(dir, 'o'), [], NEVER)).rejects.toMatchObject({ code: 'usage' });
  });
});
