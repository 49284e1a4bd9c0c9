/**
 * As documentation shows it: kafkajs's `eachBatch`, one policy asked for each message, decisions sent with `sendBatch`, offsets
 * committed by themselves. No transaction, no session, no audit. The policy is the guard, asked through OPA's SDK in this thread,
 * or through an OPA server. Nothing of `src/kafka` may be imported here: some of its mends change kafkajs for the whole process.
 */
import { Agent, request } from 'node:http';
import { loadPolicy } from '@open-policy-agent/opa-wasm';
import { Kafka, logLevel } from 'kafkajs';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { readGuard } from '../guard-bundle.ts';
import { guardInput } from '../guard-input.ts';
import { type ProgramTask, programTask } from '../place.ts';

interface Task extends ProgramTask {
  /** Absent: OPA's SDK in this thread. */
  readonly server?: { readonly port: number; readonly path: string; readonly concurrency: number };
}

const { place, server } = programTask<Task>();
const { brokers, groupId, topics, partitions } = place;

/** A decision, or a promise of one. */
type Ask = (input: JsonObject) => unknown;

async function sdk(): Promise<Ask> {
  const { moduleBytes, data } = await readGuard();
  const policy = await loadPolicy(moduleBytes);
  policy.setData(data);
  return (input) => (policy.evaluate(input) as { readonly result: unknown }[])[0]?.result;
}

function overHttp({ port, path, concurrency }: NonNullable<Task['server']>): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  return (input) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify({ input });
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const asking = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(JSON.parse(String(Buffer.concat(chunks))).result));
        answer.on('error', reject);
      });
      asking.on('error', reject);
      asking.end(body);
    });
}

function decisionText(event: JsonObject, answer: unknown): string {
  if (answer === undefined) throw new Error('the policy gave no answer');
  const { event_id, session_id, agent_id, tenant_id, tool, occurred_at } = event;
  return JSON.stringify({ event_id, session_id, agent_id, tenant_id, tool, occurred_at, ...(answer as object) });
}

const ask = server === undefined ? await sdk() : overHttp(server);
const kafka = new Kafka({ brokers: [...brokers], clientId: groupId, logLevel: logLevel.NOTHING });
const producer = kafka.producer();
/** A server answers some thousand questions a second: a whole default fetch would keep its offsets back for seconds. */
const fetching = server === undefined ? {} : { maxBytesPerPartition: 262_144 };
const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, sessionTimeout: 30_000, ...fetching });
const end = async () => {
  await consumer.disconnect();
  process.exit(0);
};
process.once('SIGTERM', end);
consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
await producer.connect();
await consumer.connect();
await consumer.subscribe({ topic: topics.events, fromBeginning: true });
await consumer.run({
  autoCommitInterval: 200,
  partitionsConsumedConcurrently: server === undefined ? 1 : partitions,
  eachBatch: async ({ batch: { messages, partition }, heartbeat, commitOffsetsIfNecessary, resolveOffset }) => {
    const decisions: { partition: number; key: Buffer | null; value: string }[] = new Array(messages.length);
    let next = 0;
    const work = async () => {
      while (next < messages.length) {
        const at = next++;
        const { key, value } = messages[at] as (typeof messages)[number];
        const event = JSON.parse(String(value)) as JsonObject;
        const answer = server === undefined ? ask(guardInput(event)) : await ask(guardInput(event));
        decisions[at] = { partition, key, value: decisionText(event, answer) };
      }
    };
    const lines = server === undefined ? 1 : server.concurrency;
    await Promise.all(Array.from({ length: lines }, work));
    await producer.send({ topic: topics.decisions, messages: decisions });
    resolveOffset((messages.at(-1) as (typeof messages)[number]).offset);
    await heartbeat();
    await commitOffsetsIfNecessary();
  },
});
