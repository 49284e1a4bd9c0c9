import { readFileSync } from 'node:fs';

const HIGH_WATER = /^VmHWM:\s+(\d+) kB$/m;

/** The most memory that a process ever had in hand, all its threads together, MiB; undefined where there is no `/proc`. */
export function peakMib(pid: number | undefined): number | undefined {
  try {
    const found = HIGH_WATER.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return found === undefined ? undefined : Math.ceil(Number(found) / 1024);
  } catch {
    return undefined;
  }
}
