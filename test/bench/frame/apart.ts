import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { BenchOptions } from '../bench-case.ts';

const CHILD = new URL('./apart-process.js', import.meta.url);

/** A function of one argument that a process of its own can find: both the argument and what it gives are JSON. */
export interface ApartCall {
  /** URL of the built module. */
  readonly module: string;
  /** Name of the export: `(input, options) => result`, or a promise of it. */
  readonly name: string;
  readonly input: unknown;
}

/** What the other process says. */
export type ApartMessage =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly text: string };

/** What the other process is told. */
export interface ApartOrder extends ApartCall {
  readonly quick: boolean;
}

/**
 * Runs the function in a fresh process: what one measurement leaves behind (compiled code, shapes, heap) is no part of the
 * next. `globalThis.gc` is there. Rejects with what the function threw, or with the signal's reason after the process has ended.
 */
export async function apart<T>(call: ApartCall, options: BenchOptions, nodeFlags: readonly string[] = []): Promise<T> {
  const { signal, quick } = options;
  signal.throwIfAborted();
  const child = fork(CHILD, [], { execArgv: ['--expose-gc', ...nodeFlags], serialization: 'json' });
  const closed = once(child, 'close');
  let outcome: Exclude<ApartMessage, { readonly kind: 'line' }> | undefined;
  child.on('message', (message: ApartMessage) => {
    if (message.kind === 'line') options.log(message.line);
    else outcome = message;
  });
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  try {
    child.send({ ...call, quick } satisfies ApartOrder);
    const [code, signalName] = (await closed) as [number | null, string | null];
    signal.throwIfAborted();
    if (outcome?.kind === 'done') return outcome.result as T;
    throw new Error(outcome?.text ?? `${call.name} ended with ${code ?? signalName} and said nothing`);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
