/**
 * Waiting for the markers of the last transaction.
 *
 * A transaction begun before the markers of the last one are written is answered CONCURRENT_TRANSACTIONS (51). kafkajs
 * 2.2.4 leaves that to a retrier that waits 300 ms at first: 170 ms in the median, where the markers take 1 to 10.
 */

import { setTimeout } from 'node:timers/promises';
import { kafkaErrorType } from '../kafka-error.ts';

const CONCURRENT = 'CONCURRENT_TRANSACTIONS';
const MAX_DELAY_MS = 5;
/** After this the coordinator has trouble that waiting does not help. */
const PATIENCE_MS = 10_000;

/**
 * Calls until the answer is another than CONCURRENT_TRANSACTIONS, after 1 to 5 ms each time, for 10 s at most; then throws
 * that error. Only a wait is ever aborted, with the signal's AbortError; what was never refused is answered. `onRetry` is told of
 * each wait.
 */
export async function retryConcurrent<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  onRetry: () => void = () => undefined,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let delayMs = 1; ; delayMs = Math.min(delayMs + 1, MAX_DELAY_MS)) {
    try {
      return await call();
    } catch (thrown) {
      if (kafkaErrorType(thrown) !== CONCURRENT || performance.now() > deadline) throw thrown;
    }
    onRetry();
    await setTimeout(delayMs, undefined, { signal });
  }
}
