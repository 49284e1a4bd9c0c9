import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithKafka, testBroker } from '../given-broker.ts';
import { aClient } from '../outside/broker-fixture.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DEMO = join(ROOT, 'dist-bench/test/kafka/demo/demo-kafka.js');
const run = promisify(execFile);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describeWithKafka('npm run demo:kafka', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-demo-kafka-'));

  beforeAll(() => run('npx', ['tsc', '-p', 'test/kafka/demo'], { cwd: ROOT }));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function demo(env: NodeJS.ProcessEnv): Promise<Ended> {
    return run(process.execPath, [DEMO], { cwd: directory, env: { ...process.env, ...env } }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (failed: Ended) => failed,
    );
  }

  it('judges the demo through topics, shows what the demo shows, and leaves no topic behind', async () => {
    const { code, stdout, stderr } = await demo({ KAFKA_BROKERS: testBroker().brokers.join(',') });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('640 records of 12 agents in 28 sessions');
    expect(stdout).toContain('1 event delivered twice');
    expect(stdout.match(/^ {2}\d\d:\d\d:\d\d +\w+/gm)?.map((line) => line.trim().split(/ +/)[1])).toEqual([
      'ask',
      'ask',
      'deny',
      'allow',
      'allow',
    ]);
    expect(stdout).toContain('the same 638 decisions');
    const { topics }: { readonly topics: { readonly audit: string } } = JSON.parse(
      readFileSync(join(directory, 'out/demo-kafka/tollgate.yaml'), 'utf8'),
    );
    const admin = aClient().admin();
    await admin.connect();
    const left = await admin.listTopics();
    await admin.disconnect();
    expect(left).not.toContain(topics.audit);
  });

  it('ends with 4 where no broker can be had, and says what it takes', async () => {
    const nothing = { KAFKA_BROKERS: '', DOCKER_HOST: 'tcp://127.0.0.1:1', JAVA_HOME: join(directory, 'nowhere') };
    const { code, stdout, stderr } = await demo(nothing);
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toContain('there is no Kafka broker for the demo');
    expect(stderr).toContain('Set KAFKA_BROKERS, or start a Docker engine, or install Java 17 or later and Maven.');
  });
});
