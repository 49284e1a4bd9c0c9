import type { Admin, Kafka } from 'kafkajs';
import { TollgateError } from '../../domain/errors.ts';
import { loginFailure } from '../client.ts';
import { kafkaError } from '../kafka-error.ts';
import { type BrokerReach, unreachable, waitForListener } from './reach.ts';

const CLOSE_TIMEOUT_MS = 1_000;

/**
 * Runs `ask` with an admin client that is connected, and closes it. Throws `broker_unreachable`, naming the brokers, when
 * none could be reached within `connectTimeoutMs`; `broker_refused` when they do not let us in; `aborted` when the signal
 * aborts, also while `ask` is waiting for an answer.
 */
export async function withAdmin<T>(
  kafka: Kafka,
  reach: BrokerReach,
  signal: AbortSignal,
  ask: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = kafka.admin();
  try {
    await connectWithin(kafka, admin, reach, signal);
    return await untilAborted(ask(admin), signal);
  } catch (thrown) {
    if (signal.aborted) throw new TollgateError('aborted', 'stopped while it asked the brokers', { cause: thrown });
    throw kafkaError(thrown, `asking ${reach.brokers.join(', ')}`);
  } finally {
    await close(admin);
  }
}

/** Waits no longer than a second: kafkajs does not close while a broker owes it an answer, which may be for ever. */
async function close(admin: Admin): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  await Promise.race([admin.disconnect().catch(() => undefined), late]);
  clearTimeout(timer);
}

async function connectWithin(kafka: Kafka, admin: Admin, reach: BrokerReach, signal: AbortSignal): Promise<void> {
  // Not `AbortSignal.timeout`: combined with another signal and held by nobody else, Node 20 collects it, and it never fires.
  const deadline = new AbortController();
  const stop = () => deadline.abort(signal.reason);
  const timer = setTimeout(stop, reach.connectTimeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    await waitForListener(reach, deadline.signal);
    await untilAborted(admin.connect(), deadline.signal);
  } catch (thrown) {
    if (!deadline.signal.aborted) throw thrown;
    if (thrown instanceof TollgateError) throw thrown;
    throw loginFailure(kafka) ?? unreachable(reach.brokers.join(', '), reach.connectTimeoutMs, thrown);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Settles as the promise does, or rejects when the signal aborts first; then nobody waits for the promise any more. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { signal: stopped.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stopped.abort();
    // What is left behind may still fail, and nobody is there to hear it.
    promise.catch(() => undefined);
  }
}
