import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/replay/memory-source.ts';
import { RecordedCollector } from '../../src/replay/recorded-verdicts.ts';
import { replayHistory } from '../../src/replay/replay.ts';
import { BUILT_WORKER, LOOPING_POLICIES, recordsOf, setupOf, toolCall } from '../lanes/given.ts';
import { LANES, SILENT } from '../pipeline/given.ts';

const EVENTS = ['ls', 'LOOP', 'ls'].map((command, n) => toolCall('a', n, { command }));

type Setup = Awaited<ReturnType<typeof setupOf>>;

/** Judges the three events, the second of which hangs a policy; tells how often a worker had to be replaced. */
async function replayed(recorded: Setup['recorded']): Promise<{ decisions: string[]; restarts: number }> {
  const decisions: string[] = [];
  const records = recordsOf(EVENTS).map((record, ordinal) => ({ ...record, ordinal }));
  const setup = await setupOf(LOOPING_POLICIES, { partitions: 1 });
  const tally = await replayHistory({
    source: memorySource(0, records),
    setup: { ...setup, recorded },
    lanes: { ...LANES, count: 1 },
    logger: SILENT,
    signal: new AbortController().signal,
    worker: BUILT_WORKER,
    sink: { decision: (text) => decisions.push(text), deadLetter: () => undefined, ready: async () => undefined },
  });
  return { decisions, restarts: tally.workerRestarts };
}

describe('recorded verdicts', () => {
  it('are taken from history: the policy that hung is not asked again, and the bytes are the same', async () => {
    const live = await replayed(new Map());
    expect(live.restarts).toBe(1);
    const collector = new RecordedCollector('decisions.ndjson');
    for (const text of live.decisions) collector.add(Buffer.from(text));
    expect(collector.byEvent.size).toBe(1);
    const again = await replayed(collector.byEvent);
    expect(again).toEqual({ decisions: live.decisions, restarts: 0 });
  });

  it('refuses a line that is no decision, naming the file', () => {
    const collector = new RecordedCollector('decisions.ndjson');
    expect(() => collector.add(Buffer.from('{"event_id":"a"}'))).toThrow('a line is not a decision');
  });

  it.each([
    ['an allow', { effect: 'allow' }],
    ['a verdict that was not recorded', { recorded: false }],
    ['a failure that is decided again the same way', { error: { code: 'trap', message: 'x' } }],
    ['no version', { version: undefined }],
  ])('takes nothing that a policy must answer itself: %s', (_, change) => {
    const error = { code: 'timeout', message: 'no answer' };
    const verdict = { policy: 'p', version: 'v', effect: 'deny', recorded: true, error, ...change };
    const collector = new RecordedCollector('decisions.ndjson');
    collector.add(
      Buffer.from(JSON.stringify({ decision_id: 'd', session_id: 's', event_id: 'e', verdicts: [verdict] })),
    );
    expect(collector.byEvent.size).toBe(0);
  });
});
