import { packageFile } from '../../src/codec/package-file.ts';
import { loadPolicyConfig } from '../../src/config/load-config.ts';
import type { LaneOptions } from '../../src/lanes/lane.ts';
import { prepareSetup } from '../../src/pipeline/prepare.ts';

/** The policies of the bench: egress, repetition and the 20-rule guard. */
export function benchSetup(partitions: number): Promise<LaneOptions['setup']> {
  const config = loadPolicyConfig(packageFile('test', 'bench', 'tollgate.yaml'), {});
  return prepareSetup(config, partitions, new AbortController().signal);
}
