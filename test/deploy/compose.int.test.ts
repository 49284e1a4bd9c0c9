import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { directoryOf } from '../config/config-fixture.ts';
import { findJars, javaCommand, kafkaVersion } from '../kafka/broker/jars.ts';
import { type OwnBroker, startBroker } from '../kafka/broker/start-broker.ts';
import { describeWithOwnBroker } from '../kafka/given-broker.ts';
import { type Family, parsePrometheus } from '../ops/prometheus-text.ts';
import { DOCKERFILE } from './dockerfile.ts';
import { localConfigFile, ROOT, service } from './given-deployment.ts';
import { labelsOf, missing, queries } from './observed.ts';

const run = promisify(execFile);
const PROGRAM = join(ROOT, 'dist/cli/tollgate.js');
const CONFIG = '/etc/tollgate/tollgate.yaml';
/** What a machine without containers has to say itself: addresses, and where data lies. */
const OF_THE_PLACE = /^KAFKA_(?:NODE_ID|PROCESS_ROLES|LOG_DIRS|.*LISTENER.*|CONTROLLER_.*)$/;
const LOOK_MS = 100;
const MOST_LOOKS = 400;

/** The broker's settings of docker-compose.yml, as the image reads them: `KAFKA_A_B` is `a.b`. */
function brokerSettings(): Record<string, string> {
  const { environment = {} } = service('kafka');
  const ours = Object.entries(environment).filter(([name]) => name.startsWith('KAFKA_') && !OF_THE_PLACE.test(name));
  return Object.fromEntries(
    ours.map(([name, value]) => [name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.'), String(value)]),
  );
}

/** `kafka-console-producer.sh` of the image, in a folder of its own. */
async function kafkaPrograms(): Promise<string> {
  const command = javaCommand(await findJars(kafkaVersion()), [], ['org.apache.kafka.tools.ConsoleProducer']);
  const words = command.map((word) => `'${word}'`).join(' ');
  const folder = directoryOf({ 'kafka-console-producer.sh': `#!/bin/sh\nexec ${words} "$@"\n` });
  chmodSync(join(folder, 'kafka-console-producer.sh'), 0o755);
  return folder;
}

async function until<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean): Promise<T> {
  for (let look = 1; ; look++) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    if (look === MOST_LOOKS) throw new Error(`still ${JSON.stringify(answer)}`);
    await setTimeout(LOOK_MS);
  }
}

function sumOf(families: ReadonlyMap<string, Family>, name: string): number {
  return (families.get(name)?.samples ?? []).reduce((sum, { value }) => sum + value, 0);
}

/** Lines of the files that the profile `demo` produces. */
function demoRecords(): number {
  const folders = ['control', 'events'].map((name) => join(ROOT, 'examples/demo', name));
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return files.reduce((sum, path) => sum + readFileSync(path, 'utf8').trimEnd().split('\n').length, 0);
}

/** Everything of docker-compose.yml but its containers: its settings and its commands, in its order, on a real broker. */
describeWithOwnBroker('docker-compose.yml, without its containers', () => {
  let broker: OwnBroker;
  beforeAll(async () => {
    broker = await startBroker({ properties: brokerSettings() });
  });
  afterAll(() => broker.stop());

  /** The words of a service's command, with the configuration where this machine has it. */
  function commandOf(words: readonly string[] | undefined, config: string): readonly string[] {
    expect(words).toContain(CONFIG);
    return (words ?? []).map((word) => (word === CONFIG ? config : word));
  }

  function environmentOf(name: string, more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const own = Object.entries(service(name).environment ?? {}).map(([key, value]) => [key, String(value)]);
    return { PATH: process.env.PATH, ...Object.fromEntries(own), ...more };
  }

  it('makes its topics, judges its demo, answers its health checks, and stops in time', async () => {
    const config = localConfigFile('deploy/compose/tollgate.yaml');
    const atBroker = { TOLLGATE_KAFKA_BROKERS: broker.brokers.join(',') };

    const create = commandOf(service('topics').command, config);
    const made = await run(process.execPath, [PROGRAM, ...create], { env: environmentOf('topics', atBroker) });
    expect(made.stdout).toContain('create tollgate-sessions-changelog: 8 partitions, replication factor 1');

    // The service has no command of its own: it runs the image's.
    const args = [PROGRAM, ...commandOf(DOCKERFILE.command, config)];
    const env = environmentOf('tollgate', { ...atBroker, TOLLGATE_HTTP_PORT: '0' });
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = once(child, 'close');
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    try {
      const [, url = ''] = await until(
        async () => /"url":"([^"]+)"/.exec(log) ?? [],
        ([found]) => found !== undefined,
      );
      const { port } = new URL(url);
      await until(
        async () => (await fetch(`${url}/readyz`)).status,
        (status) => status === 200,
      );

      const ofTheImage = DOCKERFILE.healthcheck.slice(1);
      await run(process.execPath, ofTheImage, { env: { TOLLGATE_HTTP_PORT: port } });
      const [, node, ...ofTheService] = service('tollgate').healthcheck?.test ?? [];
      expect(node).toBe('node');
      await run(
        process.execPath,
        ofTheService.map((word) => word.replace('8181', port)),
      );

      const produced = await run('sh', [join(ROOT, 'deploy/compose/produce-demo.sh')], {
        env: {
          PATH: process.env.PATH,
          BROKER: broker.brokers[0],
          KAFKA_BIN: await kafkaPrograms(),
          EXAMPLES: join(ROOT, 'examples/demo'),
        },
      });
      expect(produced.stdout).toContain(`produced ${demoRecords()} records`);
      const families = await until(
        async () => parsePrometheus(await (await fetch(`${url}/metrics`)).text()),
        (now) => sumOf(now, 'tollgate_events_total') + sumOf(now, 'tollgate_dead_letters_total') === demoRecords(),
      );
      expect(sumOf(families, 'tollgate_misrouted_events_total')).toBe(0);
      const denied = families.get('tollgate_decisions_total')?.samples.find(({ labels }) => labels.effect === 'deny');
      expect(denied?.value).toBeGreaterThan(0);

      // What a run has no reason to count has no labels yet: `observed.test.ts` looks at those.
      const quiet = ['tollgate_policy_errors_total', 'tollgate_producer_resets_total'];
      const asked = queries().filter(({ expr }) => !quiet.some((name) => expr.includes(name)));
      expect(asked.flatMap((query) => missing(query, labelsOf(families)))).toEqual([]);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended, log).toEqual([0, null]);
  });
});
