import { type DestinationStream, destination as fileDestination, pino, stdTimeFunctions } from 'pino';
import type { Logger } from '../domain/log.ts';

/** Least level that is written; `silent` writes nothing. */
export type LogLevel = 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

const STANDARD_ERROR = 2;

/** Longest text and most members of one field: a payload that slips in by mistake is cut, not copied. */
const DEPTH_LIMIT = 4;
const EDGE_LIMIT = 32;

/**
 * A log of JSON lines (`level`, `time`, fields, `msg`) on standard error, or on `destination`. Lines are written before
 * the call returns, so that the last one before a crash is there. Members that hold secrets by name are masked.
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      depthLimit: DEPTH_LIMIT,
      edgeLimit: EDGE_LIMIT,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ['password', 'passphrase', 'secret', 'token', '*.password', '*.passphrase', '*.secret', '*.token'],
      },
    },
    destination ?? fileDestination({ dest: STANDARD_ERROR, sync: true }),
  );
}
