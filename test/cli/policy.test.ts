import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import createWabt from 'wabt';
import { directoryOf } from '../config/config-fixture.ts';
import { run } from './cli-fixture.ts';

function shipped(name: string): string {
  return fileURLToPath(new URL(`../../policies/dist/${name}.tar.gz`, import.meta.url));
}

/** The bare module inside a shipped bundle: the tar's one `policy.wasm`, cut out by its size field. */
function moduleOf(name: string): Buffer {
  const archive = gunzipSync(readFileSync(shipped(name)));
  const at = archive.indexOf('/policy.wasm\0');
  const size = Number.parseInt(archive.toString('latin1', at + 124, at + 135), 8);
  return archive.subarray(at + 512, at + 512 + size);
}

describe('tollgate policy inspect', () => {
  it('shows what a bundle is and needs', async () => {
    const { code, out } = await run(['policy', 'inspect', shipped('agent-guard'), '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      type: 'bundle',
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      abi: expect.stringMatching(/^1\.\d+$/),
      data: ['guard'],
      entrypoints: ['agent/decision'],
      builtins: ['time.now_ns'],
      missing_builtins: [],
    });
  });

  it('shows the same of a bare module', async () => {
    const path = join(directoryOf({ 'first.wasm': moduleOf('first') }), 'first.wasm');
    const { code, out } = await run(['policy', 'inspect', path]);
    expect(code).toBe(0);
    expect(out).toMatch(/^type +module$/m);
    expect(out).toMatch(/^entrypoints +first\/decision$/m);
    expect(out).toMatch(/^missing builtins +-$/m);
  });

  it('names the builtins that are missing', async () => {
    const patched = Buffer.from(
      moduleOf('agent-guard').toString('latin1').replaceAll('time.now_ns', 'http.sendxx'),
      'latin1',
    );
    const path = join(directoryOf({ 'x.wasm': patched }), 'x.wasm');
    const { code, out } = await run(['policy', 'inspect', path, '--json']);
    expect([code, JSON.parse(out).missing_builtins]).toEqual([0, ['http.sendxx']]);
  });

  it.each([
    ['a file that is neither bundle nor module', 'package first\n', 'neither an OPA bundle (gzip) nor a Wasm module'],
    ['a module that is cut short', Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0]), 'not valid WebAssembly'],
    ['an archive that is none', Buffer.from([0x1f, 0x8b, 0, 0]), 'the bundle cannot be read'],
  ])('ends with 2 for %s', async (_, content, message) => {
    const { code, out, err } = await run(['policy', 'inspect', join(directoryOf({ f: content }), 'f')]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('ends with 2 for a module that is no policy', async () => {
    const wabt = await createWabt();
    const bytes = Buffer.from(wabt.parseWat('a.wat', '(module (func (export "run")))').toBinary({}).buffer);
    const { code, err } = await run(['policy', 'inspect', join(directoryOf({ f: bytes }), 'f')]);
    expect([code, err]).toEqual([2, expect.stringContaining('not an OPA policy module')]);
  });

  it('ends with 3 for a file that is not there', async () => {
    expect((await run(['policy', 'inspect', 'nowhere.wasm'])).code).toBe(3);
  });
});

describe('tollgate policy eval', () => {
  it('prints the raw result set', async () => {
    const args = ['policy', 'eval', shipped('first'), '--entrypoint', 'first/decision', '--input', '-'];
    const { code, out } = await run(args, { stdin: '{"tool":"read_file"}' });
    expect([code, JSON.parse(out)]).toEqual([0, [{ result: { effect: 'allow' } }]]);
  });

  it('takes input and data from files, the data beside those of the bundle', async () => {
    const directory = directoryOf({ 'i.json': '{"tool":"shell"}', 'd.json': '{"more":1}' });
    const flags = ['--input', join(directory, 'i.json'), '--data', join(directory, 'd.json')];
    const { code, out } = await run(['policy', 'eval', shipped('tool-acl'), ...flags]);
    expect([code, JSON.parse(out)]).toEqual([0, [{ result: ['the tool is not on the list'] }]]);
  });

  it('evaluates without an input, too', async () => {
    const { code, out } = await run(['policy', 'eval', shipped('first')]);
    expect([code, JSON.parse(out)[0].result.effect]).toEqual([0, 'deny']);
  });

  it.each([
    ['an input that is no JSON', ['--input', '-'], '{', 3, 'not JSON'],
    ['an input with a key twice', ['--input', '-'], '{"a":1,"a":2}', 3, 'not JSON that Tollgate takes'],
    ['an input that is not there', ['--input', 'nowhere.json'], '', 3, 'cannot read the input'],
    ['an entrypoint that does not exist', ['--entrypoint', 'a/b'], '', 2, 'it has no entrypoint a/b'],
  ])('ends with the code of the contract for %s', async (_, flags, stdin, code, message) => {
    const result = await run(['policy', 'eval', shipped('first'), ...flags], { stdin });
    expect(result).toEqual({ code, out: '', err: expect.stringContaining(message) });
  });

  it('ends with 2 for data that the bundle sets too', async () => {
    const path = join(directoryOf({ 'd.json': '{"acl":{"allow":["shell"]}}' }), 'd.json');
    const { code, err } = await run(['policy', 'eval', shipped('tool-acl'), '--data', path]);
    expect([code, err]).toEqual([2, expect.stringContaining('data.acl.allow')]);
  });
});

const HAS_OPA = spawnSync('opa', ['version']).status === 0;

describe('tollgate policy build', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('says that it needs opa when there is none', async () => {
    vi.stubEnv('PATH', directoryOf({}));
    const directory = directoryOf({ 'p.rego': 'package p\n' });
    const { code, err } = await run(['policy', 'build', directory, '-o', join(directory, 'o.tar.gz'), '-e', 'p/q']);
    expect([code, err]).toEqual([2, expect.stringContaining('needs `opa` on the PATH')]);
  });

  it.runIf(HAS_OPA)('builds a bundle that can be evaluated', async () => {
    const rego = 'package p\n\nq := {"effect": "warn"}\n\nr := input.x\n';
    const directory = directoryOf({ 'rego/p.rego': rego, 'rego/data.json': '{"d":1}' });
    const bundle = join(directory, 'o.tar.gz');
    const built = await run(['policy', 'build', join(directory, 'rego'), '-o', bundle, '-e', 'p/q', '-e', 'p/r']);
    expect([built.code, built.out]).toEqual([0, '']);
    expect(built.err).toMatch(/o\.tar\.gz: \d+ bytes, sha256:[0-9a-f]{64}/);
    const result = await run(['policy', 'eval', bundle, '--entrypoint', 'p/r', '--input', '-'], {
      stdin: '{"x":9007199254740993}',
    });
    expect(result).toEqual({ code: 0, out: '[{"result":9007199254740993}]\n', err: '' });
  });

  it.runIf(HAS_OPA)('shows what opa says of Rego that does not compile', async () => {
    const directory = directoryOf({ 'rego/p.rego': 'package p\n\nq := undefined_thing\n' });
    const { code, err } = await run([
      'policy',
      'build',
      join(directory, 'rego'),
      '-o',
      join(directory, 'o'),
      '-e',
      'p/q',
    ]);
    expect([code, err]).toEqual([2, expect.stringContaining('undefined_thing')]);
  });
});
