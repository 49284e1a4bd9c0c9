import { SingleBar } from 'cli-progress';
import type { Channel } from './terminal.ts';

/** Shows how far a command has come. `update` may be called as often as it suits; drawing is limited. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

/** A progress bar on a terminal, nothing elsewhere. `total` and `done` count `unit`s; call `stop` before other output. */
export function startProgress(channel: Channel, total: number, unit: string): Progress {
  if (!channel.isTerminal) return SILENT;
  const bar = new SingleBar({
    stream: channel.stream,
    format: `{bar} {percentage}%  {value}/{total} ${unit}  {eta_formatted}`,
    barsize: 30,
    fps: 5,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
