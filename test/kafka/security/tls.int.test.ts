import { createPrivateKey } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKafka } from '../../../src/kafka/client.ts';
import { openCluster } from '../../../src/kafka/kafkajs.ts';
import { describeWithOwnBroker } from '../given-broker.ts';
import { Authority, type Certified } from './certificates.ts';
import { ask, refusal } from './connecting.ts';
import { recordedLog } from './recorded-log.ts';
import { type SecuredBroker, startSecuredBroker } from './secured-broker.ts';

describeWithOwnBroker('TLS with a real broker', () => {
  let broker: SecuredBroker;
  let chief: Certified;
  let stranger: Certified;

  beforeAll(async () => {
    broker = await startSecuredBroker();
    chief = await broker.authority.sign({ name: 'chief' });
    stranger = await (await Authority.make('Another authority')).sign({ name: 'chief' });
  });
  afterAll(() => broker?.stop());

  const trusting = (more: object = {}) => ({ ca: broker.authority.cert, rejectUnauthorized: true, ...chief, ...more });

  it('lets in who has a certificate of the authority', async () => {
    expect(await ask({ broker: broker.mutual, ssl: trusting() })).toBe(1);
  });

  it('opens a key with its passphrase, and says what is wrong without', async () => {
    const passphrase = 'open sesame';
    const sealed = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const;
    const key = createPrivateKey(chief.key).export(sealed).toString();
    expect(await ask({ broker: broker.mutual, ssl: trusting({ key, passphrase }) })).toBe(1);
    const error = await refusal({ broker: broker.mutual, ssl: trusting({ key, passphrase: 'wrong' }) }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'config_invalid', next: expect.stringContaining('passphrase') });
  });

  it.each([
    ['of another authority', () => trusting(stranger)],
    ['not there', () => ({ ca: broker.authority.cert, rejectUnauthorized: true })],
  ])('says so when the certificate of the client is %s', async (_, ssl) => {
    const error = await refusal({ broker: broker.mutual, ssl: ssl() });
    expect([error.code, error.retryable]).toEqual(['broker_refused', false]);
    expect(error.next).toContain('kafka.ssl');
  });

  it('refuses a broker whose certificate is of an authority that is not trusted', async () => {
    const { cert: ca } = await Authority.make('Another authority');
    const error = await refusal({ broker: broker.mutual, ssl: trusting({ ca }) });
    expect([error.code, error.where]).toEqual(['broker_refused', `broker ${broker.mutual}`]);
    expect(error.next).toContain('the certificate authority');
  });

  it('takes any certificate of the broker when it is told to', async () => {
    const { ca: _, ...ssl } = trusting({ rejectUnauthorized: false });
    expect(await ask({ broker: broker.mutual, ssl })).toBe(1);
  });

  it('holds the certificate against the name that is given, else against the address', async () => {
    expect(await ask({ broker: broker.mutual, ssl: trusting({ serverName: 'kafka.test' }) })).toBe(1);
    const error = await refusal({ broker: broker.mutual, ssl: trusting({ serverName: 'other.test' }) });
    expect([error.code, error.next]).toEqual(['broker_refused', expect.stringContaining('the server name')]);
  });

  it('says what may be wrong when TLS is expected and not spoken', async () => {
    const error = await refusal({ broker: broker.mutual });
    expect(error.code).toBe('broker_unreachable');
    expect(error.next).toContain('kafka.ssl');
  });

  it('says what may be wrong when TLS is spoken and not expected', async () => {
    const error = await refusal({ broker: broker.open, ssl: trusting() });
    expect(error.code).toBe('broker_unreachable');
    expect(error.next).toContain('kafka.ssl');
  });

  it('uses replaced files for new connections, keeps open ones, and outlives files that are broken', async () => {
    const file = (name: string) => join(broker.directory, name);
    const put = ({ cert, key }: Partial<Certified>) => {
      if (cert !== undefined) writeFileSync(file('client.crt'), cert);
      if (key !== undefined) writeFileSync(file('client.key'), key);
    };
    put(chief);
    const { logger, lines } = recordedLog();
    const ssl = {
      ca: broker.authority.cert,
      cert: file('client.crt'),
      key: file('client.key'),
      rejectUnauthorized: true,
    };
    const kafka = createKafka({ brokers: [broker.mutual], clientId: 'rotation', ssl }, logger);
    const told = (message: string) => lines.filter((line) => line.message.includes(message)).length;
    const connect = async () => (await openCluster(kafka)).disconnect();
    const open = await openCluster(kafka);
    try {
      put({ cert: stranger.cert });
      await connect();
      await connect();
      expect([told('not usable'), told('replaced')]).toEqual([1, 0]);

      put({ key: stranger.key });
      await expect(connect()).rejects.toMatchObject({ code: 'broker_refused' });
      expect(told('replaced')).toBe(1);

      put(await broker.authority.sign({ name: 'chief' }));
      await connect();
      expect(told('replaced')).toBe(2);

      rmSync(file('client.crt'));
      await connect();
      expect(told('not usable')).toBe(2);
      await open.refreshMetadata();
    } finally {
      await open.disconnect();
    }
  });
});
