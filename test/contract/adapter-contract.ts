import { describe } from 'vitest';
import type { AdapterHarness } from './adapter-harness.ts';
import { describeLog } from './log-contract.ts';
import { describeSource } from './source-contract.ts';

/** Holds an adapter to `pipeline/ports.ts`. Each test gets a harness of its own, with at least 4 partitions. */
export function describeAdapter(name: string, makeHarness: () => Promise<AdapterHarness>): void {
  describe(`the ${name} adapter`, () => {
    describeSource(makeHarness);
    describeLog(makeHarness);
  });
}
