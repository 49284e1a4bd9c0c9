import { readdirSync, readFileSync } from 'node:fs';

const NANOSECONDS_PER_MS = 1e6;

/** CPU time of a process since its start, milliseconds: of its first thread, and of all others. */
export interface CpuTime {
  readonly main: number;
  readonly others: number;
}

/** Reads what Linux keeps of a process' threads; a thread that ends takes its time with it. */
export function cpuTimeMs(pid: number): CpuTime {
  let main = 0;
  let others = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const ms = threadMs(`/proc/${pid}/task/${thread}/schedstat`);
    if (Number(thread) === pid) main += ms;
    else others += ms;
  }
  return { main, others };
}

/** The same for a process and all that it started. */
export function treeCpuTimeMs(pid: number): number {
  const { main, others } = cpuTimeMs(pid);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const pids = children === '' ? [] : children.split(' ').map(Number);
  return pids.reduce((sum, child) => sum + treeCpuTimeMs(child), main + others);
}

function threadMs(path: string): number {
  try {
    const [runNs = '0'] = readFileSync(path, 'utf8').split(' ');
    return Number(runNs) / NANOSECONDS_PER_MS;
  } catch {
    return 0;
  }
}
