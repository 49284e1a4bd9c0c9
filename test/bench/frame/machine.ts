import { cpus, platform, totalmem } from 'node:os';
import { kafkaVersion } from '../../kafka/broker/jars.ts';

/** What figures were measured on. */
export interface Machine {
  readonly cpus: string;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** Of the broker that cases start. */
  readonly kafka: string;
}

/** This machine. */
export function thisMachine(): Machine {
  return {
    cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: platform(),
    node: process.version,
    kafka: kafkaVersion(),
  };
}
