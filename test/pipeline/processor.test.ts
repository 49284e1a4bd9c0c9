import { describe, expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { withPatience } from '../../src/replay/patience.ts';
import { MemoryAdapter } from '../contract/memory-adapter.ts';
import { DYING_WORKER, LOOPING_POLICIES, setupOf, toolCall } from '../lanes/given.ts';
import { aProcessor, decisionsOf, LANES } from './given.ts';

const PARTITIONS = 4;
const SESSIONS = ['a', 'b', 'c', 'd', 'e', 'f'];
const NEVER = new AbortController().signal;

interface DecisionJson {
  readonly event_id: string;
  readonly effect: string;
  readonly error?: { readonly code: string };
  readonly session: { readonly seq: number };
  readonly verdicts: readonly { readonly policy: string; readonly effect: string; readonly recorded?: boolean }[];
}

function history(events: number, special: Readonly<Record<number, string>> = {}): MemoryAdapter {
  const adapter = new MemoryAdapter(PARTITIONS);
  for (let n = 0; n < events; n++) {
    const sessionId = SESSIONS[n % SESSIONS.length] as string;
    const params = { command: special[n] ?? `ls ${n}` };
    adapter.append({ key: sessionId, value: toolCall(sessionId, n, params) });
  }
  return adapter;
}

const parsed = (adapter: MemoryAdapter) => decisionsOf(adapter).map((text) => JSON.parse(text) as DecisionJson);

async function judged(adapter: MemoryAdapter, options = {}): Promise<MemoryAdapter> {
  const setup = await setupOf(LOOPING_POLICIES, { partitions: PARTITIONS });
  await aProcessor(adapter, setup, options).run(NEVER);
  return adapter;
}

describe('a processor', () => {
  it('commits one decision for each event, in the order of its session', async () => {
    const adapter = await judged(history(600));
    const decisions = parsed(adapter);
    expect(new Set(decisions.map((decision) => decision.event_id)).size).toBe(600);
    for (const sessionId of SESSIONS) {
      const own = decisions.filter((decision) => decision.event_id.startsWith(`${sessionId}-`));
      expect(own.map((decision) => decision.session.seq)).toEqual(own.map((_, i) => i + 1));
    }
  });

  it.each([
    { count: 1, batchEvents: 1 },
    { count: 1, batchEvents: 7 },
    { count: 2, batchEvents: 7 },
    { count: 3, batchEvents: 512 },
  ])('decides the same bytes with $count lanes and batches of $batchEvents', async ({ count, batchEvents }) => {
    const expected = decisionsOf(await judged(history(200)));
    const actual = decisionsOf(await judged(history(200), { lanes: { ...LANES, count, batchEvents } }));
    expect(actual).toEqual(expected);
  });

  it('denies the event that hangs a policy, and judges everything else as if nothing had been', async () => {
    const undisturbed = parsed(await judged(history(300)));
    const adapter = await judged(history(300, { 150: 'LOOP' }));
    const stuck = parsed(adapter).filter((decision) => decision.error !== undefined);
    expect(stuck.map(({ event_id, effect, error }) => [event_id, effect, error?.code])).toEqual([
      ['a-150', 'deny', 'timeout'],
    ]);
    expect(stuck[0]?.verdicts.map(({ policy, effect, recorded }) => [policy, effect, recorded])).toEqual([
      ['egress', 'allow', undefined],
      ['loop', 'deny', true],
      ['repetition', 'allow', undefined],
    ]);
    const others = (decisions: DecisionJson[]) =>
      decisions.filter(({ event_id }) => !event_id.startsWith('a-')).map((decision) => JSON.stringify(decision));
    expect(others(parsed(adapter))).toEqual(others(undisturbed));
  });

  it('writes the replaced worker into the audit chain of each partition it served', async () => {
    const adapter = await judged(history(60, { 30: 'LOOP' }), { lanes: { ...LANES, count: 1 } });
    const kinds = [...adapter.committed.values()].map(({ audit }) => audit.map((text) => JSON.parse(text).kind));
    for (const chain of kinds) expect(chain.filter((kind) => kind === 'worker_restarted')).toHaveLength(1);
  });

  it('survives several events that hang, each denied once', async () => {
    const adapter = await judged(history(120, { 20: 'LOOP 1', 60: 'LOOP 2', 61: 'LOOP 3' }));
    const codes = parsed(adapter).map(({ event_id, error }) => [event_id, error?.code]);
    expect(codes.filter(([, code]) => code !== undefined)).toEqual(
      expect.arrayContaining([
        ['c-20', 'timeout'],
        ['a-60', 'timeout'],
        ['b-61', 'timeout'],
      ]),
    );
    expect(codes).toHaveLength(120);
  });

  it('denies an event that hangs two policies for both of them, in one decision', async () => {
    const adapter = history(20, { 10: 'LOOP' });
    const yaml = LOOPING_POLICIES.replace(
      'policies:',
      'policies:\n  - { name: twin, opa: { wasm: ./loop.wasm }, limits: { timeoutMs: 250 } }',
    );
    await aProcessor(adapter, await setupOf(yaml, { partitions: PARTITIONS })).run(NEVER);
    const stuck = parsed(adapter).filter(({ error }) => error !== undefined);
    const recorded = stuck.map(({ verdicts }) =>
      verdicts.filter((verdict) => verdict.recorded).map(({ policy }) => policy),
    );
    expect(recorded).toEqual([['twin', 'loop']]);
  });

  it('comes through a batch in which more events hang than a lane may die in a row', async () => {
    const special = Object.fromEntries(Array.from({ length: 24 }, (_, n) => [n * 2, 'LOOP']));
    const adapter = await judged(history(60, special), { lanes: { ...LANES, count: 1, batchEvents: 512 } });
    const codes = parsed(adapter).map(({ error }) => error?.code);
    expect(codes.filter((code) => code === 'timeout')).toHaveLength(24);
    expect(codes.filter((code) => code === undefined)).toHaveLength(36);
  }, 60_000);

  it('ends at once when it is told to stop while it takes partitions over', async () => {
    const adapter = history(50);
    const stop = new AbortController();
    const inner = adapter.openLog();
    const log: typeof inner = {
      restore: (_partition, _onSession, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new TollgateError('aborted', 'stopped')), { once: true });
          stop.abort();
        }),
      commit: (changes, signal) => inner.commit(changes, signal),
      isCurrent: (partition, signal) => inner.isCurrent(partition, signal),
      close: () => inner.close(),
    };
    const setup = await setupOf(LOOPING_POLICIES, { partitions: PARTITIONS });
    const tally = await aProcessor(adapter, setup, { log, source: adapter.openSource() }).run(stop.signal);
    expect(tally.decisions).toBe(0);
  });

  it('ends at once, with nothing in hand, when it is told to stop while it looks whether it may keep a partition', async () => {
    const adapter = history(200);
    const stop = new AbortController();
    const source = adapter.openSource({ batch: 20 });
    const inner = adapter.openLog();
    const log: typeof inner = {
      restore: (partition, onSession, signal) => inner.restore(partition, onSession, signal),
      commit: (changes, signal) => inner.commit(changes, signal),
      isCurrent: (_partition, signal) =>
        new Promise((_, reject) => {
          const end = () => reject(new TollgateError('aborted', 'stopped'));
          signal.addEventListener('abort', end, { once: true });
          if (signal.aborted) end();
          stop.abort();
        }),
      close: () => inner.close(),
    };
    const onCommit = () => {
      if (adapter.commits === 1) source.renew();
    };
    const setup = await setupOf(LOOPING_POLICIES, { partitions: PARTITIONS });
    const options = { log, source, onCommit, lanes: { ...LANES, batchEvents: 8 } };
    const tally = await aProcessor(adapter, setup, options).run(stop.signal);
    expect(tally.decisions).toBe(decisionsOf(adapter).length);
    expect(tally.decisions).toBeLessThan(200);
  });

  it.each(['broker_unreachable', 'commit_failed'] as const)(
    'takes a partition over that at first cannot be: %s',
    async (code) => {
      const expected = decisionsOf(await judged(history(60)));
      const adapter = history(60);
      let failures = 0;
      const log = adapter.openLog((point) => {
        if (point === 'restore:before' && ++failures <= 9)
          throw new TollgateError(code, 'not yet', { retryable: true });
      });
      await judged(adapter, { log });
      expect(decisionsOf(adapter)).toEqual(expected);
      expect(failures).toBe(9 + PARTITIONS);
    },
  );

  it('ends with the failure when a partition can never be taken over', async () => {
    const log = new MemoryAdapter(PARTITIONS).openLog((point) => {
      if (point === 'restore:before') throw new TollgateError('position_contradicts', 'somebody moved it');
    });
    await expect(judged(history(20), { log })).rejects.toThrow('somebody moved it');
  });

  it('goes on when commits were answered by nobody for longer than it would bear refusals', async () => {
    const adapter = history(20);
    let failures = 0;
    const log = adapter.openLog((point) => {
      if (point === 'commit:before' && ++failures <= 11) {
        throw new TollgateError('broker_unreachable', 'nobody there', { retryable: true });
      }
    });
    await judged(adapter, { log });
    expect(decisionsOf(adapter)).toHaveLength(20);
  }, 60_000);

  it('gives up after commits that fail and fail, by their own word in passing', async () => {
    const adapter = history(20);
    const log = adapter.openLog((point) => {
      if (point === 'commit:before') throw new TollgateError('commit_failed', 'the world failed', { retryable: true });
    });
    await expect(judged(adapter, { log })).rejects.toThrow('the world failed');
    expect(decisionsOf(adapter)).toEqual([]);
  }, 60_000);

  it('replaces a worker that dies by itself, and denies the event over which it dies again', async () => {
    const adapter = await judged(history(40, { 20: 'DIE' }), {
      worker: DYING_WORKER,
      lanes: { ...LANES, batchEvents: 1 },
    });
    const decisions = parsed(adapter);
    expect(decisions).toHaveLength(40);
    expect(decisions.filter(({ error }) => error !== undefined).map(({ error }) => error?.code)).toEqual([
      'worker_died',
    ]);
  });

  it('judges again from the log when a commit fails and may be tried again, and decides the same', async () => {
    const expected = decisionsOf(await judged(history(200)));
    const adapter = history(200);
    let commits = 0;
    const log = adapter.openLog((point) => {
      if (point === 'commit:before-rename' && ++commits % 2 === 1 && commits < 8) {
        throw new TollgateError('commit_failed', 'the world failed', { retryable: true });
      }
    });
    await judged(adapter, { log, lanes: { ...LANES, batchEvents: 16 } });
    expect(decisionsOf(adapter)).toEqual(expected);
    expect(commits).toBeGreaterThan(2);
  });

  it('ends with the failure when a commit cannot be tried again, and leaves what was committed', async () => {
    const adapter = history(100);
    const log = adapter.openLog((point) => {
      if (point === 'commit:outputs-written') throw new TollgateError('output_unwritable', 'disk full');
    });
    await expect(judged(adapter, { log })).rejects.toThrow('disk full');
    expect(decisionsOf(adapter)).toEqual([]);
  });

  it('goes on where the last run stopped: two runs decide what one does', async () => {
    const expected = decisionsOf(await judged(history(200)));
    const adapter = history(90);
    await judged(adapter);
    for (const [partition, records] of history(200).input.entries()) {
      adapter.input[partition]?.push(...records.slice(adapter.input[partition]?.length));
    }
    await judged(adapter);
    expect(decisionsOf(adapter)).toEqual(expected);
  });

  it('drops what is in hand when its partitions are taken away, and judges it under the next assignment', async () => {
    const expected = decisionsOf(await judged(history(400)));
    const adapter = history(400);
    const source = adapter.openSource({ batch: 20 });
    const inner = adapter.openLog();
    const stop = new AbortController();
    let restores = 0;
    const log: typeof inner = {
      restore: (partition, onSession, signal) => {
        restores++;
        return inner.restore(partition, onSession, signal);
      },
      commit: (changes, signal) => inner.commit(changes, signal),
      isCurrent: (partition, signal) => inner.isCurrent(partition, signal),
      close: () => inner.close(),
    };
    let commits = 0;
    const onCommit = () => {
      commits++;
      if (decisionsOf(adapter).length === expected.length) stop.abort();
      else if (commits === 2 || commits === 4) source.reassign();
    };
    const setup = await setupOf(LOOPING_POLICIES, { partitions: PARTITIONS });
    const options = { source, log, onCommit, lanes: { ...LANES, batchEvents: 8 } };
    await aProcessor(adapter, setup, options).run(stop.signal);
    expect(decisionsOf(adapter)).toEqual(expected);
    expect(commits).toBeGreaterThan(4);
    expect(restores).toBeGreaterThan(PARTITIONS);
  });

  it.each([
    { name: 'carries on with partitions that stay its own when their log is as it left it', honest: true },
    { name: 'restores partitions that stay its own when that cannot be proved of their log', honest: false },
  ])('$name', async ({ honest }) => {
    const expected = decisionsOf(await judged(history(200)));
    const adapter = history(200);
    const source = adapter.openSource({ batch: 20 });
    const inner = adapter.openLog();
    const stop = new AbortController();
    let restores = 0;
    const log: typeof inner = {
      restore: (partition, onSession, signal) => {
        restores++;
        return inner.restore(partition, onSession, signal);
      },
      commit: (changes, signal) => inner.commit(changes, signal),
      isCurrent: async (partition, signal) => honest && (await inner.isCurrent(partition, signal)),
      close: () => inner.close(),
    };
    let renewals = 0;
    const onCommit = () => {
      if (decisionsOf(adapter).length === expected.length) stop.abort();
      else if (adapter.commits % 2 === 0 && renewals++ < 4) source.renew();
    };
    // A worker that was taken for stuck, on a machine that is busy, would be one restore more.
    const setup = withPatience(await setupOf(LOOPING_POLICIES, { partitions: PARTITIONS }));
    const options = { source, log, onCommit, lanes: { ...LANES, batchEvents: 8 } };
    await aProcessor(adapter, setup, options).run(stop.signal);
    expect(decisionsOf(adapter)).toEqual(expected);
    expect(renewals).toBeGreaterThan(1);
    if (honest) expect(restores).toBe(PARTITIONS);
    else expect(restores).toBeGreaterThan(PARTITIONS);
  });

  it('keeps bytes in hand within the bound of a lane, however much the source has', async () => {
    const adapter = history(400);
    const inner = adapter.openSource({ finite: true, batch: 10 });
    const rooms: number[] = [];
    const source: typeof inner = Object.create(inner);
    source.run = (sink, signal) =>
      inner.run(
        {
          assigned: (partitions, assignment) => sink.assigned(partitions, assignment),
          revoked: (partitions) => sink.revoked(partitions),
          records: (partition, records) => {
            const room = sink.records(partition, records);
            rooms.push(room);
            return room;
          },
        },
        signal,
      );
    source.start = (partition, positions) => inner.start(partition, positions);
    source.resume = (partition) => inner.resume(partition);
    const queueBytes = 8_000;
    const oneDelivery = 10 * 600;
    await judged(adapter, { source, lanes: { ...LANES, queueBytes } });
    expect(Math.min(...rooms)).toBeGreaterThanOrEqual(-oneDelivery);
    expect(rooms.some((room) => room <= 0)).toBe(true);
    expect(decisionsOf(adapter)).toHaveLength(400);
  });

  it('stops when it is told to, with everything in hand committed', async () => {
    const adapter = history(500);
    const stop = new AbortController();
    const source = adapter.openSource({ batch: 20 });
    const setup = await setupOf(LOOPING_POLICIES, { partitions: PARTITIONS });
    const onCommit = () => stop.abort();
    const tally = await aProcessor(adapter, setup, { source, onCommit }).run(stop.signal);
    expect(tally.decisions).toBe(decisionsOf(adapter).length);
    expect(tally.decisions).toBeGreaterThan(0);
  });
});
