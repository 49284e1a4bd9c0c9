import { describe, expect, it } from 'vitest';
import { accepted, read, SHORTEST } from './config-fixture.ts';

const HEAD = `${SHORTEST}kafka: { brokers: [a:1]`;

describe('the Kafka settings', () => {
  it('can all be set by the environment', () => {
    const env = {
      TOLLGATE_KAFKA_BROKERS: 'a:1,b:2',
      TOLLGATE_KAFKA_TRANSACTION_TIMEOUT_MS: '20000',
      TOLLGATE_KAFKA_SESSION_TIMEOUT_MS: '9000',
      TOLLGATE_KAFKA_HEARTBEAT_INTERVAL_MS: '3000',
      TOLLGATE_KAFKA_FETCH_BYTES_PER_PARTITION: '4096',
      TOLLGATE_KAFKA_MAX_FETCH_BYTES: '8192',
      TOLLGATE_KAFKA_FETCH_WAIT_MS: '50',
      TOLLGATE_KAFKA_CONNECT_TIMEOUT_MS: '500',
      TOLLGATE_KAFKA_COMMIT_INTERVAL_MS: '0',
      TOLLGATE_KAFKA_COMPRESSION: 'gzip',
      TOLLGATE_TOPICS_PARTITIONS: '3',
      TOLLGATE_TOPICS_REPLICATION_FACTOR: '2',
    };
    const config = accepted({ yaml: SHORTEST, env, purpose: 'run' });
    expect(config.kafka).toMatchObject({
      transactionTimeoutMs: 20_000,
      sessionTimeoutMs: 9000,
      heartbeatIntervalMs: 3000,
      fetchBytesPerPartition: 4096,
      maxFetchBytes: 8192,
      fetchWaitMs: 50,
      connectTimeoutMs: 500,
      commitIntervalMs: 0,
      compression: 'gzip',
    });
    expect(config.topics).toMatchObject({ partitions: 3, replicationFactor: 2 });
  });

  it('leave the number of copies to the brokers unless it is set', () => {
    expect(accepted({ yaml: SHORTEST }).topics).not.toHaveProperty('replicationFactor');
  });

  it.each([
    [
      'an unknown compression',
      'compression: brotli }',
      'kafka.compression: expected one of "none", "gzip", "snappy", "lz4", "zstd", got "brotli"',
    ],
    ['a timeout of nothing', 'transactionTimeoutMs: 0 }', 'kafka.transactionTimeoutMs: expected at least 1000, got 0'],
    [
      'too few heartbeats a session',
      'heartbeatIntervalMs: 4000 }',
      'kafka.heartbeatIntervalMs: expected at most a third of sessionTimeoutMs (10000), got 4000',
    ],
    [
      'more of a partition than a fetch holds',
      'maxFetchBytes: 1024 }',
      'kafka.fetchBytesPerPartition: expected at most maxFetchBytes (1024), got 262144',
    ],
    [
      'an output that is an input',
      '}\ntopics: { decisions: agent.steps }',
      'topics.decisions: topics.events names this topic already',
    ],
    [
      'a changelog that is an output',
      '}\ntopics: { sessions: agent.audit }',
      'topics.sessions: topics.audit names this topic already',
    ],
    ['no copies', '}\ntopics: { replicationFactor: 0 }', 'topics.replicationFactor: expected at least 1, got 0'],
    ['a name that is a path', '}\ntopics: { audit: .. }', 'topics.audit: '],
  ])('are refused for %s', (_, text, message) => {
    const { problems } = read({ yaml: `${HEAD}, ${text}\n`.replace(', }', ' }'), purpose: 'run' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it.each(['localhost', 'kafka://a:1', 'a:', 'a:123456'])('do not take %s for a broker', (broker) => {
    const { problems } = read({ yaml: `${SHORTEST}kafka: { brokers: ["${broker}"] }\n`, purpose: 'run' });
    expect(problems).toEqual([expect.stringContaining('kafka.brokers[0]: expected text of the form')]);
  });

  it.each(['a:0', 'a:65536', 'a:99999'])('do not take %s for a port', (broker) => {
    const { problems } = read({ yaml: `${SHORTEST}kafka: { brokers: ["b:65535", "${broker}"] }\n`, purpose: 'run' });
    expect(problems).toEqual([expect.stringContaining('kafka.brokers[1]: expected a port from 1 to 65535')]);
  });
});
