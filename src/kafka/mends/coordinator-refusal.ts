/**
 * Saying why no coordinator is found.
 *
 * kafkajs 2.2.4 asks one broker after another for a coordinator and drops what each of them answers: who may not use a group
 * or a transactional id is told, after 8 seconds of tries, that no coordinator was found, and looks for it among the brokers.
 */

import { createRequire } from 'node:module';
import { kafkaErrorType } from '../kafka-error.ts';

type Ask = (asked: unknown) => Promise<unknown>;

interface BrokerPool {
  /** Null when none of them had an answer. */
  withBroker(ask: Ask): Promise<unknown>;
}

const REFUSED: ReadonlySet<string> = new Set([
  'GROUP_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);

let isMended = false;

/** Mends the broker pools of this process. May be called again. */
export function mendCoordinatorRefusal(): void {
  if (isMended) return;
  isMended = true;
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/cluster/brokerPool') as { prototype: BrokerPool };
  const { withBroker } = prototype;
  prototype.withBroker = async function withTellingBroker(this: BrokerPool, ask: Ask): Promise<unknown> {
    let refusal: unknown;
    const found = await withBroker.call(this, async (asked) => {
      try {
        return await ask(asked);
      } catch (thrown) {
        if (REFUSED.has(kafkaErrorType(thrown) ?? '')) refusal = thrown;
        throw thrown;
      }
    });
    if (found === null && refusal !== undefined) throw refusal;
    return found;
  };
}
