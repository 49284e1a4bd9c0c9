import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writeCommitFile } from '../../src/files/commit-file.ts';
import { directoryOf } from '../config/config-fixture.ts';
import { chainOf, fileOf, headAfter } from './audit-fixture.ts';
import { run } from './cli-fixture.ts';

const P0 = chainOf(0, 5);
const P1 = chainOf(1, 3);
const FILES = { 'audit/0000.ndjson': fileOf(P0), 'audit/0001.ndjson': fileOf(P1) };

function verify(directory: string, ...args: readonly string[]) {
  return run(['audit', 'verify', join(directory, 'audit'), ...args]);
}

/** Writes `commit.json` with these heads, as the files adapter does. */
async function commit(directory: string, heads: Readonly<Record<number, { index: number; hash: string }>>) {
  const byPartition = new Map(
    Object.entries(heads).map(([partition, chain]) => [
      Number(partition),
      {
        lengths: { decisions: 0, audit: 0, 'dead-letter': 0 },
        state: { generation: 1, bytes: 0, baseBytes: 0 },
        meta: { positions: new Map<string, number>(), chain, clockMs: 0, policyRevision: 'sha256:x' },
      },
    ]),
  );
  await writeCommitFile(directory, { partitions: 2, byPartition }, { sync: false });
  return join(directory, 'commit.json');
}

describe('tollgate audit verify', () => {
  it('ends with 0 for chains that hold, and names their heads', async () => {
    const { code, out, err } = await verify(directoryOf(FILES));
    expect(code).toBe(0);
    expect(err).toContain('a tail was cut off shows only with --head');
    expect(out).toContain(headAfter(P0).hash);
    expect(out).toContain('8 records intact');
  });

  it('reports as JSON for machines', async () => {
    const { out } = await verify(directoryOf(FILES), '--json');
    expect(JSON.parse(out)).toEqual({
      intact: true,
      records: 8,
      partitions: [
        { partition: 0, next_index: 5, hash: headAfter(P0).hash },
        { partition: 1, next_index: 3, hash: headAfter(P1).hash },
      ],
    });
  });

  it('reads compressed files, several sources, and chains that share a file', async () => {
    const mixed = [P0[0], P1[0], P0[1], P1[1]].map(String);
    const directory = directoryOf({ 'a.ndjson': fileOf(mixed), 'b.jsonl.gz': gzipSync(fileOf(P0.slice(2))) });
    const { code, out } = await run(['audit', 'verify', join(directory, 'a.ndjson'), join(directory, 'b.jsonl.gz')]);
    expect([code, out.split('\n').at(-2)]).toEqual([0, '7 records intact']);
  });

  it('reads standard input', async () => {
    const { code, out } = await run(['audit', 'verify', '-'], { stdin: fileOf(P0) });
    expect([code, out.split('\n').at(-2)]).toEqual([0, '5 records intact']);
  });

  it.each([
    [
      'a record was changed',
      P0.with(2, String(P0[2]).replace('agent', 'Agent')),
      3,
      'partition 0, index 2: its bytes do not have',
    ],
    ['a record was taken out', P0.toSpliced(2, 1), 3, 'partition 0, index 3: expected index 2, found 3'],
    ['records were swapped', [P0[0], P0[2], P0[1]].map(String), 2, 'partition 0, index 2: expected index 1, found 2'],
    ['the beginning was cut off', P0.slice(1), 1, 'partition 0, index 1: expected index 0, found 1'],
    ['a line was put in', P0.toSpliced(1, 0, '{}'), 2, 'it does not begin like an audit record'],
    ['a blank line was put in', P0.toSpliced(1, 0, ''), 2, 'a blank line stands before it'],
  ])('ends with 1 and names the first record that breaks the chain when %s', async (_, lines, line, why) => {
    const directory = directoryOf({ 'audit/0000.ndjson': fileOf(lines) });
    const { code, out, err } = await verify(directory);
    expect(code).toBe(1);
    expect(err).toContain(why);
    expect(err).toContain(`where: ${join(directory, 'audit', '0000.ndjson')}:${line}\n`);
    expect(out).toContain(`${line - 1} record`);
  });

  it('says the same in JSON, with its place', async () => {
    const directory = directoryOf({ 'audit/0000.ndjson': fileOf(P0.toSpliced(1, 1)) });
    const { code, out } = await verify(directory, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      intact: false,
      records: 1,
      broken: { line: 2, partition: 0, index: 2, why: 'expected index 1, found 2' },
    });
  });

  it.each([
    ['one number for all partitions', ['--from-index', '2'], 0],
    ['a number by partition', ['--from-index', '0=2'], 0],
    ['a number that is not the first', ['--from-index', '1'], 1],
    ['no number', [], 1],
  ])('lets a chain begin later with %s', async (_, args, code) => {
    const directory = directoryOf({ 'audit/0000.ndjson': fileOf(P0.slice(2)) });
    expect((await verify(directory, ...args)).code).toBe(code);
  });

  it('finds a tail that was cut off when it is told the committed head', async () => {
    const directory = directoryOf({ 'audit/0000.ndjson': fileOf(P0.slice(0, 3)) });
    const head = await commit(directory, { 0: headAfter(P0) });
    expect((await verify(directory)).code).toBe(0);
    const { code, err } = await verify(directory, '--head', head);
    expect(code).toBe(1);
    expect(err).toContain('partition 0, index 3: the records end before index 3, and 5 were committed');
  });

  it('finds a whole chain that was written anew when it is told the committed head', async () => {
    const directory = directoryOf({ 'audit/0000.ndjson': fileOf(P0) });
    const head = await commit(directory, { 0: { index: 2, hash: 'f'.repeat(64) } });
    const { code, err } = await verify(directory, '--head', head);
    expect([code, err]).toEqual([1, expect.stringContaining('its hash is not the one that was committed')]);
  });

  it('is content with records that were written after the committed head', async () => {
    const directory = directoryOf(FILES);
    const head = await commit(directory, { 0: headAfter(P0.slice(0, 4)), 1: headAfter(P1) });
    expect((await verify(directory, '--head', head)).code).toBe(0);
  });

  it.each([
    ['a source that is not there', ['nowhere'], 3],
    ['a head that is not there', ['--head', 'nowhere/commit.json', '-'], 3],
    ['a start that is no number', ['--from-index', 'x', '-'], 2],
  ])('ends with the code of the contract for %s', async (_, args, code) => {
    expect((await run(['audit', 'verify', ...args])).code).toBe(code);
  });

  it('ends with 3 for a directory without records, and for a damaged archive', async () => {
    const directory = directoryOf({ 'audit/readme.txt': 'x', 'bad/a.ndjson.gz': gzipSync(fileOf(P0)).subarray(0, 60) });
    expect((await verify(directory)).code).toBe(3);
    const damaged = await run(['audit', 'verify', join(directory, 'bad')]);
    expect([damaged.code, damaged.err]).toEqual([3, expect.stringContaining('cannot decompress')]);
  });
});
