import type { BenchOptions } from '../bench-case.ts';
import type { ApartMessage, ApartOrder } from './apart.ts';

/** The other side of `apart`: takes one order, answers it, ends. */
type ApartFunction = (input: unknown, options: BenchOptions) => unknown;

const ending = new AbortController();
/** Ended from outside: what was started is stopped first, so that no broker is left behind. */
process.once('SIGTERM', () => ending.abort(new Error('the bench was stopped')));
process.once('disconnect', () => ending.abort(new Error('the bench has gone')));
/** The keyboard's signal goes to the whole group: the process above tells us. */
process.on('SIGINT', () => undefined);

process.once('message', (order: ApartOrder) => {
  void answer(order).then((message) => {
    say(message, () => process.exit(message.kind === 'done' ? 0 : 1));
  });
});

async function answer({ module, name, input, quick }: ApartOrder): Promise<ApartMessage> {
  const options = { quick, signal: ending.signal, log: (line: string) => say({ kind: 'line', line }) };
  try {
    const functions = (await import(module)) as Readonly<Record<string, ApartFunction | undefined>>;
    const called = functions[name];
    if (called === undefined) throw new Error(`${module} has no function ${name}`);
    return { kind: 'done', result: await called(input, options) };
  } catch (thrown) {
    return { kind: 'failed', text: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
  }
}

function say(message: ApartMessage, then: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, then);
  else then();
}
