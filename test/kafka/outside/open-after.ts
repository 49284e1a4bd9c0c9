import type { OutsideReader } from './outside-record.ts';

const ASK_AGAIN_MS = 50;

/**
 * The `topic/partition`s in which a transaction is still open after so long; returns at once when none is. The markers of a
 * transaction that ended may be on their way for some milliseconds.
 */
export async function openAfter(
  reader: OutsideReader,
  topics: readonly string[],
  waitMs: number,
): Promise<readonly string[]> {
  const deadline = Date.now() + waitMs;
  let open = await reader.openTransactions(topics);
  while (open.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    open = await reader.openTransactions(topics);
  }
  return open;
}
