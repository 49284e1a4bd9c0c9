import { describeAdapter } from './adapter-contract.ts';
import type { AdapterHarness } from './adapter-harness.ts';
import { MemoryAdapter } from './memory-adapter.ts';

describeAdapter('memory', async (): Promise<AdapterHarness> => {
  const adapter = new MemoryAdapter(4);
  return {
    partitions: 4,
    commitPoints: [
      'commit:before',
      'commit:outputs-partly-written',
      'commit:outputs-written',
      'commit:state-written',
      'commit:before-rename',
      'commit:after-rename',
      'commit:after',
    ],
    produce: async (events) => adapter.produce(events),
    openSource: () => adapter.openSource(),
    openLog: async (hook) => adapter.openLog(hook),
    crash: (log) => log.close(),
    readCommitted: async (partition) => {
      const entry = adapter.committed.get(partition);
      return {
        decisions: entry?.decisions ?? [],
        audit: entry?.audit ?? [],
        deadLetters: entry?.deadLetters.map(({ code }) => code) ?? [],
      };
    },
    close: async () => undefined,
  };
});
