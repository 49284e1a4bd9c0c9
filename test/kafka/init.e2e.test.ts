import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../files/temporary-directory.ts';
import { describeWithKafka, testBroker, uniqueName } from './given-broker.ts';
import { outsideReader } from './outside/reader.ts';
import { testKafka } from './topics-fixture.ts';

/** The built program; `npm test` builds it first. */
const PROGRAM = fileURLToPath(new URL('../../dist/cli/tollgate.js', import.meta.url));
/** Looks at the decisions, a quarter of a second apart. */
const MOST_LOOKS = 120;

interface SampleEvent {
  readonly event_id: string;
  readonly session_id: string;
}

/** The configuration as it was written, on topics that no other test has: all by the environment. */
function environment(decisions: string): NodeJS.ProcessEnv {
  const names = ['EVENTS', 'CONTROL', 'AUDIT', 'DEAD_LETTER', 'SESSIONS'];
  return {
    PATH: process.env.PATH,
    BROKERS: testBroker().brokers[0],
    TOLLGATE_KAFKA_GROUP_ID: uniqueName('init'),
    TOLLGATE_TOPICS_DECISIONS: decisions,
    ...Object.fromEntries(names.map((name) => [`TOLLGATE_TOPICS_${name}`, uniqueName(name.toLowerCase())])),
    TOLLGATE_TOPICS_PARTITIONS: '2',
    TOLLGATE_HTTP_PORT: '0',
  };
}

describeWithKafka('what tollgate init --kafka writes', () => {
  const decisions = uniqueName('decisions');
  const env = environment(decisions);
  const dir = temporaryDirectory();

  function tollgate(...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
      cwd: dir,
      env,
      encoding: 'utf8',
    });
    expect(status, `tollgate ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  }

  async function produceSample(): Promise<number> {
    const lines = readFileSync(join(dir, 'events/sample.ndjson'), 'utf8').trimEnd().split('\n');
    const keyOf = (line: string): string => (JSON.parse(line) as SampleEvent).session_id;
    const producer = testKafka().producer();
    await producer.connect();
    const messages = lines.map((value) => ({ key: keyOf(value), value }));
    await producer.send({ topic: String(env.TOLLGATE_TOPICS_EVENTS), messages });
    await producer.disconnect();
    return lines.length;
  }

  async function decided(count: number): Promise<readonly string[]> {
    const reader = outsideReader(testBroker().brokers);
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const records = await reader.read(decisions);
      if (records.length >= count) return records.map(({ value }) => String(value));
      await setTimeout(250);
    }
    throw new Error('the decisions did not come');
  }

  it('makes its topics, is well, and judges what is produced to them', async () => {
    tollgate('init', '--kafka');
    tollgate('topics', 'create');
    expect(tollgate('doctor').match(/^(?:ok|warning)/gm)).toHaveLength(5);
    const child = spawn(process.execPath, [PROGRAM, 'run'], { cwd: dir, env, stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = await decided(await produceSample());
    const effects = lines.map((line) => JSON.parse(line) as { event_id: string; effect: string });
    expect(effects.map(({ event_id, effect }) => `${event_id} ${effect}`).toSorted()).toEqual([
      '1 allow',
      '2 allow',
      '3 deny',
      '4 deny',
      '5 ask',
      '6 allow',
    ]);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
  });
});
