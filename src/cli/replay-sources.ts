import { TollgateError } from '../domain/errors.ts';
import type { ReplayFlags } from './replay-flags.ts';
import { topicsNamed } from './replay-topic-names.ts';
import type { Terminal } from './terminal.ts';

/**
 * The action of `tollgate replay`: files, or topics, since no order is known between the two. Throws `input_unreadable` at
 * the end when records could not be read.
 */
export async function replaySources(sources: readonly string[], flags: ReplayFlags, terminal: Terminal): Promise<void> {
  const named = sources.map(topicsNamed);
  const topics = named.flatMap((names) => names ?? []);
  if (topics.length === 0) {
    if (topicsNamed(flags.recorded ?? '') !== undefined) throw misplaced('--recorded kafka:TOPIC', 'kafka:TOPIC');
    const { replayFiles } = await import('./replay-files.ts');
    await replayFiles(sources, flags, terminal);
    return;
  }
  if (named.includes(undefined)) {
    throw new TollgateError('usage', 'files and topics cannot be judged together: no order is known between them', {
      next: 'replay one of the two',
    });
  }
  if (typeof flags.control === 'string') throw misplaced('--control PATH', 'files');
  const { replayTopics } = await import('./replay-topics.ts');
  await replayTopics([...new Set(topics)], flags, terminal);
}

function misplaced(flag: string, sources: string): TollgateError {
  return new TollgateError('usage', `${flag} goes with ${sources} as the source`, {
    next: 'see tollgate replay --help',
  });
}
