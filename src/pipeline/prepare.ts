import type { Config } from '../config/config.ts';
import type { RecordedVerdicts } from '../judge/evaluate.ts';
import { compileMatch } from '../judge/match.ts';
import { JUDGE_VERSION } from '../judge/policy-set.ts';
import type { LaneOptions } from '../lanes/lane.ts';
import { loadPolicies } from '../registry/load-policies.ts';
import { policyRevision } from '../registry/policy-version.ts';
import { readWriterSchemas } from '../registry/read-writer-schemas.ts';

/** Loads what the configuration judges with, in the form that lanes are started with. Throws as `loadPolicies` does. */
export async function prepareSetup(
  config: Config,
  partitions: number,
  signal: AbortSignal,
  recorded: ReadonlyMap<string, RecordedVerdicts> = new Map(),
): Promise<LaneOptions['setup']> {
  const { limits, defaultEffect, strictRouting, audit } = config;
  // Compiled again in each worker; here only so that a bad glob is an error of the configuration, with its place.
  config.policies.forEach((policy, i) => {
    compileMatch(policy.match, `policies[${i}].match`);
  });
  const policies = await loadPolicies(config.policies, limits, signal);
  const revision = policyRevision({ policies, defaultEffect, strictRouting, limits, judgeVersion: JUDGE_VERSION });
  const writerSchemas = await readWriterSchemas(config.avro.schemas, signal);
  return { policies, revision, defaultEffect, strictRouting, partitions, limits, audit, recorded, writerSchemas };
}
