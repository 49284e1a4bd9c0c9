import { describe, expect, it } from 'vitest';
import { retryConcurrent } from '../../../src/kafka/mends/concurrent-transactions.ts';
import { protocolError } from '../../../src/kafka/mends/protocol-error.ts';

const CONCURRENT = 51;
const FENCED = 90;
const never = new AbortController().signal;

/** Fails with these codes, one a call, and then succeeds. */
function failing(...codes: number[]): () => Promise<string> {
  return () => {
    const code = codes.shift();
    return code === undefined ? Promise.resolve('done') : Promise.reject(protocolError(code, 'in a test'));
  };
}

describe('a request that a transaction before is still in the way of', () => {
  it('is sent again until it is not, and each wait is told', async () => {
    let retries = 0;
    const onRetry = () => {
      retries++;
    };
    await expect(retryConcurrent(failing(CONCURRENT, CONCURRENT, CONCURRENT), never, onRetry)).resolves.toBe('done');
    expect(retries).toBe(3);
  });

  it('fails at once with any other answer', async () => {
    const failure = expect(retryConcurrent(failing(CONCURRENT, FENCED), never));
    await failure.rejects.toMatchObject({ type: 'PRODUCER_FENCED', code: FENCED });
  });

  it('is given up when the signal aborts while it waits, and is made all the same where it need not wait', async () => {
    const stop = new AbortController();
    const endless = () => Promise.reject(protocolError(CONCURRENT, 'in a test'));
    const failure = expect(retryConcurrent(endless, stop.signal, () => stop.abort()));
    await failure.rejects.toMatchObject({ name: 'AbortError' });
    await expect(retryConcurrent(failing(), stop.signal)).resolves.toBe('done');
    await expect(retryConcurrent(failing(CONCURRENT), stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
