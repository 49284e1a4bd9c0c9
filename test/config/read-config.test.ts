import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accepted, read, SHORTEST } from './config-fixture.ts';

const FULL = `
files: { in: ./events, control: events, out: /var/out, partitions: 4 }
defaultEffect: ask
strictRouting: true
policies:
  - name: egress
    inspector: egress
    with: { strict: true, allowHosts: [github.com] }
    match: { types: [tool_call], phases: [pre], tools: ["shell", "http*"], tenants: [acme] }
    mode: shadow
  - name: house
    opa: { bundle: ./house.tar.gz, data: d.json, entrypoint: agent/decision }
    result: violations
    input: fleetforge
    gate: true
    needs: [hosts, pii]
    limits: { timeoutMs: 100, memoryMb: 32 }
  - name: bare
    opa: { wasm: sub/x.wasm }
lanes: { count: 3 }
limits: { maxEventBytes: 1000 }
audit: { maskKeys: [ssn] }
http: { port: 0 }
log: { level: debug }
`;
const FULL_FILES = { 'house.tar.gz': 'x', 'd.json': '{}', 'sub/x.wasm': 'x' };

describe('a configuration that is good', () => {
  it('has every default of the contract when it names only a policy', () => {
    const { path: _, ...config } = accepted({ yaml: SHORTEST });
    expect(config).toEqual({
      topics: {
        events: ['agent.tool-calls', 'agent.steps'],
        control: 'agent.control',
        decisions: 'agent.decisions',
        audit: 'agent.audit',
        deadLetter: 'agent.dead-letter',
        sessions: 'tollgate-sessions-changelog',
        partitions: 8,
      },
      avro: { schemas: [] },
      output: 'json',
      cloudEvents: { headers: 'carry', source: 'urn:tollgate' },
      defaultEffect: 'deny',
      strictRouting: false,
      policies: [
        {
          name: 'egress',
          mode: 'enforce',
          match: {},
          needs: [],
          limits: { timeoutMs: 250, memoryMb: 16, maxInputBytes: 524_288 },
          engine: { kind: 'inspector', inspector: 'egress', options: {} },
        },
      ],
      lanes: { count: 2, batchEvents: 512, batchBytes: 1_048_576, queueBytes: 16_777_216 },
      limits: {
        maxEventBytes: 262_144,
        maxJsonDepth: 64,
        maxJsonValues: 20_000,
        maxSessionsPerPartition: 250_000,
        sessionIdleMs: 86_400_000,
        duplicateWindow: 32,
        maxClockSkewMs: 300_000,
        maxPolicyStateBytes: 4096,
        maxAnswerBytes: 65_536,
      },
      audit: { maskKeys: ['password', 'secret', 'token', 'key'], maxStringLength: 200 },
      http: { host: '127.0.0.1', port: 8181 },
      log: { level: 'info' },
    });
  });

  it('says what it says, with paths made absolute from its own directory', () => {
    const { config, directory, problems } = read({ yaml: FULL, files: FULL_FILES, purpose: 'run' });
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      path: join(directory, 'tollgate.yaml'),
      files: { in: join(directory, 'events'), control: join(directory, 'events'), out: '/var/out', partitions: 4 },
      defaultEffect: 'ask',
      strictRouting: true,
      lanes: { count: 3, batchEvents: 512 },
      limits: { maxEventBytes: 1000, maxJsonDepth: 64 },
      audit: { maskKeys: ['ssn'], maxStringLength: 200 },
      http: { host: '127.0.0.1', port: 0 },
      log: { level: 'debug' },
    });
    expect(config?.policies).toEqual([
      {
        name: 'egress',
        mode: 'shadow',
        match: { types: ['tool_call'], phases: ['pre'], tools: ['shell', 'http*'], tenants: ['acme'] },
        needs: [],
        limits: { timeoutMs: 250, memoryMb: 16, maxInputBytes: 524_288 },
        engine: { kind: 'inspector', inspector: 'egress', options: { strict: true, allowHosts: ['github.com'] } },
      },
      {
        name: 'house',
        mode: 'enforce',
        match: {},
        needs: ['hosts', 'pii'],
        limits: { timeoutMs: 100, memoryMb: 32, maxInputBytes: 524_288 },
        engine: {
          kind: 'opa',
          source: { bundle: join(directory, 'house.tar.gz') },
          data: join(directory, 'd.json'),
          entrypoint: 'agent/decision',
          result: 'violations',
          input: 'fleetforge',
          gate: true,
        },
      },
      {
        name: 'bare',
        mode: 'enforce',
        match: {},
        needs: [],
        limits: { timeoutMs: 250, memoryMb: 16, maxInputBytes: 524_288 },
        engine: {
          kind: 'opa',
          source: { wasm: join(directory, 'sub/x.wasm') },
          result: 'decision',
          input: 'tollgate',
          gate: false,
        },
      },
    ]);
  });

  it('may be JSON', () => {
    const json = JSON.stringify({ policies: [{ name: 'r', inspector: 'repetition', with: { max: 3 } }] }, null, 2);
    expect(accepted({ yaml: json }).policies[0]?.engine).toEqual({
      kind: 'inspector',
      inspector: 'repetition',
      options: { max: 3 },
    });
  });

  it('gives options their defaults, so that writing a default out changes nothing', () => {
    const short = accepted({ yaml: 'policies: [{ name: r, inspector: repetition, with: {} }]' });
    const long = accepted({ yaml: 'policies: [{ name: r, inspector: repetition, with: { max: 5 } }]' });
    expect(short.policies).toEqual(long.policies);
  });

  it('is frozen all through', () => {
    const config = accepted({ yaml: FULL, files: FULL_FILES });
    const engine = config.policies[0]?.engine;
    expect([config, config.limits, config.policies, config.policies[0], engine].every(Object.isFrozen)).toBe(true);
    expect(engine?.kind === 'inspector' && Object.isFrozen(engine.options.allowHosts)).toBe(true);
  });

  it('may use anchors', () => {
    const yaml = `
policies:
  - { name: a, inspector: egress, match: &calls { types: [tool_call] } }
  - { name: b, inspector: egress, match: *calls }
`;
    expect(accepted({ yaml }).policies[1]?.match).toEqual({ types: ['tool_call'] });
  });

  it('takes the Kafka keys and fills in the rest', () => {
    const yaml = `${SHORTEST}
kafka:
  brokers: [a:1]
  ssl: { ca: certs/ca.pem, key: "-----BEGIN PRIVATE KEY-----" }
  sasl: { mechanism: plain, username: u, password: p }
topics: { events: [e] }
`;
    const { config, directory } = read({ yaml });
    expect(config?.topics).toMatchObject({ events: ['e'], audit: 'agent.audit' });
    expect(config?.kafka).toEqual({
      brokers: ['a:1'],
      clientId: 'tollgate',
      groupId: 'tollgate',
      instanceId: 'tollgate-0',
      startFrom: 'earliest',
      ssl: { ca: join(directory, 'certs/ca.pem'), key: '-----BEGIN PRIVATE KEY-----', rejectUnauthorized: true },
      sasl: { mechanism: 'plain', username: 'u', password: 'p' },
      transactionTimeoutMs: 10_000,
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 1000,
      fetchBytesPerPartition: 262_144,
      maxFetchBytes: 10_485_760,
      fetchWaitMs: 100,
      connectTimeoutMs: 15_000,
      commitIntervalMs: 10,
      compression: 'none',
    });
  });
});

describe('what a processor needs beside policies', () => {
  it('is something to read from', () => {
    expect(read({ yaml: SHORTEST, purpose: 'run' }).problems).toEqual([
      'tollgate.yaml:1:1 files: is missing, and so is "kafka": there is nothing to read from',
    ]);
  });

  it('is Kafka or files, and not both', () => {
    const yaml = `${SHORTEST}kafka: { brokers: [a:1] }\n`;
    expect(read({ yaml, purpose: 'run' }).problems).toEqual([]);
    expect(read({ yaml: `${yaml}files: { in: events, out: out }\n`, purpose: 'run' }).problems).toEqual([
      'tollgate.yaml:3:1 files: stands beside "kafka": a processor reads from one of them',
    ]);
    expect(read({ yaml: `${yaml}output: avro\n`, purpose: 'run' }).problems).toEqual([]);
    const lines = `${SHORTEST}output: avro\nfiles: { in: events, out: out }\n`;
    expect(read({ yaml: lines, purpose: 'run' }).problems).toContain(
      'tollgate.yaml:2:9 output: files hold lines of JSON: avro is for topics',
    );
  });

  it('is there when it starts', () => {
    const yaml = `${SHORTEST}files: { in: nowhere, control: events, out: out }\n`;
    const message = 'files.in: there is no such file (paths are relative to the configuration file)';
    expect(read({ yaml, purpose: 'run' }).problems).toEqual([`tollgate.yaml:2:14 ${message}`]);
    expect(read({ yaml, purpose: 'policies' }).problems).toEqual([]);
  });
});
