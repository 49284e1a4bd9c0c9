// Commits numbered batches to a directory and kills itself at a named crash point, the `after`th time it comes by.
// Usage: node crash-driver.mjs DIR POINT AFTER. It runs the built program: Node 20 cannot load TypeScript.
import { writeSync } from 'node:fs';
import { openFileLog } from '../../dist/files/log.js';

const [dir, point, after] = process.argv.slice(2);
const PARTITIONS = 3;
const signal = new AbortController().signal;
let left = Number(after);

function crashHook(reached) {
  if (reached === point && --left === 0) process.kill(process.pid, 'SIGKILL');
}

function block(kind, partition, step) {
  const value = JSON.stringify({ kind, partition, step });
  return { count: 1, bytes: Buffer.from(`${value}\n`), index: Int32Array.of(0, 0, Buffer.byteLength(value)) };
}

function changesOf(partition, step) {
  return {
    partition,
    assignment: { epoch: 1 },
    sources: [
      { topic: 't', offset: step, nextOffset: step + 1, timestampMs: -1, key: null, value: null, trusted: false },
    ],
    decisions: block('decision', partition, step),
    audit: block('audit', partition, step),
    deadLetters: [{ source: 0, code: 'empty', message: String(step) }],
    sessions: [
      { sessionId: 'all', value: Buffer.from(String(step).padEnd(200, '.')) },
      { sessionId: `s${step % 4}`, value: step % 3 === 0 ? null : Buffer.from(String(step)) },
    ],
    meta: {
      positions: new Map([['t', step + 1]]),
      chain: { index: step, hash: String(step) },
      clockMs: step,
      policyRevision: 'sha256:0',
    },
  };
}

const log = await openFileLog({ dir, partitions: PARTITIONS, compactAtBytes: 1000, crashHook });
for (let partition = 0; partition < PARTITIONS; partition++) await log.restore(partition, () => undefined, signal);
for (let step = 1; step <= 30; step++) {
  const changes = Array.from({ length: PARTITIONS }, (_, partition) => changesOf(partition, step));
  await log.commit(changes, signal);
  // The parent holds us to this: what was acknowledged may never be lost.
  writeSync(1, `${step}\n`);
}
await log.close();
