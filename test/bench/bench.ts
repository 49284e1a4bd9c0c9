import { cpus } from 'node:os';
import { EMPTY_CHAIN } from '../../src/domain/decision.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { packBatch } from '../../src/lanes/batch.ts';
import type { LaneOptions } from '../../src/lanes/lane.ts';
import { createLaneContext } from '../../src/lanes/lane-context.ts';
import { LaneWorker } from '../../src/lanes/lane-worker.ts';
import { Lanes } from '../../src/lanes/lanes.ts';
import { createProgress } from '../../src/lanes/progress.ts';
import { benchSetup } from './setup.ts';
import { makeWorkload } from './workload.ts';

/**
 * Complete judging (decode, session fold, egress, repetition, a 20-rule OPA policy, decision, audit chain, session state)
 * in lanes, beside the same code called directly in one thread. Not measured: reading input, committing output.
 */
const EVENTS = Number(process.env.BENCH_EVENTS ?? 60_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const BATCH = 512;
const PARTITIONS = 8;
const SESSIONS = 10_000;
const EVENT_BYTES = 500;

const NO_DOSSIER = { notices: () => [], charges: () => [], hasTrouble: () => false };

type Workload = readonly (readonly RawRecord[])[];

/** Events a second of the judging code called in this thread. */
function inOneThread(setup: LaneOptions['setup'], workload: Workload): number {
  const worker = new LaneWorker(createLaneContext({ ...setup, progress: createProgress() }));
  restoreAll(workload, (task) => worker.run(task));
  const start = performance.now();
  for (const batch of batches(workload)) worker.run(packBatch([batch], NO_DOSSIER, 0).task);
  return EVENTS / ((performance.now() - start) / 1000);
}

/** Events a second of `count` lanes. */
async function inLanes(setup: LaneOptions['setup'], workload: Workload, count: number): Promise<number> {
  let judged = 0;
  let finish: () => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const finished = new Promise<void>((resolve, fail) => {
    finish = resolve;
    reject = fail;
  });
  const listener = {
    judged: (segments: readonly { records: readonly RawRecord[] }[]) => {
      for (const { records } of segments) judged += records.length;
      if (judged === EVENTS) finish();
    },
    died: reject,
    failed: reject,
  };
  const limits = { batchEvents: BATCH, batchBytes: 1 << 20 };
  const lanes = new Lanes(count, { setup, limits, dossier: NO_DOSSIER, listener, nowMs: () => 0 });
  await lanes.ready();
  const empty = { epoch: 1, sessions: [], chain: EMPTY_CHAIN, clockMs: Number.NEGATIVE_INFINITY };
  for (let partition = 0; partition < PARTITIONS; partition++) await lanes.restore({ ...empty, partition }, () => true);
  const start = performance.now();
  for (const batch of batches(workload)) lanes.enqueue(batch);
  await finished;
  const rate = EVENTS / ((performance.now() - start) / 1000);
  await lanes.close();
  return rate;
}

function* batches(workload: Workload) {
  const longest = Math.max(...workload.map((records) => records.length));
  for (let at = 0; at < longest; at += BATCH) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const records = workload[partition]?.slice(at, at + BATCH) ?? [];
      if (records.length > 0) yield { partition, epoch: 1, records };
    }
  }
}

function restoreAll(workload: Workload, run: (task: Parameters<LaneWorker['run']>[0]) => unknown): void {
  const end = { chain: EMPTY_CHAIN, clockMs: Number.NEGATIVE_INFINITY };
  workload.forEach((_, partition) => {
    run({ kind: 'restore', partition, epoch: 1, begin: true, sessions: [], end });
  });
}

const setup = await benchSetup(PARTITIONS);
const workload = makeWorkload(EVENTS, { sessions: SESSIONS, partitions: PARTITIONS, bytes: EVENT_BYTES, seed: 42 });
const rounds: { oneThread: number; oneLane: number; twoLanes: number }[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  const measured = {
    oneThread: inOneThread(setup, workload),
    oneLane: await inLanes(setup, workload, 1),
    twoLanes: await inLanes(setup, workload, 2),
  };
  if (round > 0) rounds.push(measured);
}
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
const of = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick));
const report = {
  bench: 'judging',
  node: process.version,
  cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  events: EVENTS,
  events_per_second: {
    one_thread: Math.round(of((round) => round.oneThread)),
    one_lane: Math.round(of((round) => round.oneLane)),
    two_lanes: Math.round(of((round) => round.twoLanes)),
  },
  ratio: {
    one_lane: Number(of((round) => round.oneLane / round.oneThread).toFixed(2)),
    two_lanes: Number(of((round) => round.twoLanes / round.oneThread).toFixed(2)),
  },
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
