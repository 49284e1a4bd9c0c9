import { readFileSync } from 'node:fs';
import { type Bundle, readBundle } from '../../../src/registry/read-bundle.ts';
import { GUARD } from './guard.ts';

/** The guard as the program is given it. */
export function readGuard(): Promise<Bundle> {
  return readBundle(readFileSync(GUARD.bundle), GUARD.bundle);
}
