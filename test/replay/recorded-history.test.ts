import { describe, expect, it } from 'vitest';
import { recordedKey } from '../../src/lanes/messages.ts';
import { readRecordedHistory } from '../../src/replay/recorded-history.ts';
import { GivenHistory, NEVER } from './given-history.ts';

function decision(eventId: string, code: string): Buffer {
  const error = { code, message: 'no answer' };
  const verdict = { policy: 'p', version: 'v', effect: 'deny', recorded: true, error };
  return Buffer.from(JSON.stringify({ decision_id: 'd', session_id: 's', event_id: eventId, verdicts: [verdict] }));
}

describe('recorded verdicts of a topic', () => {
  it('are those of the partitions that are judged', async () => {
    const history = new GivenHistory();
    history.append('decisions', 0, { value: decision('a', 'timeout') });
    history.append('decisions', 0, { value: decision('b', 'trap') });
    history.append('decisions', 0, { value: null });
    history.append('decisions', 1, { value: decision('c', 'timeout') });
    history.append('decisions', 2, { value: decision('d', 'worker_died') });
    const recorded = await readRecordedHistory(history, 'decisions', [0, 2], NEVER);
    expect([...recorded.keys()]).toEqual([recordedKey('s', 'a'), recordedKey('s', 'd')]);
  });

  it('are refused, by the name of the topic, where something else lies in it', async () => {
    const history = new GivenHistory();
    history.append('other', 0, { value: Buffer.from('{"reason":"timeout"}') });
    await expect(readRecordedHistory(history, 'other', [0], NEVER)).rejects.toMatchObject({
      code: 'input_unreadable',
      where: 'other',
    });
  });
});
