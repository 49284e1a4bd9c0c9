import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithKafka, testBroker, uniqueName } from '../given-broker.ts';
import { aClient, createTopics, namesOf, uniqueTopics } from '../outside/broker-fixture.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

describeWithKafka('load and check from a process of their own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-load-'));
  const topics = uniqueTopics();

  beforeAll(async () => {
    await run('npx', ['tsc', '-p', 'test/kafka/load'], { cwd: ROOT });
    await createTopics(aClient(), namesOf(topics), 2);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function command(name: string, document: object): Promise<{ code: number; out: string }> {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify({ brokers: testBroker().brokers, ...document }));
    const script = join(ROOT, 'dist-bench/test/kafka/load/load-command.js');
    return run(process.execPath, [script, name, file]).then(
      ({ stdout }) => ({ code: 0, out: stdout }),
      (failed: { code: number; stdout: string }) => ({ code: failed.code, out: failed.stdout }),
    );
  }

  it('writes the load, and finds that nobody judged it only when it should have been', async () => {
    const load = { count: 200, eventTopics: topics.events, controlTopic: topics.control };
    const produced = await command('produce', { seed: 3, load });
    expect(produced).toMatchObject({ code: 0 });
    expect(JSON.parse(produced.out)).toMatchObject({ records: 200 });
    const checked = { topics, partitions: 2, groupId: uniqueName('nobody') };
    const waiting = await command('check', checked);
    expect(waiting.code).toBe(0);
    expect(JSON.parse(waiting.out)).toMatchObject({ inputs: 200, waiting: 200, decisions: 0 });
    const complete = await command('check', { ...checked, isComplete: true });
    expect(complete.code).toBe(1);
    expect(complete.out).toContain('unsettled');
  });
});
