import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.ts';
import { type Properties, serverProperties, UNHURRIED } from './server-properties.ts';
import { warmUp } from './warm-up.ts';

const run = promisify(execFile);
const ENGINE_TIMEOUT_MS = 3_000;
const START_TIMEOUT_MS = 120_000;
const DATA = '/tmp/kafka-data';

/**
 * One node of the image `apache/kafka`, with the properties of the other brokers here; resolves when it takes transactions.
 * Rejects at once where no Docker engine answers. Not exercised by CI, which has no Docker engine.
 */
export async function startInDocker(
  version: string,
): Promise<{ readonly brokers: readonly string[]; readonly stop: () => Promise<void> }> {
  await findEngine();
  // Loaded only here: it takes a second, and most runs have no Docker.
  const { GenericContainer, Wait } = await import('testcontainers');
  const [port = 0, controllerPort = 0] = await freePorts(2);
  const container = await new GenericContainer(`apache/kafka:${version}`)
    // The same port inside and outside: the broker tells its clients where to come, and they are outside.
    .withExposedPorts({ container: port, host: port })
    .withEnvironment(imageEnvironment(port, controllerPort))
    .withWaitStrategy(Wait.forListeningPorts())
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
  const brokers = [`${container.getHost()}:${port}`];
  const stop = async () => {
    await container.stop();
  };
  try {
    await warmUp(brokers);
  } catch (error) {
    await stop();
    throw error;
  }
  return { brokers, stop };
}

async function findEngine(): Promise<void> {
  try {
    await run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: ENGINE_TIMEOUT_MS });
  } catch (cause) {
    throw new Error('no Docker engine answers', { cause });
  }
}

/** The image takes properties from variables, and listens inside on every address. */
function imageEnvironment(port: number, controllerPort: number): Record<string, string> {
  const node = { id: 1, port, controllerPort };
  const properties: Properties = {
    ...serverProperties(node, [node]),
    ...UNHURRIED,
    listeners: `PLAINTEXT://:${port},CONTROLLER://:${controllerPort}`,
    'log.dirs': DATA,
  };
  const variable = (name: string) => `KAFKA_${name.replaceAll('.', '_').toUpperCase()}`;
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [variable(name), value]));
}
