const NS_PER_US = 1_000n;

/**
 * Microseconds since the machine started (CLOCK_MONOTONIC on Linux): the same clock in every process of it, and nobody sets it.
 * Wall clocks of two Node processes drift apart: each keeps its own origin.
 */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / NS_PER_US);
}
