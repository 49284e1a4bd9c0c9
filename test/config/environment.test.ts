import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/config.schema.ts';
import { environmentKeys } from '../../src/config/environment.ts';
import { keysOf } from '../../src/config/schema-path.ts';
import { accepted, read, SHORTEST } from './config-fixture.ts';

describe('the environment', () => {
  it('has one variable for every key of the configuration', () => {
    const schema = configSchema([]);
    const keys = environmentKeys(schema);
    expect(keys.size).toBe([...keysOf(schema)].length);
    expect([...keys.keys()]).toEqual(
      expect.arrayContaining([
        'TOLLGATE_KAFKA_BROKERS',
        'TOLLGATE_KAFKA_SSL_REJECT_UNAUTHORIZED',
        'TOLLGATE_LIMITS_MAX_EVENT_BYTES',
        'TOLLGATE_TOPICS_DEAD_LETTER',
        'TOLLGATE_DEFAULT_EFFECT',
        'TOLLGATE_POLICIES',
      ]),
    );
  });

  it('wins over the file, key by key, each value read as its key asks', () => {
    const config = accepted({
      yaml: `${SHORTEST}lanes: { count: 7, batchEvents: 9 }\nhttp: { host: "::1" }\n`,
      env: {
        TOLLGATE_LANES_COUNT: '3',
        TOLLGATE_STRICT_ROUTING: 'true',
        TOLLGATE_AUDIT_MASK_KEYS: 'ssn, iban,',
        TOLLGATE_FILES_IN: '12',
        TOLLGATE_FILES_OUT: 'out',
        TOLLGATE_TOPICS_EVENTS: '["a"]',
        TOLLGATE_LOG: '{"level":"warn"}',
      },
    });
    expect(config).toMatchObject({
      lanes: { count: 3, batchEvents: 9 },
      http: { host: '::1' },
      strictRouting: true,
      audit: { maskKeys: ['ssn', 'iban'] },
      topics: { events: ['a'] },
      log: { level: 'warn' },
    });
    expect(config.files?.in.endsWith('/12')).toBe(true);
  });

  it('sets an object before its members, whatever the order of the variables', () => {
    const env = { TOLLGATE_LANES_COUNT: '3', TOLLGATE_LANES: '{"batchEvents":8}' };
    expect(accepted({ yaml: SHORTEST, env }).lanes).toMatchObject({ count: 3, batchEvents: 8 });
  });

  it('can set the policies, as JSON, with an empty file', () => {
    const env = { TOLLGATE_POLICIES: '[{"name":"r","inspector":"repetition"}]' };
    expect(accepted({ yaml: '', env }).policies.map((policy) => policy.name)).toEqual(['r']);
  });

  it('switches TLS on with true, and with any of its members', () => {
    const env = { TOLLGATE_KAFKA_BROKERS: 'a:1,b:2', TOLLGATE_KAFKA_SSL: 'true' };
    expect(accepted({ yaml: SHORTEST, env }).kafka).toMatchObject({ brokers: ['a:1', 'b:2'], ssl: true });
    const named = accepted({ yaml: SHORTEST, env: { ...env, TOLLGATE_KAFKA_SSL_SERVER_NAME: 'k' } });
    expect(named.kafka?.ssl).toEqual({ serverName: 'k', rejectUnauthorized: true });
  });

  it('counts an empty variable as unset', () => {
    expect(accepted({ yaml: SHORTEST, env: { TOLLGATE_LANES_COUNT: '' } }).lanes.count).toBe(2);
  });

  it('leaves alone what is not its own', () => {
    const env = {
      TOLLGATE_PORT: 'tcp://10.0.0.1:8181',
      TOLLGATE_PORT_8181_TCP_ADDR: '10.0.0.1',
      TOLLGATE_SERVICE_HOST: '10.0.0.1',
      TOLLGATE_SERVICE_PORT_HTTP: '8181',
      PATH: '/bin',
    };
    expect(read({ yaml: SHORTEST, env }).problems).toEqual([]);
  });

  it.each([
    ['a wrong type', 'TOLLGATE_LANES_COUNT', 'two', 'TOLLGATE_LANES_COUNT: expected an integer, got "two"'],
    ['a bound', 'TOLLGATE_LANES_COUNT', '0', 'TOLLGATE_LANES_COUNT: expected at least 1, got 0'],
    ['text that is no JSON', 'TOLLGATE_POLICIES', 'egress', 'TOLLGATE_POLICIES: expected JSON text'],
    [
      'a place inside JSON',
      'TOLLGATE_POLICIES',
      '[{"name":3,"inspector":"egress"}]',
      'TOLLGATE_POLICIES: policies[0].name: expected a string, got 3',
    ],
    [
      'a variable that is no key',
      'TOLLGATE_LANE_COUNT',
      '2',
      'TOLLGATE_LANE_COUNT: sets no key of the configuration; did you mean "TOLLGATE_LANES_COUNT"?',
    ],
    ['a variable like no key', 'TOLLGATE_X', '', 'TOLLGATE_X: sets no key of the configuration'],
  ])('is refused by its name for %s', (_, name, value, message) => {
    expect(read({ yaml: SHORTEST, env: { [name]: value } }).problems).toEqual([message]);
  });

  it('does not hide what is wrong in the file', () => {
    const { problems } = read({ yaml: `${SHORTEST}lanes: 5\n`, env: { TOLLGATE_LANES_COUNT: '2' } });
    expect(problems).toEqual(['tollgate.yaml:2:8 lanes: expected an object, got 5']);
  });
});
