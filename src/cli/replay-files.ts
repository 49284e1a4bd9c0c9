import { loadPolicyConfig } from '../config/load-config.ts';
import { TollgateError } from '../domain/errors.ts';
import { openFileSource } from '../files/source.ts';
import { FILE_CODEC } from '../main.ts';
import { readRecorded } from './recorded-file.ts';
import type { ReplayFlags } from './replay-flags.ts';
import { judgeHistory } from './replay-judging.ts';
import { LINES, ReplayOutput } from './replay-output.ts';
import { startReplayProgress } from './replay-progress.ts';
import { spoolInput } from './spool-input.ts';
import { stopSignal } from './stop-signal.ts';
import type { Terminal } from './terminal.ts';

/** Partitions of a replay whose configuration names none: enough for any number of lanes on one machine. */
const DEFAULT_PARTITIONS = 8;
const UNKNOWN_TIMESTAMP = -1;
const MERGED = 'the inputs are merged by occurred_at, name and offset: how they were interleaved is not known\n';

/** `tollgate replay` of files. Throws `input_unreadable` at the end when lines could not be read. */
export async function replayFiles(sources: readonly string[], flags: ReplayFlags, terminal: Terminal): Promise<void> {
  const config = loadPolicyConfig(flags.config, terminal.env);
  const partitions = config.files?.partitions ?? DEFAULT_PARTITIONS;
  const recorded = flags.recorded === undefined ? undefined : await readRecorded(flags.recorded);
  const control = flags.control === false ? undefined : flags.control;
  const stop = stopSignal();
  const spooled = await spoolInput(sources, terminal.stdin);
  const progress = await startReplayProgress(spooled.paths, terminal.err);
  const output = new ReplayOutput(flags, terminal, { ...LINES, where: sources.join(' ') }, stop.signal);
  if (sources.length > 1 || control !== undefined) terminal.err.write(MERGED);
  try {
    const source = openFileSource({
      events: spooled.paths,
      control,
      partitions,
      codec: FILE_CODEC,
      maxLineBytes: config.limits.maxEventBytes,
      follow: false,
      now: () => UNKNOWN_TIMESTAMP,
    });
    const { signal } = stop;
    await judgeHistory({ config, source, partitions, recorded, output, terminal, signal, onCommit: progress.update });
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown;
  } finally {
    stop.release();
    progress.stop();
    await output.close();
    await spooled.remove();
  }
  if (stop.signal.aborted) throw new TollgateError('aborted', 'the replay was stopped before its end');
  output.finish();
}
