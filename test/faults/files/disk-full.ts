import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramOptions } from '../program.ts';
import type { FreeScenario } from '../scenario.ts';
import type { FreeStage } from '../stage.ts';
import { bytesIn, FilesRun } from './files-run.ts';

/** How much of what all outputs need there is room for, each time the program is started: some more each time, and then enough. */
const ROOM = { short: [0.05, 0.4, 0.7, 3], long: [0.02, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 3] };
const KIB = 1024;
/** What the program says of a disk that is full, and of a file that may not grow. */
const CLEAR_END = /output directory failed: (?:ENOSPC|EFBIG)/;

/** A place that has only so much room. */
interface TightPlace {
  readonly out: string;
  /** Makes room for so many bytes; how the program is to be started then. */
  allow(bytes: number): ProgramOptions['through'];
  close(): void;
}

/** The disk of the outputs is full again and again: each time a clear end, nothing half committed, and on it goes when there is room. */
export const diskFull: FreeScenario = {
  name: 'disk full, room made, full again',
  group: 'files',
  cluster: 'none',
  records: { short: 3_000, long: 150_000 },
  inShort: true,
  async play(stage) {
    const run = new FilesRun(stage);
    const reference = join(stage.directory, 'reference');
    const undisturbed = await run.judge(run.config('reference', reference));
    if (undisturbed.code !== 0)
      throw new Error(`the undisturbed run ended with ${undisturbed.code}: ${undisturbed.err}`);
    const need = bytesIn(reference);
    const place = tightPlace(join(stage.directory, 'disk'));
    try {
      await fill(stage, run, place, { reference, need });
    } finally {
      place.close();
    }
    stage.judged(run.lines);
  },
};

async function fill(
  { isShort, found, note }: FreeStage,
  run: FilesRun,
  place: TightPlace,
  { reference, need }: { readonly reference: string; readonly need: number },
): Promise<void> {
  const config = run.config('tight', place.out);
  const rooms = isShort ? ROOM.short : ROOM.long;
  for (const share of rooms) {
    const isEnough = share > 1;
    const { code, signal, err } = await run.judge(config, place.allow(share * need));
    if (isEnough && code !== 0)
      found('ended_badly', place.out, `with room enough it ended with ${signal ?? code}: ${err}`);
    if (!isEnough && code === 0) found('not_as_expected', place.out, `it found room for all in ${share} of it`);
    if (!isEnough && (signal !== null || !CLEAR_END.test(err))) {
      found('ended_badly', place.out, `not a clear end: ${signal ?? code}: ${err}`);
    }
    if (!isEnough) note('times full', 1);
    await run.compare(place.out, reference, isEnough);
  }
}

/** A file system of its own where we may mount one; else a limit on what a file may grow to. */
function tightPlace(directory: string): TightPlace {
  mkdirSync(directory, { recursive: true });
  const mount = (options: string) =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]).status === 0;
  if (mount(`size=${KIB}k`)) {
    const allow = (bytes: number) => {
      spawnSync('mount', ['-o', `remount,size=${Math.ceil(bytes / KIB)}k`, directory]);
      return [];
    };
    return { out: join(directory, 'out'), allow, close: () => void spawnSync('umount', [directory]) };
  }
  // Of four partitions and three outputs the largest file has some quarter of it all. A limit counts in KiB.
  const allow = (bytes: number) => ['bash', '-c', `ulimit -f ${Math.ceil(bytes / 4 / KIB)}; exec "$@"`, 'bash'];
  return { out: join(directory, 'out'), allow, close: () => undefined };
}
