/** What the command line says of a replay. */
export interface ReplayFlags {
  readonly config: string;
  /** False: the control topic is left out. */
  readonly control?: string | false;
  readonly out?: string;
  readonly deadLetter?: string;
  readonly recorded?: string;
  readonly since?: number;
  readonly until?: number;
  readonly partitions?: readonly number[];
  readonly run?: readonly string[];
  readonly session?: readonly string[];
  readonly tolerateBad?: boolean;
}
