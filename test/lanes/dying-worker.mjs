import { workerData } from 'piscina';
import { readFrame } from '../../dist/lanes/frame.js';
import { run as judge } from '../../dist/lanes/worker.js';

/** Where `progress.ts` keeps the record that is being judged. */
const RECORD = 1;

/** The lanes' worker, but that its thread ends over a record with DIE in it, as long as nothing is held against one. */
export function run(task) {
  if (task.kind === 'judge') dieOver(task);
  return judge(task);
}

function dieOver({ buffer, segments }) {
  if (segments.some((segment) => segment.troubles.length > 0)) return;
  let index = 0;
  for (const { start, count, topics } of segments) {
    for (const { value } of readFrame(buffer, start, count, topics)) {
      if (Buffer.from(value).includes('DIE')) {
        Atomics.store(new Int32Array(workerData.progress), RECORD, index);
        process.exit(1);
      }
      index++;
    }
  }
}
