import { join } from 'node:path';
import type { CrashPoint } from '../../../src/pipeline/ports.ts';
import type { FreeScenario } from '../scenario.ts';
import { FilesRun } from './files-run.ts';

/** Every point that a commit and a restore pass on files. */
const POINTS: readonly CrashPoint[] = [
  'commit:before',
  'commit:outputs-partly-written',
  'commit:outputs-written',
  'commit:state-written',
  'commit:before-rename',
  'commit:after-rename',
  'commit:after',
  'restore:before',
  'restore:after',
];
const MOST_TIMES = 3;

/** kill -9 at each named point of the files adapter, one process after another over the same directory. */
export const killedOnFiles: FreeScenario = {
  name: 'kill -9 at each crash point, on files',
  group: 'files',
  cluster: 'none',
  records: { short: 6_000, long: 150_000 },
  inShort: false,
  async play(stage) {
    const run = new FilesRun(stage);
    const [reference, out] = [join(stage.directory, 'reference'), join(stage.directory, 'out')];
    await run.judge(run.config('reference', reference));
    const config = run.config('killed', out);
    for (const point of POINTS) {
      const { signal, code } = await run.dieAt(config, point, 1 + Math.floor(stage.random() * MOST_TIMES));
      if (signal === 'SIGKILL') stage.note('kills', 1);
      else if (run.committed(out) < run.lines) stage.found('ended_badly', point, `it ended with ${signal ?? code}`);
      await run.compare(out, reference, false);
    }
    const { code, err } = await run.judge(config);
    if (code !== 0) stage.found('ended_badly', out, `it ended with ${code}: ${err}`);
    await run.compare(out, reference, true);
    stage.judged(run.lines);
  },
};
