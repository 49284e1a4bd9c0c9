import { describe, expect, it } from 'vitest';
import { describeConfig } from '../../src/config/describe-config.ts';
import { accepted, read, SHORTEST } from './config-fixture.ts';

const SECRET = 'hunter2';

describe('a secret', () => {
  it.each([
    ['of SASL', 'kafka: { brokers: [a:1], sasl: { mechanism: plain, username: u, password: [hunter2] } }', {}],
    ['of SASL in the environment', 'kafka: { brokers: [a:1] }', { TOLLGATE_KAFKA_SASL_PASSWORD: SECRET }],
    ['of TLS', 'kafka: { brokers: [a:1], ssl: { key: { hunter2: 1 }, passphrase: [hunter2] } }', {}],
    ['beside a wrong key', 'kafka: { brokers: [a:1], ssl: { keys: hunter2 } }', {}],
    ['behind a syntax error', 'kafka: { password: "hunter2" "hunter2" }', {}],
    ['in an unclosed string', 'kafka: { password: "hunter2', {}],
    ['filled in from a variable', 'lanes: { count: "${PW}" }', { PW: SECRET }],
    ['in place of a file', 'kafka: { brokers: [a:1], ssl: { key: hunter2 } }', {}],
  ])('%s is never shown in a message', (_, line, env) => {
    const { problems } = read({ yaml: `${SHORTEST}${line}\n`, env, purpose: 'run' });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).not.toContain(SECRET);
  });

  it('is not shown when an option of an inspector is marked as one', () => {
    const yaml = 'policies: [{ name: e, inspector: egress, with: { apiToken: 77001 } }]';
    expect(read({ yaml }).problems).toEqual([
      'tollgate.yaml:1:60 policies[0].with.apiToken: expected a string, got a value that is not shown',
    ]);
  });

  it('is masked when the configuration is described, and nothing else is', () => {
    const yaml = `
policies: [{ name: e, inspector: egress, with: { apiToken: hunter2, allowHosts: [token.example] } }]
kafka:
  brokers: [a:1]
  ssl: { key: hunter2, passphrase: hunter2, ca: ca.pem }
  sasl: { mechanism: plain, username: u, password: hunter2 }
`;
    const config = accepted({ yaml });
    const described = describeConfig(config);
    expect(JSON.stringify(config)).toContain(SECRET);
    expect(JSON.stringify(described)).not.toContain(SECRET);
    expect(described).toMatchObject({
      audit: { maskKeys: ['password', 'secret', 'token', 'key'] },
      kafka: { brokers: ['a:1'], sasl: { username: 'u', password: '<hidden>' } },
      policies: [{ engine: { options: { allowHosts: ['token.example'], apiToken: '<hidden>' } } }],
    });
  });
});
