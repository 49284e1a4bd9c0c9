import type { CrashPoint } from '../../../src/pipeline/ports.ts';

/** The points that every restore on a broker passes. */
export const RESTORE_POINTS: readonly CrashPoint[] = ['restore:before', 'restore:after'];

/** The points that every commit on a broker passes, in order; the other ones are those of files. */
export const COMMIT_POINTS: readonly CrashPoint[] = [
  'commit:before',
  'commit:begun',
  'commit:outputs-written',
  'commit:offsets-sent',
  'commit:ended',
  'commit:after',
];
