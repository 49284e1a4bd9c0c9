import type { Scenario } from '../scenario.ts';

/** What the others are held against: one process, nothing happens to it. */
export const undisturbed: Scenario = {
  name: 'undisturbed',
  group: 'process',
  cluster: 'one',
  records: { short: 4_000, long: 600_000 },
  eventsPerSecond: { short: 0, long: 0 },
  inShort: false,
  play: ({ run }) => {
    run.start('a');
    return Promise.resolve();
  },
};
