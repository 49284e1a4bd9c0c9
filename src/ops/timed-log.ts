import type { PipelineObserver } from '../domain/observer.ts';
import type { StateLog } from '../pipeline/ports.ts';

/** The same log; the observer is told of each commit that went well. */
export function timedLog(log: StateLog, observer: Pick<PipelineObserver, 'transaction'>): StateLog {
  return {
    restore: (partition, onSession, signal) => log.restore(partition, onSession, signal),
    isCurrent: (partition, signal) => log.isCurrent(partition, signal),
    close: () => log.close(),
    commit: async (changes, signal) => {
      const startedMs = performance.now();
      await log.commit(changes, signal);
      const records = changes.reduce((sum, { sources }) => sum + sources.length, 0);
      observer.transaction((performance.now() - startedMs) / 1000, records);
    },
  };
}
