import type { Changes } from './changes.ts';
import type { FileCodec } from './line-facts.ts';

export interface FileSourceOptions {
  /** Files, or directories of `*.ndjson`, `*.jsonl`, `*.avro`, plain, `.gz` or `.zst`. No two files may have one name. */
  readonly events: string | readonly string[];
  /** The same for control events: their records are `trusted`. */
  readonly control?: string | undefined;
  readonly partitions: number;
  readonly codec: FileCodec;
  /** Longest line in bytes. Of a longer one the first `maxLineBytes + 1` bytes are delivered, for the decoder to refuse. */
  readonly maxLineBytes: number;
  /** True: wait for more lines and files until the run is aborted. False: the run ends with the input. */
  readonly follow: boolean;
  /**
   * Finite input only. `merge` (default): all files by `occurred_at`, topic, offset. `arrival`: one file after the other,
   * control first. While following, lines come as they arrive.
   */
  readonly order?: 'merge' | 'arrival';
  /** Records' `timestampMs`. Default: the clock of this machine; replay gives −1. */
  readonly now?: () => number;
  /** Most bytes that wait here for partitions that are paused; beyond it reading stops. */
  readonly maxBufferedBytes?: number;
  /** How often a followed directory is looked at when the system reports nothing. */
  readonly pollIntervalMs?: number;
  /** In place of the file system's reports and the poll. */
  readonly changes?: Changes;
  /** How much of a file is read at once; changes nothing about what is delivered. */
  readonly chunkBytes?: number;
}
