import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PasswordLogin } from '../../../src/kafka/client.ts';
import { describeWithOwnBroker } from '../given-broker.ts';
import { ask, refusal } from './connecting.ts';
import { recordedLog } from './recorded-log.ts';
import { type SecuredBroker, startSecuredBroker, USERS } from './secured-broker.ts';

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
const WRONG = 'wrong-pw-1234';

describeWithOwnBroker('SASL with a real broker', () => {
  let broker: SecuredBroker;
  beforeAll(async () => {
    broker = await startSecuredBroker();
  });
  afterAll(() => broker?.stop());

  const login = (mechanism: PasswordLogin['mechanism'], password = USERS.chief ?? '') => ({
    broker: broker.login,
    ssl: { ca: broker.authority.cert, rejectUnauthorized: true },
    sasl: Object.freeze({ mechanism, username: 'chief', password }),
  });

  it.each(MECHANISMS)('%s lets in who has the password', async (mechanism) => {
    expect(await ask(login(mechanism))).toBe(1);
  });

  it.each(MECHANISMS)(
    '%s with a wrong password says what to check, once, and tells nobody the password',
    async (mechanism) => {
      const { logger, lines } = recordedLog();
      const error = await refusal({ ...login(mechanism, WRONG), logger });
      expect([error.code, error.retryable]).toEqual(['broker_refused', false]);
      expect(error.next).toContain('kafka.sasl');
      expect(error.message.toLowerCase()).toContain('authentication failed');
      expect(JSON.stringify([error.message, error.where, error.next, error.stack, lines])).not.toContain(WRONG);
    },
  );

  it('names the mechanism when the broker does not have it', async () => {
    const way = {
      ...login('plain'),
      sasl: { mechanism: 'oauthbearer', tokenUrl: 'http://127.0.0.1:1/', clientId: 'c', clientSecret: 's' },
    } as const;
    const error = await refusal(way);
    expect([error.code, error.next]).toEqual(['broker_refused', expect.stringContaining('kafka.sasl.mechanism')]);
  });

  it('says what may be wrong when a login is expected and not given', async () => {
    const { sasl: _, ...way } = login('plain');
    const error = await refusal(way);
    expect(error.code).toBe('broker_unreachable');
    expect(error.next).toContain('kafka.sasl');
  });
});
