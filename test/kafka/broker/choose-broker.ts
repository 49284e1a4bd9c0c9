import { startInDocker } from './docker-broker.ts';
import { findInstallation } from './installation.ts';
import { kafkaVersion } from './jars.ts';
import { UNHURRIED } from './server-properties.ts';
import type { SharedBroker } from './shared-broker.ts';
import { startBroker } from './start-broker.ts';
import { warmUp } from './warm-up.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Origin = Extract<SharedBroker, { readonly kind: 'broker' }>['from'];

/** What was chosen, and what ends it. */
interface Choice {
  readonly shared: SharedBroker;
  readonly stop: () => Promise<void>;
}

interface Running {
  readonly brokers: readonly string[];
  readonly stop: () => Promise<void>;
}

/** A broker that was named runs already. */
const NAMED_TIMEOUT_MS = 15_000;
const NOTHING_TO_STOP = () => Promise.resolve();
const ADVICE = 'Set KAFKA_BROKERS, or start a Docker engine, or install Java 17 or later and Maven.';

/**
 * One broker for all tests of a run, the first that can be had: `KAFKA_BROKERS` (comma-separated addresses), Docker, Apache
 * Kafka from Maven's jars. Never rejects for want of one: `kind: 'none'` then says why. A broker that was named and does not
 * answer is not replaced by another.
 */
export async function chooseBroker(env: Environment): Promise<Choice> {
  const named = (env.KAFKA_BROKERS ?? '').split(',').flatMap((address) => address.trim() || []);
  const ways: readonly (readonly [Origin, () => Promise<Running>])[] =
    named.length > 0
      ? [['environment', () => joinNamed(named)]]
      : [
          ['docker', () => startInDocker(kafkaVersion())],
          ['jars', () => startBroker({ properties: UNHURRIED })],
        ];
  const refusals: string[] = [];
  for (const [from, start] of ways) {
    try {
      const { brokers, stop } = await start();
      const canStartMore = from === 'jars' || (await canStart());
      return { shared: { kind: 'broker', brokers, from, canStartMore }, stop };
    } catch (error) {
      refusals.push(`${from}: ${messageOf(error)}`);
    }
  }
  const required = named.length > 0 || isRequired(env);
  return {
    shared: { kind: 'none', reason: `${ADVICE} Tried ${refusals.join('; ')}`, required },
    stop: NOTHING_TO_STOP,
  };
}

async function joinNamed(brokers: readonly string[]): Promise<Running> {
  await warmUp(brokers, 1, NAMED_TIMEOUT_MS);
  return { brokers, stop: NOTHING_TO_STOP };
}

async function canStart(): Promise<boolean> {
  try {
    await findInstallation(kafkaVersion());
    return true;
  } catch (error) {
    process.stderr.write(`Tests that start brokers of their own are skipped: ${messageOf(error)}\n`);
    return false;
  }
}

/** Where tests must not be skipped: in continuous integration, or when asked. */
function isRequired(env: Environment): boolean {
  return ['CI', 'KAFKA_TESTS_REQUIRED'].some((name) => !['', '0', 'false'].includes(env[name] ?? ''));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}
