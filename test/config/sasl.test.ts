import { describe, expect, it } from 'vitest';
import { describeConfig } from '../../src/config/describe-config.ts';
import { accepted, read, SHORTEST } from './config-fixture.ts';

const TOKENS = 'mechanism: oauthbearer, tokenUrl: "https://id.example/token", clientId: c, clientSecret: hunter2';
const PEM = '-----BEGIN CERTIFICATE-----\n';

function problemsOf(sasl: string): readonly string[] {
  const yaml = `${SHORTEST}kafka: { brokers: [a:1], sasl: { ${sasl} } }\n`;
  const { problems } = read({ yaml, purpose: 'run' });
  return problems.map((problem) => problem.replace(/^tollgate\.yaml:\d+:\d+ kafka\.sasl\.?/, ''));
}

describe('kafka.sasl', () => {
  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])('takes a name and a password for %s', (mechanism) => {
    expect(problemsOf(`mechanism: ${mechanism}, username: u, password: p`)).toEqual([]);
  });

  it('takes a client of a token endpoint for oauthbearer, with its path beside the file', () => {
    const yaml = `${SHORTEST}kafka: { brokers: [a:1], sasl: { ${TOKENS}, scope: a b, audience: k, ca: id.pem } }\n`;
    const config = accepted({ yaml, purpose: 'run', files: { 'id.pem': PEM } });
    expect(config.kafka?.sasl).toMatchObject({ mechanism: 'oauthbearer', ca: expect.stringMatching(/^\/.*id\.pem$/) });
    expect(JSON.stringify(describeConfig(config))).not.toContain('hunter2');
  });

  it('can be set by the environment', () => {
    const env = {
      TOLLGATE_KAFKA_BROKERS: 'a:1',
      TOLLGATE_KAFKA_SASL_MECHANISM: 'oauthbearer',
      TOLLGATE_KAFKA_SASL_TOKEN_URL: 'https://id.example/token',
      TOLLGATE_KAFKA_SASL_CLIENT_ID: 'c',
      TOLLGATE_KAFKA_SASL_CLIENT_SECRET: 's',
    };
    const { kafka } = accepted({ yaml: SHORTEST, env, purpose: 'run' });
    expect(kafka?.sasl).toMatchObject({ clientId: 'c', clientSecret: 's' });
  });

  it.each([
    [
      'oauthbearer without its endpoint',
      'mechanism: oauthbearer',
      ['tokenUrl: is missing', 'clientId: is missing', 'clientSecret: is missing'],
    ],
    ['oauthbearer with a password', `${TOKENS}, password: p`, ['password: does not belong to this kind of entry']],
    ['a password without its name', 'mechanism: plain, password: p', ['username: is missing']],
    [
      'a password with an endpoint',
      'mechanism: plain, username: u, password: p, tokenUrl: "https://a/t"',
      ['tokenUrl: does not belong to this kind of entry'],
    ],
    ['nothing', '', ['mechanism: is missing']],
    [
      'a file that is not there',
      `${TOKENS}, ca: none.pem`,
      ['ca: there is no such file (paths are relative to the configuration file)'],
    ],
  ])('is refused for %s', (_, sasl, problems) => {
    expect([...problemsOf(sasl)].sort()).toEqual([...problems].sort());
  });

  it.each(['ftp://a/t', 'id.example/token', 'https://user:hunter2@id.example/token'])(
    'does not take %s for an endpoint',
    (tokenUrl) => {
      const [problem = ''] = problemsOf(
        `mechanism: oauthbearer, tokenUrl: "${tokenUrl}", clientId: c, clientSecret: s`,
      );
      expect(problem).toContain('tokenUrl: expected text of the form');
    },
  );

  it('refuses a certificate of the client without its key', () => {
    const yaml = `${SHORTEST}kafka: { brokers: [a:1], ssl: { cert: c.pem } }\n`;
    const { problems } = read({ yaml, purpose: 'run', files: { 'c.pem': PEM } });
    expect(problems).toEqual([expect.stringContaining('belongs to an entry with "key", and there is none')]);
  });
});
