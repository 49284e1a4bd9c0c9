import type { PolicyListing } from '../domain/observer.ts';
import type { LaneOptions } from '../lanes/lane.ts';

/** The policies of a setup as operators see them. */
export function listPolicies({ revision, policies }: LaneOptions['setup']): PolicyListing {
  return {
    revision,
    policies: policies.map(({ head: { name, version, mode, match }, engine: { kind } }) => ({
      name,
      version,
      kind,
      mode,
      match,
    })),
  };
}
