import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { TollgateError } from '../../domain/errors.ts';
import { NEXT_FOR_BROKER, NEXT_FOR_LISTENER } from '../advice.ts';

/** Where the brokers are, and how long to try. Has the shape of `kafka:`. */
export interface BrokerReach {
  /** `host:port` */
  readonly brokers: readonly string[];
  readonly connectTimeoutMs: number;
}

const RETRY_DELAY_MS = 250;

/**
 * Resolves as soon as something listens at one of the addresses; brokers that are just starting are worth another try.
 * Throws `broker_unreachable`, with what each address said last, once the deadline has aborted. kafkajs is asked only then:
 * its own tries, once begun, cannot be stopped, and keep a command from ending.
 */
export async function waitForListener(
  { brokers, connectTimeoutMs }: BrokerReach,
  deadline: AbortSignal,
): Promise<void> {
  let faults: readonly (string | undefined)[] = brokers.map(() => 'no answer');
  while (!deadline.aborted) {
    const tries = await Promise.all(brokers.map((broker) => tryListener(broker, deadline)));
    if (tries.includes(undefined)) return;
    faults = deadline.aborted ? faults.map((fault, index) => fault ?? tries[index]) : tries;
    await setTimeout(RETRY_DELAY_MS, undefined, { signal: deadline }).catch(() => undefined);
  }
  const told = brokers.map((broker, index) => `${broker} (${faults[index] ?? 'no answer'})`);
  throw unreachable(told.join(', '), connectTimeoutMs);
}

/** What a processor and its commands end with when no broker answers. With a `cause` somebody took the connection. */
export function unreachable(where: string, connectTimeoutMs: number, cause?: unknown): TollgateError {
  return new TollgateError('broker_unreachable', `no broker answered within ${connectTimeoutMs} ms`, {
    where,
    next: cause === undefined ? NEXT_FOR_BROKER : NEXT_FOR_LISTENER,
    retryable: true,
    cause,
  });
}

/** Undefined when something accepts a connection, else the system's word for why not. */
function tryListener(broker: string, deadline: AbortSignal): Promise<string | undefined> {
  const colon = broker.lastIndexOf(':');
  const { promise, resolve } = withResolve<string | undefined>();
  const socket = connect({ host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) });
  socket.once('connect', () => resolve(undefined));
  const stop = () => resolve('no answer');
  deadline.addEventListener('abort', stop, { once: true });
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  return promise.finally(() => {
    deadline.removeEventListener('abort', stop);
    socket.on('error', () => undefined).destroy();
  });
}

function withResolve<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
