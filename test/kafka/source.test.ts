import { describe, expect, it, vi } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import type { Logger } from '../../src/domain/log.ts';
import { Lag } from '../../src/kafka/lag.ts';
import type { Membership, MembershipListener } from '../../src/kafka/membership.ts';
import { KafkaSource, type KafkaSourceOptions } from '../../src/kafka/source.ts';
import type { StartPositions } from '../../src/kafka/start-positions.ts';
import type { Positions } from '../../src/pipeline/ports.ts';
import { RecordingSink } from '../contract/recording-sink.ts';
import { type FakeFetch, FakeLeaders } from './fake-leader.ts';

// Delays between attempts take no time here: what is tested is what happens, not when.
vi.mock('node:timers/promises', () => ({ setTimeout: () => new Promise((resolve) => setImmediate(resolve)) }));

const UNKNOWN_TOPIC = 3;
const NOT_LEADER = 6;
const OUT_OF_RANGE = 1;
const TOPICS = ['calls', 'control'];

const UNCOUNTED = {
  rebalanced: () => undefined,
  producerReset: () => undefined,
  lag: () => undefined,
  lagGone: () => undefined,
};

/** A group of one, whose assignments are the test's. */
class FakeMembership {
  readonly #failing = new AbortController();
  listener: MembershipListener | undefined;
  #epochs = 0;
  opening: Promise<void> = Promise.resolve();

  get failed(): AbortSignal {
    return this.#failing.signal;
  }

  async open(listener: MembershipListener): Promise<void> {
    this.listener = listener;
    await this.opening;
  }

  silence(): void {
    this.listener = undefined;
  }

  join(partitions: readonly number[]): void {
    this.#epochs++;
    this.listener?.joined({ epoch: this.#epochs, generationId: this.#epochs, memberId: 'me', partitions });
  }

  fail(error: TollgateError): void {
    this.#failing.abort(error);
  }
}

interface GivenOptions {
  readonly complete?: (partition: number, positions: Positions) => Promise<Positions>;
  readonly partitions?: readonly number[];
  readonly verify?: KafkaSourceOptions['knownTopics']['verify'];
}

/** A source that runs, over leaders that answer when they are told; all of them are node 1 at first. */
async function aSource({ complete, partitions = [0], verify = async () => undefined }: GivenOptions = {}) {
  const leaders = new FakeLeaders();
  for (const topic of TOPICS) for (const partition of [0, 1]) leaders.leaders.set(`${topic}/${partition}`, '1');
  const membership = new FakeMembership();
  const warnings: string[] = [];
  const none = () => undefined;
  const logger: Logger = { debug: none, info: none, warn: (_, message) => void warnings.push(message), error: none };
  const found = async (_: number, positions: Positions) =>
    new Map([...TOPICS.map((topic) => [topic, 0] as const), ...positions]);
  const source = new KafkaSource({
    cluster: leaders.cluster(),
    membership: membership as unknown as Membership,
    topics: TOPICS,
    controlTopic: 'control',
    starts: { complete: complete ?? found } as unknown as StartPositions,
    knownTopics: { verify },
    limits: { maxWaitMs: 1, bytesPerPartition: 1_000, maxBytes: 10_000 },
    logger,
    lag: new Lag(UNCOUNTED),
    nowMs: () => 0,
  });
  const sink = new RecordingSink();
  const stop = new AbortController();
  const ended = source.run(sink, stop.signal);
  ended.catch(none);
  await new Promise(setImmediate);
  membership.join(partitions);
  return { source, sink, leaders, membership, warnings, stop, ended };
}

const offsetOf = (fetch: FakeFetch, topic = 'calls', partition = 0) =>
  fetch.asked.find((asked) => asked.topic === topic && asked.partition === partition)?.offset;

/** Lets everything happen that waits for nothing outside. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
}

describe('a source over leaders', () => {
  it('fetches from the positions it was started at, then from behind what was delivered', async () => {
    const { source, sink, leaders } = await aSource();
    source.start(0, new Map([['calls', 7]]));
    const first = await leaders.nextFetch();
    expect(first.asked.toSorted((a, b) => a.topic.localeCompare(b.topic))).toEqual([
      { topic: 'calls', partition: 0, offset: 7 },
      { topic: 'control', partition: 0, offset: 0 },
    ]);
    first.answer([{ topic: 'calls', partition: 0, baseOffset: 7, values: ['a', 'b'] }]);
    const second = await leaders.nextFetch();
    expect(offsetOf(second)).toBe(9);
    expect(sink.of(0).map(({ offset, nextOffset, trusted }) => [offset, nextOffset, trusted])).toEqual([
      [7, 8, false],
      [8, 9, false],
    ]);
  });

  it('delivers the headers of records that have some', async () => {
    const { source, sink, leaders } = await aSource();
    source.start(0, new Map());
    const headers = [{ name: 'content-type', value: 'application/json' }];
    const [calls, control] = [
      { topic: 'calls', partition: 0, baseOffset: 0, values: ['a'], headers },
      { topic: 'control', partition: 0, baseOffset: 0, values: ['b'] },
    ];
    (await leaders.nextFetch()).answer([calls, control]);
    await settle();
    expect(sink.of(0).map((record) => record.headers)).toEqual([
      [{ name: 'content-type', value: Buffer.from('application/json') }],
      undefined,
    ]);
  });

  it('throws away what was asked for before the partition was started anew', async () => {
    const { source, sink, leaders } = await aSource();
    source.start(0, new Map([['calls', 100]]));
    const before = await leaders.nextFetch();
    source.start(0, new Map([['calls', 50]]));
    await settle();
    before.answer([{ topic: 'calls', partition: 0, baseOffset: 100, values: ['late'] }]);
    const after = await leaders.nextFetch();
    expect(offsetOf(after)).toBe(50);
    expect(sink.count()).toBe(0);
  });

  it('delivers nothing between a new start and its positions, though a fetch comes back meanwhile', async () => {
    const asked: ((positions: Positions) => void)[] = [];
    const complete = () => new Promise<Positions>((resolve) => asked.push(resolve));
    const { source, sink, leaders } = await aSource({ complete });
    source.start(0, new Map());
    asked[0]?.(
      new Map([
        ['calls', 100],
        ['control', 0],
      ]),
    );
    const before = await leaders.nextFetch();
    source.start(0, new Map());
    before.answer([{ topic: 'calls', partition: 0, baseOffset: 100, values: ['late'] }]);
    await settle();
    expect([sink.count(), leaders.pending]).toEqual([0, 0]);
    asked[1]?.(
      new Map([
        ['calls', 50],
        ['control', 0],
      ]),
    );
    expect(offsetOf(await leaders.nextFetch())).toBe(50);
  });

  it('begins where the last of several starts said, whichever finds its positions first', async () => {
    const asked: ((positions: Positions) => void)[] = [];
    const complete = () => new Promise<Positions>((resolve) => asked.push(resolve));
    const { source, leaders } = await aSource({ complete });
    source.start(0, new Map());
    source.start(0, new Map());
    asked[0]?.(
      new Map([
        ['calls', 1],
        ['control', 1],
      ]),
    );
    await settle();
    asked[1]?.(
      new Map([
        ['calls', 2],
        ['control', 2],
      ]),
    );
    expect(offsetOf(await leaders.nextFetch())).toBe(2);
  });

  it('holds what arrives for a paused partition, asks for no more, and goes on behind it when resumed', async () => {
    const { source, sink, leaders } = await aSource();
    source.start(0, new Map());
    const fetch = await leaders.nextFetch();
    source.pause(0);
    fetch.answer([{ topic: 'calls', partition: 0, values: ['a', 'b'] }]);
    await settle();
    expect([sink.count(), leaders.pending]).toEqual([0, 0]);
    source.resume(0);
    expect(sink.valuesOf(0)).toEqual(['a', 'b']);
    expect(offsetOf(await leaders.nextFetch())).toBe(2);
  });

  it('holds one topic’s answer when another topic’s has filled the sink', async () => {
    const { source, sink, leaders } = await aSource();
    sink.room = () => 0;
    source.start(0, new Map());
    const fetch = await leaders.nextFetch();
    fetch.answer([
      { topic: 'calls', partition: 0, values: ['a'] },
      { topic: 'control', partition: 0, values: ['x'] },
    ]);
    await settle();
    expect(sink.valuesOf(0)).toEqual(['a']);
    sink.room = () => 1;
    source.resume(0);
    expect(sink.valuesOf(0)).toEqual(['a', 'x']);
    expect(sink.of(0).map(({ trusted }) => trusted)).toEqual([false, true]);
  });

  it('delivers nothing that was held or asked for under an assignment that is over', async () => {
    const { source, sink, leaders, membership } = await aSource();
    source.start(0, new Map());
    const fetch = await leaders.nextFetch();
    membership.join([0]);
    fetch.answer([{ topic: 'calls', partition: 0, values: ['a'] }]);
    await settle();
    source.resume(0);
    membership.listener?.lost();
    source.resume(0);
    expect([sink.count(), leaders.pending]).toEqual([0, 0]);
    expect(sink.revocations).toEqual([[0]]);
  });

  it('asks the new leader when a partition has moved, and delivers what the others had in that answer', async () => {
    const { source, sink, leaders } = await aSource({ partitions: [0, 1] });
    for (const partition of [0, 1]) source.start(partition, new Map());
    const fetch = await leaders.nextFetch();
    leaders.leaders.set('calls/0', '2');
    fetch.answer([
      { topic: 'calls', partition: 0, errorCode: NOT_LEADER },
      { topic: 'calls', partition: 1, values: ['b'] },
    ]);
    const next = [await leaders.nextFetch(), await leaders.nextFetch()];
    expect(next.map(({ nodeId, asked }) => [nodeId, asked.length]).sort()).toEqual([
      ['1', 3],
      ['2', 1],
    ]);
    expect(sink.valuesOf(1)).toEqual(['b']);
    expect(leaders.refreshes).toBe(1);
  });

  it('waits for a partition that nobody leads, for as long as it takes', async () => {
    const { source, leaders, warnings } = await aSource();
    for (const topic of TOPICS) leaders.leaders.delete(`${topic}/0`);
    source.start(0, new Map());
    while (leaders.refreshes < 20) await settle();
    for (const topic of TOPICS) leaders.leaders.set(`${topic}/0`, '2');
    expect((await leaders.nextFetch()).nodeId).toBe('2');
    expect(warnings.length).toBeGreaterThanOrEqual(20);
  });

  it('asks another partition first each time: brokers fill an answer from the front', async () => {
    const { source, leaders } = await aSource();
    source.start(0, new Map());
    const firsts: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) {
      const fetch = await leaders.nextFetch();
      firsts.push(fetch.asked[0]?.topic);
      fetch.answer([]);
    }
    expect(firsts.toSorted()).toEqual(['calls', 'calls', 'control', 'control']);
  });

  it('ends with the command that repairs it when a position is out of range', async () => {
    const { source, leaders, ended } = await aSource();
    source.start(0, new Map([['calls', 7]]));
    (await leaders.nextFetch()).answer([{ topic: 'calls', partition: 0, errorCode: OUT_OF_RANGE, logStartOffset: 90 }]);
    await expect(ended).rejects.toMatchObject({ code: 'position_contradicts', where: 'calls/0/7' });
    await expect(ended).rejects.toThrow('begins at 90');
  });

  it('says nothing of where a topic begins when the broker does not', async () => {
    const { source, leaders, ended } = await aSource();
    source.start(0, new Map([['calls', 7]]));
    (await leaders.nextFetch()).answer([{ topic: 'calls', partition: 0, errorCode: OUT_OF_RANGE, logStartOffset: -1 }]);
    await expect(ended).rejects.toThrow("out of the topic's range: what lay between");
  });

  it('ends when a topic stays unknown, also when the other leaders are well', async () => {
    const { source, leaders, ended } = await aSource();
    leaders.leaders.set('control/0', '2');
    source.start(0, new Map());
    const over = expect(ended).rejects.toMatchObject({ code: 'topology_invalid', where: 'control/0' });
    for (let looks = 0; looks < 13; ) {
      const fetch = await leaders.nextFetch();
      await settle();
      if (fetch.nodeId === '2') looks++;
      fetch.answer(fetch.nodeId === '1' ? [] : [{ topic: 'control', partition: 0, errorCode: UNKNOWN_TOPIC }]);
    }
    await over;
  });

  it('asks again where a partition begins while nobody answers, and ends with any other failure', async () => {
    const errors = [
      new TollgateError('broker_unreachable', 'nobody there', { retryable: true }),
      new TollgateError('broker_unreachable', 'nobody there', { retryable: true }),
      new TollgateError('broker_refused', 'not for you'),
    ];
    let attempts = 0;
    const complete = async (): Promise<Positions> => {
      throw errors[attempts++];
    };
    const { source, ended, warnings } = await aSource({ complete });
    source.start(0, new Map());
    await expect(ended).rejects.toThrow('not for you');
    expect([attempts, warnings.length]).toEqual([3, 2]);
  });

  it('verifies a topic before it delivers of it first, and first after it was unknown', async () => {
    const verified: string[] = [];
    const verify = async (_: unknown, places: readonly { readonly topic: string }[]) =>
      void verified.push(places.map(({ topic }) => topic).join());
    const { source, sink, leaders, stop, ended } = await aSource({ verify });
    source.start(0, new Map());
    const given = (baseOffset: number) => [{ topic: 'calls', partition: 0, baseOffset, values: ['a'] }];
    (await leaders.nextFetch()).answer(given(0));
    (await leaders.nextFetch()).answer(given(1));
    (await leaders.nextFetch()).answer([{ topic: 'calls', partition: 0, errorCode: UNKNOWN_TOPIC }]);
    (await leaders.nextFetch()).answer(given(2));
    (await leaders.nextFetch()).answer(given(3));
    await leaders.nextFetch();
    expect(verified).toEqual(['calls', 'calls']);
    expect(sink.batches).toHaveLength(4);
    stop.abort();
    await ended;
  });

  it('delivers nothing of a topic that was made anew, and ends', async () => {
    const verify = () => Promise.reject(new TollgateError('position_contradicts', 'made anew'));
    const { source, sink, leaders, ended } = await aSource({ verify });
    source.start(0, new Map());
    (await leaders.nextFetch()).answer([{ topic: 'calls', partition: 0, values: ['a'] }]);
    await expect(ended).rejects.toThrow('made anew');
    expect(sink.batches).toHaveLength(0);
  });

  it('ends at once when it is told to while the group is still being joined', async () => {
    const { membership, ended, stop, sink } = await aSource();
    stop.abort();
    await ended;
    membership.join([1]);
    expect(sink.assignments).toHaveLength(1);
    const waiting = await aWaitingSource();
    waiting.stop.abort();
    await waiting.ended;
  });

  it('ends with what ended the membership', async () => {
    const { membership, ended } = await aSource();
    membership.fail(new TollgateError('broker_refused', 'not for you'));
    await expect(ended).rejects.toThrow('not for you');
  });
});

/** A source whose group is never joined. */
async function aWaitingSource() {
  const membership = new FakeMembership();
  membership.opening = new Promise(() => undefined);
  const none = () => undefined;
  const source = new KafkaSource({
    cluster: new FakeLeaders().cluster(),
    membership: membership as unknown as Membership,
    topics: TOPICS,
    controlTopic: 'control',
    starts: {} as StartPositions,
    knownTopics: { verify: async () => undefined },
    limits: { maxWaitMs: 1, bytesPerPartition: 1_000, maxBytes: 10_000 },
    logger: { debug: none, info: none, warn: none, error: none },
    lag: new Lag(UNCOUNTED),
    nowMs: () => 0,
  });
  const stop = new AbortController();
  return { stop, ended: source.run(new RecordingSink(), stop.signal) };
}
