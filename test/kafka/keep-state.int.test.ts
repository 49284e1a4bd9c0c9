import { expect, it } from 'vitest';
import { partitionOf } from '../../src/codec/partition-of.ts';
import type { Logger } from '../../src/domain/log.ts';
import { openKafkaAdapter } from '../../src/kafka/adapter.ts';
import { PLAIN_FORM } from '../../src/kafka/output-headers.ts';
import { Processor } from '../../src/pipeline/processor.ts';
import { BUILT_WORKER, setupOf, toolCall } from '../lanes/given.ts';
import { describeWithKafka, testBroker, uniqueName } from './given-broker.ts';
import { givenCluster } from './given-cluster.ts';
import { outsideReader } from './outside/reader.ts';

const PARTITIONS = 4;
const SESSIONS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const none = (): void => undefined;
const UNCOUNTED = { rebalanced: none, producerReset: none, lag: none, lagGone: none };

interface Happening {
  readonly what: string;
  readonly partition: number;
}

/** A processor that runs as a process would, and what it said of its partitions. */
interface Running {
  readonly happened: readonly Happening[];
  count(what: string): number;
  /** Resolves when it has said so often what it says of partitions it took over, and of those it kept. */
  until(counts: { readonly taken: number; readonly kept: number }): Promise<void>;
  stop(): Promise<void>;
}

const TAKEN = 'partition taken over';
const KEPT = 'partition kept';

describeWithKafka('state in memory over rebalances', () => {
  const { topics: makeTopics, append } = givenCluster();

  async function aGroup() {
    const [calls, control] = [uniqueName('calls'), uniqueName('control')];
    const outputs = {
      decisions: uniqueName('decisions'),
      audit: uniqueName('audit'),
      deadLetter: uniqueName('dead'),
      sessions: uniqueName('sessions'),
    };
    await makeTopics(
      PARTITIONS,
      [calls, control, outputs.decisions, outputs.audit, outputs.deadLetter],
      [outputs.sessions],
    );
    const groupId = uniqueName('group');
    let produced = 0;
    return {
      outputs,
      start: (instanceId: string) => start({ groupId, instanceId, calls, control, outputs }),
      /** One event for each session. */
      produce: async () => {
        const n = produced++;
        const messages = SESSIONS.map((key) => {
          return { key, value: toolCall(key, n).toString('utf8'), partition: partitionOf(key, PARTITIONS) };
        });
        await append(calls, messages);
      },
      /** Waits until so many decisions are there; returns `event_id` and `session.seq` of each. */
      decisions: async (count: number) => {
        for (;;) {
          const records = await outsideReader(testBroker().brokers).read(outputs.decisions);
          if (records.length >= count) return records.map(({ value }) => JSON.parse(String(value)));
        }
      },
    };
  }

  interface StartOptions {
    readonly groupId: string;
    readonly instanceId: string;
    readonly calls: string;
    readonly control: string;
    readonly outputs: { decisions: string; audit: string; deadLetter: string; sessions: string };
  }

  async function start({ groupId, instanceId, calls, control, outputs }: StartOptions): Promise<Running> {
    const happened: Happening[] = [];
    const waiting = new Set<() => void>();
    const logger: Logger = {
      debug: (fields, what) => {
        happened.push({ what, partition: Number((fields as { partition?: number }).partition) });
        for (const look of waiting) look();
      },
      info: none,
      warn: none,
      error: none,
    };
    const adapter = await openKafkaAdapter({
      client: { brokers: testBroker().brokers, clientId: instanceId },
      groupId,
      instanceId,
      startFrom: 'earliest',
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 100,
      transactionTimeoutMs: 10_000,
      compression: 'none',
      eventTopics: [calls],
      controlTopic: control,
      outputs,
      form: PLAIN_FORM,
      maxBatchBytes: new Map(),
      fetch: { maxWaitMs: 20, bytesPerPartition: 65_536, maxBytes: 1_000_000 },
      logger,
      metrics: UNCOUNTED,
    });
    const setup = await setupOf('policies:\n  - { name: repetition, inspector: repetition }\n', {
      partitions: PARTITIONS,
    });
    const lanes = { count: 1, batchEvents: 64, batchBytes: 1 << 20, queueBytes: 16 << 20 };
    const processor = new Processor({ ...adapter, setup, lanes, logger, nowMs: Date.now, worker: BUILT_WORKER });
    const stopping = new AbortController();
    const ended = processor.run(stopping.signal).finally(() => adapter.close());
    const count = (what: string) => happened.filter((happening) => happening.what === what).length;
    const until: Running['until'] = ({ taken, kept }) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (count(TAKEN) < taken || count(KEPT) < kept) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        ended.catch(reject);
        look();
      });
    const stop = async () => {
      stopping.abort();
      await ended;
    };
    return { happened, count, until, stop };
  }

  /** Each event decided once, and each session folded without a gap. */
  function expectSound(decisions: readonly { event_id: string; session: { seq: number } }[], rounds: number): void {
    expect(new Set(decisions.map(({ event_id }) => event_id)).size).toBe(decisions.length);
    for (const session of SESSIONS) {
      const own = decisions.filter(({ event_id }) => event_id.startsWith(`${session}-`));
      expect(own.map(({ session: { seq } }) => seq)).toEqual(Array.from({ length: rounds }, (_, i) => i + 1));
    }
  }

  it('is kept of partitions that stay, read from the log of those that come, and each event is decided once', async () => {
    const group = await aGroup();
    const first = await group.start('one');
    await group.produce();
    await first.until({ taken: PARTITIONS, kept: 0 });
    await group.decisions(SESSIONS.length);
    const second = await group.start('two');
    await Promise.all([first.until({ taken: PARTITIONS, kept: 2 }), second.until({ taken: 2, kept: 0 })]);
    await group.produce();
    await group.decisions(2 * SESSIONS.length);
    expect(first.count(TAKEN)).toBe(PARTITIONS);
    await second.stop();
    await first.until({ taken: PARTITIONS + 2, kept: 4 });
    await group.produce();
    expectSound(await group.decisions(3 * SESSIONS.length), 3);
    expect(first.count(TAKEN)).toBe(PARTITIONS + 2);
    await first.stop();
  });

  it('is read anew of a partition that stays when somebody wrote to its changelog', async () => {
    const group = await aGroup();
    const first = await group.start('one');
    await group.produce();
    await first.until({ taken: PARTITIONS, kept: 0 });
    await group.decisions(SESSIONS.length);
    for (const partition of [0, 1, 2, 3]) {
      await append(group.outputs.sessions, [{ key: 'nobody', value: null, partition }]);
    }
    const second = await group.start('two');
    await Promise.all([first.until({ taken: PARTITIONS + 2, kept: 0 }), second.until({ taken: 2, kept: 0 })]);
    expect(first.count(KEPT)).toBe(0);
    await group.produce();
    expectSound(await group.decisions(2 * SESSIONS.length), 2);
    await Promise.all([first.stop(), second.stop()]);
  });
});
