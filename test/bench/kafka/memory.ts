import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { BenchCase, BenchOptions, BenchResult } from '../bench-case.ts';
import { median } from '../frame/median.ts';
import { Rig } from './rig.ts';
import { openStage } from './stage.ts';
import { startTollgate } from './tollgate-config.ts';

/** How much is measured. */
interface Scope {
  /** Events of a burst, sent as fast as it goes; memory is looked at behind each. */
  readonly burst: number;
  /** From one burst's beginning to the next one's. */
  readonly everyMs: number;
  readonly bursts: number;
  /** Bursts at the beginning, and at the end, whose medians are compared; before the first of them, one warms up. */
  readonly compared: number;
}

const FULL: Scope = { burst: 30_000, everyMs: 60_000, bursts: 60, compared: 10 };
const QUICK: Scope = { burst: 500, everyMs: 1_000, bursts: 7, compared: 3 };
const LANES = 2;
const BYTES_PER_MB = 2 ** 20;
const BYTES_PER_PAGE = 4_096;
/** Garbage comes and goes; what leaks grows with every one of sixty bursts. */
const FLAT = 1.1;

/** An hour of load writes more than a disk should have to hold: what is old goes. */
const RETENTION = {
  'log.retention.bytes': String(48 * BYTES_PER_MB),
  'log.segment.bytes': String(16 * BYTES_PER_MB),
  'log.retention.check.interval.ms': '10000',
  'log.cleaner.backoff.ms': '5000',
};

/** Whether the process grows while its sessions stay the same in number. */
export const memory: BenchCase = { name: 'memory', title: 'Memory over an hour of load', run };

async function run(options: BenchOptions): Promise<BenchResult> {
  const scope = options.quick ? QUICK : FULL;
  const stage = await openStage({ properties: RETENTION });
  try {
    const place = await stage.place('memory', 'memory.calls');
    const program = startTollgate(place, LANES);
    let rig: Rig | undefined;
    try {
      rig = await Rig.open(place);
      const bytes: number[] = [];
      const { burst, everyMs, bursts } = scope;
      for (let i = 0; i < bursts; i++) {
        program.check();
        const begunMs = performance.now();
        await rig.drain(burst);
        bytes.push(residentBytes(program.pid));
        options.log(`${i + 1} of ${bursts}: ${megabytes(bytes.at(-1) ?? 0).toFixed(0)} MB`);
        const restMs = Math.max(0, begunMs + everyMs - performance.now());
        await setTimeout(restMs, undefined, { signal: options.signal });
      }
      return resultOf(bytes, scope);
    } finally {
      await rig?.close();
      await program.stop();
    }
  } finally {
    await stage.close();
  }
}

function resultOf(bytes: readonly number[], { burst, everyMs, bursts, compared }: Scope): BenchResult {
  const first = median(bytes.slice(1, 1 + compared));
  const last = median(bytes.slice(-compared));
  const most = bytes.reduce((max, now) => Math.max(max, now), 0);
  return {
    figures: [
      { name: `resident at first, median of ${compared}`, value: megabytes(first), unit: 'MB' },
      { name: `resident at last, median of ${compared}`, value: megabytes(last), unit: 'MB' },
      { name: 'resident, most', value: megabytes(most), unit: 'MB' },
    ],
    ratios: [
      { name: 'resident at last against at first', value: last / first, goal: { atMost: FLAT }, higherIsBetter: false },
    ],
    notes: [
      `${bursts} bursts of ${burst} events of about 500 bytes in 10,000 sessions, one every ${everyMs / 1000} s; after each, when all its decisions were read, the process's resident memory (Linux, statm). The first one warms up. ${LANES} lanes.`,
      'Looked at: the whole process, with its lanes. Not measured: more sessions than at the beginning, larger ones, rebalances.',
    ],
  };
}

function residentBytes(pid: number): number {
  const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return Number(pages) * BYTES_PER_PAGE;
}

function megabytes(bytes: number): number {
  return bytes / BYTES_PER_MB;
}
