import { TollgateError } from '../domain/errors.ts';

/** True for an error of the operating system; with `code`, only for that one. */
export function isSystemError(thrown: unknown, code?: string): thrown is NodeJS.ErrnoException {
  if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return false;
  return code === undefined || thrown.code === code;
}

/** What a failed write becomes: `output_unwritable` for the disk's refusals; anything else is passed on as it is. */
export function outputError(thrown: unknown, dir: string): unknown {
  if (!isSystemError(thrown)) return thrown;
  const full = thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT';
  return new TollgateError('output_unwritable', `the output directory failed: ${thrown.message}`, {
    where: thrown.path ?? dir,
    next: full
      ? 'free disk space and start again: nothing that was committed is lost'
      : 'check that the directory exists and may be written, then start again: nothing that was committed is lost',
    cause: thrown,
  });
}

/** What a failed read of an input becomes: `input_unreadable` for the system's refusals. */
export function inputError(thrown: unknown, path: string): unknown {
  if (!isSystemError(thrown)) return thrown;
  return new TollgateError('input_unreadable', `cannot read the input: ${thrown.message}`, {
    where: path,
    next: 'check that the path exists and may be read',
    cause: thrown,
  });
}

/** A directory that contradicts what was committed to it, or a position that contradicts the input. */
export function contradiction(message: string, where: string, next: string): TollgateError {
  return new TollgateError('position_contradicts', message, { where, next });
}
