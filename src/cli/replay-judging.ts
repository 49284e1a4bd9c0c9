import type { Config } from '../config/config.ts';
import type { RecordedVerdicts } from '../judge/evaluate.ts';
import { createLogger } from '../ops/log.ts';
import type { Source } from '../pipeline/ports.ts';
import { prepareSetup } from '../pipeline/prepare.ts';
import type { Tally } from '../pipeline/tally.ts';
import { withPatience } from '../replay/patience.ts';
import { replayHistory } from '../replay/replay.ts';
import type { ReplayOutput } from './replay-output.ts';
import type { Terminal } from './terminal.ts';

/** History that is open, and what it is judged with. */
export interface Judging {
  readonly config: Config;
  readonly source: Source;
  /** Of the topics, or those that a run would have: sessions are spread over so many. */
  readonly partitions: number;
  /** What an earlier run recorded; undefined where nobody knows. */
  readonly recorded: ReadonlyMap<string, RecordedVerdicts> | undefined;
  readonly output: ReplayOutput;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly onCommit: (tally: Tally) => void;
}

/** Judges a history with the configuration's policies, from its beginning to its end or until the signal aborts. */
export async function judgeHistory(judging: Judging): Promise<Tally> {
  const { config, source, partitions, recorded, output: sink, terminal, signal, onCommit } = judging;
  const prepared = await prepareSetup(config, partitions, signal, recorded);
  const setup = recorded === undefined ? prepared : withPatience(prepared);
  const logger = createLogger(terminal.err.isTerminal ? 'warn' : config.log.level);
  return await replayHistory({ source, setup, lanes: config.lanes, logger, sink, signal, onCommit });
}
