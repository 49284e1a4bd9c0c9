import { TollgateError } from '../../../src/domain/errors.ts';
import type { LogFields, Logger } from '../../../src/domain/log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  /** All that was logged beside it, as text: an error with its message, its place and its advice. */
  readonly fields: string;
}

/** A log that a test can read. */
export function recordedLog(): { readonly logger: Logger; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: LogLine['level']) => (fields: LogFields, message: string) => {
    lines.push({ level, message, fields: JSON.stringify(fields, shown) });
  };
  return { logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

function shown(_: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { message, stack } = value;
  return value instanceof TollgateError ? { message, where: value.where, next: value.next, stack } : { message, stack };
}
