import { expect, it } from 'vitest';
import type { Logger } from '../../src/domain/log.ts';
import { KnownTopics } from '../../src/kafka/known-topics.ts';
import { KafkaLog } from '../../src/kafka/log.ts';
import { OutputHeaders, PLAIN_FORM } from '../../src/kafka/output-headers.ts';
import { StartPositions } from '../../src/kafka/start-positions.ts';
import { describeWithKafka, uniqueName } from './given-broker.ts';
import { givenCluster } from './given-cluster.ts';

const RUNNING = new AbortController().signal;
const none = (): void => undefined;
const SILENT: Logger = { debug: none, info: none, warn: none, error: none };

describeWithKafka('where a partition begins that was never judged', () => {
  const { topics, cluster, member, append } = givenCluster();

  async function aGroup(startFrom: 'earliest' | 'latest') {
    const input = uniqueName('calls');
    const outputs = {
      decisions: uniqueName('decisions'),
      audit: uniqueName('audit'),
      deadLetter: uniqueName('dead'),
      sessions: uniqueName('sessions'),
    };
    await topics(2, [input, outputs.decisions, outputs.audit, outputs.deadLetter], [outputs.sessions]);
    const groupId = uniqueName('group');
    const { membership } = await member(groupId, [input]);
    const names = [input, ...Object.values(outputs)];
    const [own, readers] = [await cluster(names), await cluster(names)];
    const openLog = (topicsRead: readonly string[]) =>
      new KafkaLog({
        cluster: own,
        readers,
        members: membership,
        starts: new StartPositions(readers, topicsRead, startFrom, RUNNING),
        knownTopics: new KnownTopics(topicsRead),
        transaction: { transactionalName: groupId, groupId, transactionTimeoutMs: 10_000, compression: 'none' },
        plan: {
          topics: outputs,
          headers: new OutputHeaders(PLAIN_FORM),
          inputTopics: new Set(topicsRead),
          maxBatchBytes: new Map(),
          topicIds: () => new Map(),
        },
        logger: SILENT,
        nowMs: Date.now,
        onReset: none,
        onCommitted: none,
      });
    const produce = (count: number) =>
      append(
        input,
        Array.from({ length: count }, (_, n) => ({ key: 'a', value: String(n), partition: 1 })),
      );
    return { input, openLog, produce };
  }

  it.each([
    { startFrom: 'latest' as const, begins: 2 },
    { startFrom: 'earliest' as const, begins: 0 },
  ])(
    'is settled by the first restore, also when nothing is judged after it ($startFrom)',
    async ({ startFrom, begins }) => {
      const { input, openLog, produce } = await aGroup(startFrom);
      await produce(2);
      const first = await openLog([input]).restore(1, none, RUNNING);
      expect(first?.positions).toEqual(new Map([[input, begins]]));
      await produce(3);
      const later = await openLog([input]).restore(1, none, RUNNING);
      expect(later).toEqual(first);
    },
  );

  it('is settled for a topic that is read from now on, beside what was committed of others', async () => {
    const { input, openLog, produce } = await aGroup('latest');
    await openLog([input]).restore(1, none, RUNNING);
    await produce(4);
    const added = uniqueName('added');
    await topics(2, [added]);
    const positions = new Map([
      [input, 0],
      [added, 0],
    ]);
    expect((await openLog([input, added]).restore(1, none, RUNNING))?.positions).toEqual(positions);
  });
});
