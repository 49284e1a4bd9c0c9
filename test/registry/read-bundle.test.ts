import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { readBundle } from '../../src/registry/read-bundle.ts';
import { bundleOf, type Entry, manifestOf, tarOf } from './bundle-builder.ts';

const MODULE: Entry = ['/policy.wasm', 'wasm bytes'];

async function errorOf(packed: Buffer): Promise<string> {
  try {
    await readBundle(packed, 'b.tar.gz');
    return 'no error';
  } catch (thrown) {
    if (!(thrown instanceof TollgateError)) throw thrown;
    expect(thrown.where).toContain('b.tar.gz');
    expect(thrown.next).not.toBe('');
    return `${thrown.code}: ${thrown.message}`;
  }
}

describe('a bundle', () => {
  it('gives its module, entrypoints, revision and Rego, whatever way its paths are written', async () => {
    for (const prefix of ['/', './', '']) {
      const entries: Entry[] = [
        [`${prefix}a`, '', 'Directory'],
        [`${prefix}a/p.rego`, 'package a'],
        [`${prefix}policy.wasm`, 'wasm bytes'],
        [`${prefix}.manifest`, manifestOf('a/decision')[1]],
      ];
      const bundle = await readBundle(bundleOf(entries), 'b.tar.gz');
      expect(bundle.moduleBytes.toString()).toBe('wasm bytes');
      expect(bundle).toMatchObject({ entrypoints: ['a/decision'], revision: 'r1', data: {} });
      expect([...bundle.regoFiles.keys()]).toEqual(['a/p.rego']);
    }
  });

  it('without a manifest has a policy.wasm and no entrypoint of its own', async () => {
    expect(await readBundle(bundleOf([MODULE]), 'b.tar.gz')).toMatchObject({ entrypoints: [], revision: '' });
  });

  it('lays each data document where its directory says', async () => {
    const { data } = await readBundle(
      bundleOf([
        MODULE,
        ['/data.json', '{"x":1,"a":{"own":true}}'],
        ['/a/b/data.json', '{"list":[1]}'],
        ['/a/data.yaml', 'limit: 5\nname: yes\n'],
        ['/a/other.json', '{"ignored":true}'],
      ]),
      'b.tar.gz',
    );
    expect(data).toEqual({ x: 1, a: { own: true, b: { list: [1] }, limit: 5, name: 'yes' } });
  });

  it('keeps integers beyond 2^53', async () => {
    const { data } = await readBundle(bundleOf([MODULE, ['data.json', '{"n":9007199254740993}']]), 'b.tar.gz');
    expect(data).toEqual({ n: 9007199254740993n });
  });

  const bad: readonly (readonly [string, readonly Entry[], string])[] = [
    ['no module', [manifestOf('a/b')], 'policy_invalid: the bundle cannot be used: it holds no policy.wasm'],
    ['a signature that nobody checks', [MODULE, ['/.signatures.json', '{}']], 'not_built_yet: '],
    ['a delta', [MODULE, ['/patch.json', '{"data":[]}']], 'it is a delta bundle'],
    ['a manifest that is no JSON', [MODULE, ['/.manifest', '{']], '.manifest is not a JSON object'],
    [
      'a manifest without a module name',
      [MODULE, ['/.manifest', '{"wasm":[{"entrypoint":"a/b"}]}']],
      'without module and entrypoint',
    ],
    [
      'several modules',
      [
        MODULE,
        ['/.manifest', '{"wasm":[{"entrypoint":"a","module":"/1.wasm"},{"entrypoint":"b","module":"/2.wasm"}]}'],
      ],
      'several Wasm modules',
    ],
    ['data that is no JSON', [MODULE, ['/data.json', '{"a":1} x']], 'it is not JSON that Tollgate takes'],
    ['data that is a list', [MODULE, ['/data.json', '[]']], 'the document is not an object'],
    ['data with a member twice', [MODULE, ['/data.json', '{"a":1,"a":2}']], 'it is not JSON that Tollgate takes'],
    [
      'data that is set in two places',
      [MODULE, ['/data.json', '{"a":{"b":1}}'], ['/a/data.json', '{"b":2}']],
      'two documents set data.a.b',
    ],
    [
      'data below a value',
      [MODULE, ['/data.json', '{"a":1}'], ['/a/data.json', '{"b":2}']],
      'two documents set data.a',
    ],
    ['YAML with a cycle', [MODULE, ['/data.yaml', 'a: &x\n  b: *x\n']], 'it is not YAML of the JSON kind'],
    [
      'YAML with a number that JSON would not keep',
      [MODULE, ['/data.yaml', 'a: .inf\n']],
      'it is not YAML of the JSON kind',
    ],
    ['a path that leaves the bundle', [MODULE, ['../data.json', '{}']], 'is no path inside the bundle'],
    ['a path with a backslash', [MODULE, ['a\\data.json', '{}']], 'is no path inside the bundle'],
    [
      'a directory named like the prototype',
      [MODULE, ['__proto__/data.json', '{"a":1}']],
      'is no path inside the bundle',
    ],
    ['a symbolic link', [MODULE, ['data.json', '', 'SymbolicLink']], 'is a SymbolicLink'],
    [
      'two entries of one name',
      [MODULE, ['/data.json', '{}'], ['./data.json', '{"a":1}']],
      'two entries are named data.json',
    ],
  ];
  it.each(bad)('is refused for %s', async (_name, entries, message) => {
    expect(await errorOf(bundleOf(entries))).toContain(message);
  });

  it('is refused when it is no gzip, no tar, cut short, or packed twice', async () => {
    const whole = tarOf([MODULE, ['/data.json', JSON.stringify({ a: 'x'.repeat(5000) })]]);
    expect(await errorOf(Buffer.from('plain'))).toContain('it is not gzip');
    expect(await errorOf(gzipSync('x'.repeat(2000)))).toContain('policy_invalid: ');
    expect(await errorOf(gzipSync(Buffer.alloc(0)))).toContain('inside the gzip is no tar archive');
    expect(await errorOf(gzipSync(whole.subarray(0, 2048)))).toContain('policy_invalid: ');
    expect(await errorOf(gzipSync(gzipSync(whole)))).toContain('inside the gzip is no tar archive');
  });

  it('is refused when it unpacks to more than its bound', async () => {
    const bomb = gzipSync(Buffer.alloc(130 * 1024 * 1024), { level: 1 });
    expect(await errorOf(bomb)).toContain('it unpacks to more than');
  });

  it('is refused when it has too many entries', async () => {
    const entries = Array.from({ length: 10_001 }, (_, i): Entry => [`f${i}`, '', 'Directory']);
    expect(await errorOf(bundleOf(entries))).toContain('more than 10000 entries');
  });
});
