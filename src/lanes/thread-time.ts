import { readFileSync, readlinkSync } from 'node:fs';

const NANOSECONDS_PER_MS = 1e6;
const THREAD_SELF = /\/task\/(\d+)$/;

/** The kernel's number of the calling thread; undefined where the system does not tell (not Linux). */
export function ownThread(): number | undefined {
  try {
    const [, id] = THREAD_SELF.exec(readlinkSync('/proc/thread-self')) ?? [];
    return id === undefined ? undefined : Number(id);
  } catch {
    return undefined;
  }
}

/**
 * CPU time of a thread of this process so far, milliseconds; undefined where the system does not tell. Linux keeps it in
 * `schedstat` (proc(5): time spent on the CPU, nanoseconds, comes first).
 */
export function threadTimeMs(thread: number): number | undefined {
  try {
    const ran = Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    return Number.isFinite(ran) ? ran / NANOSECONDS_PER_MS : undefined;
  } catch {
    return undefined;
  }
}
