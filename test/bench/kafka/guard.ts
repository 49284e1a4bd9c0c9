import { packageFile } from '../../../src/codec/package-file.ts';

/** The bundle of the 20-rule guard, what it was built from, and the entrypoint that is asked. */
export const GUARD = {
  bundle: packageFile('policies', 'dist', 'agent-guard.tar.gz'),
  sources: packageFile('policies', 'agent-guard'),
  entrypoint: 'agent/decision',
};
