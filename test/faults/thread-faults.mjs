/**
 * Loaded before the program, in each of its threads (`--import`). A worker thread dies by itself in the midst of a record, after so
 * many turns: `exit` ends it, `memory` fills its heap until the engine ends it. Workers have a small heap then.
 *
 * FAULT_KIND, FAULT_TURNS (most turns of a thread's life), FAULT_SEED, FAULT_FILE (a byte is added for each death).
 */

import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import workerThreads from 'node:worker_threads';

const { FAULT_KIND, FAULT_TURNS, FAULT_SEED, FAULT_FILE } = process.env;
/** Of a worker's heap; what it needs for itself is some 20 MB. */
const HEAP_MB = 128;
/** The cells of the worker's progress memory (`src/lanes/progress.ts`): its turn is the first of four. */
const PROGRESS_CELLS = 4;

if (workerThreads.isMainThread) limitHeaps();
else dieSomeTime();

function limitHeaps() {
  const { Worker } = workerThreads;
  workerThreads.Worker = class extends Worker {
    constructor(file, options) {
      super(file, { ...options, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
    }
  };
  syncBuiltinESMExports();
}

function dieSomeTime() {
  const { add } = Atomics;
  let left = lifeOf(workerThreads.threadId);
  Atomics.add = (cells, index, value) => {
    const before = add(cells, index, value);
    if (cells.length === PROGRESS_CELLS && index === 0 && --left === 0) die();
    return before;
  };
}

/** A quarter of the most turns at least: a thread that is new judges something before it dies. */
function lifeOf(threadId) {
  const mixed = Math.imul((Number(FAULT_SEED) + 1) * 7919 + threadId, 0x9e3779b1) >>> 0;
  return Math.ceil(Number(FAULT_TURNS) * (0.25 + 0.75 * (mixed / 2 ** 32)));
}

function die() {
  appendFileSync(FAULT_FILE, '.');
  if (FAULT_KIND === 'exit') process.exit(1);
  const hoard = [];
  for (;;) hoard.push({ n: hoard.length, text: `${hoard.length}`.repeat(20) });
}
