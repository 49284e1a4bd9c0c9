import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { directoryOf } from '../config/config-fixture.ts';
import { run } from './cli-fixture.ts';
import { commandsOf, faultOf, tollgateArguments } from './command-line.ts';

const WRITTEN = [
  'event.json',
  'events/sample.ndjson',
  'policies/dist/first.tar.gz',
  'policies/first/first.rego',
  'policies/first/first_test.rego',
  'tollgate.yaml',
];

function filesIn(dir: string): readonly string[] {
  const entries = readdirSync(dir, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/')).sort();
}

/** A directory that `init` has filled. */
async function initialised(...flags: readonly string[]): Promise<string> {
  const dir = join(directoryOf({}), 'guard');
  const { code, err } = await run(['init', dir, ...flags]);
  expect([code, err]).toEqual([0, '']);
  return dir;
}

describe('tollgate init', () => {
  it('writes a configuration, a policy with its tests and its bundle, and events, and lists them', async () => {
    const dir = join(directoryOf({}), 'deep', 'er');
    const { code, out, err } = await run(['init', dir]);
    expect([code, err]).toEqual([0, '']);
    expect(filesIn(dir)).toEqual(WRITTEN);
    for (const file of WRITTEN) expect(out).toContain(`  ${file} `);
  });

  it('writes what doctor finds well', async () => {
    const { code, out } = await run(['doctor', '-c', join(await initialised(), 'tollgate.yaml')]);
    expect([code, out.match(/^\S+/gm)]).toEqual([0, ['ok', 'ok', 'ok']]);
  });

  it('writes a configuration for Kafka that takes brokers and instance from the environment', async () => {
    const path = join(await initialised('--kafka'), 'tollgate.yaml');
    const preset = loadConfig(path, {});
    expect([preset.kafka?.brokers, preset.kafka?.instanceId, preset.files]).toEqual([
      ['localhost:9092'],
      'tollgate-0',
      undefined,
    ]);
    const set = loadConfig(path, { BROKERS: 'b:1', INSTANCE_ID: 'pod-3' });
    expect([set.kafka?.brokers, set.kafka?.instanceId]).toEqual([['b:1'], 'pod-3']);
  });

  it('writes nothing at all where one of its files is there already, a dead link too', async () => {
    const dir = directoryOf({ 'tollgate.yaml': 'mine', 'notes.txt': 'mine' });
    symlinkSync('nowhere', join(dir, 'event.json'));
    const { code, out, err } = await run(['init', dir]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('there already: tollgate.yaml, event.json; nothing was written');
    expect(err).toContain('--force');
    expect(filesIn(dir)).toEqual(['event.json', 'notes.txt', 'tollgate.yaml']);
  });

  it('replaces its own files, and no others, with --force', async () => {
    const dir = await initialised();
    writeFileSync(join(dir, 'tollgate.yaml'), 'changed');
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    expect((await run(['init', dir])).code).toBe(2);
    expect(readFileSync(join(dir, 'tollgate.yaml'), 'utf8')).toBe('changed');
    expect((await run(['init', dir, '--force'])).code).toBe(0);
    expect(filesIn(dir)).toEqual([...WRITTEN, 'notes.txt'].sort());
    expect(readFileSync(join(dir, 'tollgate.yaml'), 'utf8')).toContain('policies:');
  });

  it('says where it could not write', async () => {
    const dir = directoryOf({ events: 'a file' });
    const { code, err } = await run(['init', dir]);
    expect([code, err]).toEqual([2, expect.stringContaining(`where: ${join(dir, 'events')}`)]);
  });

  it.each([[['--kafka']], [[]]])('says what to do next in commands that are right (%s)', async (flags) => {
    const dir = join(directoryOf({}), "it's mine");
    const { out } = await run(['init', dir, ...flags], { env: { npm_command: 'exec' } });
    const lines = out
      .slice(out.indexOf('\nNext\n'))
      .split('\n')
      .filter((line) => line.startsWith('  '));
    const calls = lines.flatMap((line) => commandsOf(line));
    expect(calls[0]).toEqual(['cd', dir]);
    const ours = calls.flatMap((words) => (words[0] === 'npx' ? [tollgateArguments(words) ?? []] : []));
    expect(ours).toHaveLength(5);
    for (const args of ours) expect(await faultOf(args)).toBe('');
    const installed = await run(['init', join(dir, 'b'), ...flags]);
    expect(installed.out).not.toContain('npx');
  });

  it.skipIf(spawnSync('opa', ['version']).status !== 0)(
    'writes Rego that its tests pass and that builds to its bundle',
    async () => {
      const dir = await initialised();
      const tested = spawnSync('opa', ['test', 'policies/first'], { cwd: dir, encoding: 'utf8' });
      expect([tested.status, tested.stderr]).toEqual([0, '']);
      mkdirSync(join(dir, 'built'));
      const args = [
        'policy',
        'build',
        join(dir, 'policies/first'),
        '-o',
        join(dir, 'built/first.tar.gz'),
        '-e',
        'first/decision',
      ];
      expect((await run(args)).code).toBe(0);
      const source = 'policies/first/first.rego';
      expect(readFileSync(join(dir, source), 'utf8')).toBe(
        readFileSync(fileURLToPath(new URL(`../../${source}`, import.meta.url)), 'utf8'),
      );
      const judged = await Promise.all(
        ['policies/dist', 'built'].map((folder) =>
          run(['policy', 'eval', join(dir, folder, 'first.tar.gz'), '--input', join(dir, 'event.json')]),
        ),
      );
      expect(judged[1]).toEqual(judged[0]);
    },
  );
});
