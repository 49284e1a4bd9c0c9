import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createKafka } from '../../../src/kafka/client.ts';
import { openCluster } from '../../../src/kafka/kafkajs.ts';
import { describeWithOwnBroker } from '../given-broker.ts';
import { ask, refusal } from './connecting.ts';
import { recordedLog } from './recorded-log.ts';
import { type SecuredBroker, startSecuredBroker } from './secured-broker.ts';
import { CLIENT, TokenServer } from './token-server.ts';

describeWithOwnBroker('SASL OAUTHBEARER with a real broker', () => {
  let broker: SecuredBroker;
  let server: TokenServer;
  let url: string;

  beforeAll(async () => {
    server = new TokenServer();
    url = await server.listen();
    broker = await startSecuredBroker({ jwksUrl: `${url}/jwks` });
  });
  afterAll(async () => {
    await broker?.stop();
    await server?.close();
  });
  beforeEach(() => {
    Object.assign(server.mood, { status: undefined, lifetimeS: 600, saidS: undefined, claims: {} });
    server.requests.length = 0;
  });

  const way = (more: object = {}) => ({
    broker: broker.login,
    ssl: { ca: broker.authority.cert, rejectUnauthorized: true },
    sasl: { mechanism: 'oauthbearer', tokenUrl: `${url}/token`, ...CLIENT, ...more } as const,
  });

  it('lets in who is given a token, asked for as RFC 6749 says', async () => {
    expect(await ask(way({ scope: 'kafka read', audience: 'kafka.test' }))).toBe(1);
    expect(server.requests).toEqual([
      {
        form: { grant_type: 'client_credentials', scope: 'kafka read', audience: 'kafka.test' },
        authorization: expect.stringMatching(/^Basic /),
      },
    ]);
  });

  it('uses one token for all connections of a client', async () => {
    const { broker: address, ...security } = way();
    const kafka = createKafka({ brokers: [address], clientId: 'many', ...security }, recordedLog().logger);
    const clusters = await Promise.all([openCluster(kafka), openCluster(kafka), openCluster(kafka)]);
    clusters.push(await openCluster(kafka));
    await Promise.all(clusters.map((cluster) => cluster.disconnect()));
    expect(server.requests).toHaveLength(1);
  });

  it('asks by HTTPS, and trusts only the authority that it is given', async () => {
    const certified = await broker.authority.sign({ name: 'tokens', addresses: ['127.0.0.1'] });
    const tokenUrl = `${await server.listenTls(certified)}/token`;
    expect(await ask(way({ tokenUrl, ca: broker.authority.cert }))).toBe(1);
    const error = await refusal(way({ tokenUrl }));
    expect([error.code, error.where]).toEqual(['broker_refused', tokenUrl]);
    expect([error.message, error.next].join()).toMatch(/certificate.*kafka\.sasl\.ca/);
  });

  it('says what to check when the client is not known, and tells nobody its secret', async () => {
    const { logger, lines } = recordedLog();
    const error = await refusal({ ...way({ clientSecret: 'wrong-4711' }), logger });
    expect(error).toMatchObject({ code: 'broker_refused', retryable: false, where: `${url}/token` });
    expect(error.message).toContain('401: invalid_client');
    expect(error.next).toContain('clientSecret');
    expect(JSON.stringify([error.message, error.next, error.stack, lines])).not.toContain('wrong-4711');
    expect(server.requests).toHaveLength(1);
  });

  it('says that the endpoint is down, after some tries, as it says it of brokers', async () => {
    server.mood.status = 503;
    const error = await refusal(way());
    expect(error).toMatchObject({ code: 'broker_unreachable', retryable: true, where: `${url}/token` });
    expect(error.message).toContain('503');
  });

  it('says what the broker has against a token', async () => {
    server.mood.claims = { aud: 'somebody else' };
    const error = await refusal(way());
    expect(error).toMatchObject({ code: 'broker_refused', retryable: false, where: `broker ${broker.login}` });
    expect(error.message).toContain('invalid_token');
    expect(error.next).toContain('audience');
  });

  it('asks for another token when brokers no longer take the one it kept', async () => {
    Object.assign(server.mood, { claims: { aud: 'somebody else' } });
    const { broker: address, ...security } = way();
    const kafka = createKafka({ brokers: [address], clientId: 'kept', ...security }, recordedLog().logger);
    await expect(openCluster(kafka)).rejects.toMatchObject({ code: 'broker_refused' });
    server.mood.claims = {};
    await (await openCluster(kafka)).disconnect();
    expect(server.requests).toHaveLength(2);
  });
});
