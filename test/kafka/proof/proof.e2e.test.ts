import { afterEach, expect, it } from 'vitest';
import { startBroker } from '../broker/start-broker.ts';
import { describeWithKafka, describeWithOwnBroker, testBroker } from '../given-broker.ts';
import { reportText } from '../outside/violation.ts';
import { API_KEY } from '../proxy.ts';
import { GivenRun, type Running } from './given-run.ts';

/** Every point that a small commit and a restore pass, in the order in which they are passed. */
const CRASH_POINTS = [
  'restore:before',
  'restore:after',
  'commit:before',
  'commit:begun',
  'commit:outputs-written',
  'commit:offsets-sent',
  'commit:ended',
  'commit:after',
];

/** Records that are written while processes come and go: some 12 s of them. */
const LOAD = 6_000;

/** Waits until all is judged, stops the processes well, and has the checker look. */
async function proves(run: GivenRun, records: number, processes: readonly Running[]): Promise<void> {
  await run.settled(records);
  for (const { child } of processes) child.kill('SIGTERM');
  for (const { ended } of processes) expect(await ended).toMatchObject({ code: 0 });
  const report = await run.check();
  expect(report.violations, reportText(report)).toEqual([]);
  expect(report.counts.inputs).toBe(records);
}

describeWithKafka('a run seen from outside', () => {
  let run: GivenRun;

  afterEach(() => run.close());

  async function aRun(): Promise<GivenRun> {
    run = new GivenRun(testBroker().brokers);
    await run.createTopics();
    return run;
  }

  it('undisturbed, judges several topics of plain and transactional producers, each record once', async () => {
    await aRun();
    const first = await run.produce(2_000);
    const process = run.start('a');
    const second = await run.produce(2_000);
    await proves(run, first + second, [process]);
  }, 120_000);

  it('killed at every point that it passes, it loses and doubles nothing', async () => {
    await aRun();
    let records = await run.produce(1_000);
    const survived: string[] = [];
    for (const [i, point] of CRASH_POINTS.entries()) {
      records += await run.produce(200);
      const ended = await run.dieAt('a', point, 1 + (i % 3));
      if (ended.signal !== 'SIGKILL') survived.push(`${point}: ${ended.code} ${ended.err}`);
    }
    expect(survived).toEqual([]);
    await proves(run, records, [run.start('a')]);
  }, 240_000);

  it('with two processes, one of them killed again and again under load, it loses and doubles nothing', async () => {
    await aRun();
    const steady = run.start('steady');
    const produced = run.produce(LOAD, { eventsPerSecond: 500 });
    let isProduced = false;
    void produced.finally(() => {
      isProduced = true;
    });
    let kills = 0;
    while (!isProduced) {
      const victim = run.start('victim');
      await run.settledMore(400, LOAD);
      victim.child.kill('SIGKILL');
      await victim.ended;
      kills++;
    }
    expect(kills).toBeGreaterThan(1);
    await proves(run, await produced, [steady]);
  }, 240_000);

  it('scaled from one process to three and back under load, it loses and doubles nothing', async () => {
    await aRun();
    const first = run.start('a');
    const produced = run.produce(LOAD, { eventsPerSecond: 500 });
    await run.settledMore(300, LOAD);
    const others = [run.start('b'), run.start('c')];
    await run.settledMore(1_500, LOAD);
    for (const { child, ended } of others) {
      child.kill('SIGTERM');
      expect(await ended).toMatchObject({ code: 0 });
      await run.settledMore(300, LOAD);
    }
    await proves(run, await produced, [first]);
  }, 240_000);
});

describeWithOwnBroker('a run whose broker is behind a proxy', () => {
  it.each([
    { answer: 'a Produce', apiKey: API_KEY.produce },
    { answer: 'an EndTxn', apiKey: API_KEY.endTxn },
    { answer: 'a TxnOffsetCommit', apiKey: API_KEY.txnOffsetCommit },
  ])(
    'loses and doubles nothing when $answer is done and its answer cut, three times',
    async ({ apiKey }) => {
      const broker = await startBroker({ proxied: true });
      const run = new GivenRun(broker.brokers, broker.proxiedBrokers);
      try {
        await run.createTopics();
        const process = run.start('a');
        let records = await run.produce(500);
        await run.settled(records);
        for (let cut = 0; cut < 3; cut++) {
          const rule = broker.proxy.add({ apiKey, action: { kind: 'swallow' }, once: true });
          records += await run.produce(500);
          await run.settled(records);
          expect(rule.hits).toBe(1);
        }
        await proves(run, records, [process]);
      } finally {
        await run.close();
        await broker.stop();
      }
    },
    240_000,
  );
});
