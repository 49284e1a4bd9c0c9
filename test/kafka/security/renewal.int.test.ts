import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KafkaConfig } from '../../../src/config/config.ts';
import { describeWithOwnBroker } from '../given-broker.ts';
import { outsideReader } from '../outside/reader.ts';
import { type SecuredBroker, startSecuredBroker, USERS } from './secured-broker.ts';
import { SecuredRun } from './secured-run.ts';
import { CLIENT, TokenServer } from './token-server.ts';

/** Of a login on these listeners, by `connections.max.reauth.ms` or by the token. */
const LOGIN_MS = 3_000;
const ROUNDS = 40;
const EVENTS_A_ROUND = 50;
const ROUND_MS = (3.2 * LOGIN_MS) / ROUNDS;
/** What a run says when a connection was lost, whatever became of it. */
const TROUBLE = /cannot be reached|failed|joining again|thrown away/;

describeWithOwnBroker('a login that ends while a processor is at work', () => {
  let broker: SecuredBroker;
  let tokens: TokenServer;
  let url: string;

  beforeAll(async () => {
    tokens = new TokenServer();
    url = await tokens.listen();
    broker = await startSecuredBroker({ jwksUrl: `${url}/jwks` });
  });
  afterAll(async () => {
    await broker?.stop();
    await tokens?.close();
  });

  const ways: readonly (readonly [string, () => Partial<KafkaConfig>])[] = [
    ['plain', () => password('plain')],
    ['scram-sha-512', () => password('scram-sha-512')],
    [
      'oauthbearer',
      () => {
        tokens.mood.lifetimeS = LOGIN_MS / 1000 + 1;
        const ssl = { ca: broker.authority.cert, rejectUnauthorized: true };
        const sasl = { mechanism: 'oauthbearer', tokenUrl: `${url}/token`, ...CLIENT } as const;
        return { brokers: [broker.login], ssl, sasl };
      },
    ],
  ];
  const password = (mechanism: 'plain' | 'scram-sha-512'): Partial<KafkaConfig> => {
    return { brokers: [broker.short], sasl: { mechanism, username: 'chief', password: USERS.chief ?? '' } };
  };

  it.each(ways)('is renewed without a lost connection: %s', async (_, way) => {
    const run = new SecuredRun(broker, way());
    await run.makeTopics();
    const processor = run.start();
    for (let round = 0; round < ROUNDS; round++) {
      await run.produce(EVENTS_A_ROUND);
      await delay(ROUND_MS);
    }
    await processor.committed(ROUNDS * EVENTS_A_ROUND);
    expect(await processor.stop()).toBeUndefined();
    expect(processor.said('warn')).not.toMatch(TROUBLE);
    expect(processor.said('info').match(/partitions assigned/g)).toHaveLength(1);
    const decisions = await outsideReader([broker.open]).read(run.topics.decisions);
    expect(decisions).toHaveLength(ROUNDS * EVENTS_A_ROUND);
  });
});
