/**
 * Error codes of the protocol as errors. kafkajs 2.2.4 knows the codes up to 88; newer brokers answer with some that came
 * after it, and it calls all of those "unknown".
 */

import { errorOfCode } from '../kafkajs.ts';
import { LATER_CODES } from '../later-codes.ts';

/** The error of a code: `name` KafkaJSProtocolError, `type`, `code`. `where` is added to its message. */
export function protocolError(code: number, where: string): Error & { type: string; code: number } {
  const error = errorOfCode(code);
  const type = LATER_CODES.get(code);
  if (type !== undefined) Object.assign(error, { type, code, message: `The broker answered ${type}` });
  error.message += ` (${where})`;
  return error;
}

/** Of a partition that was refused because of another one, which says why. */
const OPERATION_NOT_ATTEMPTED = 55;

/** The answer that says why a request was refused; undefined when no part of it was. */
export function failureOf<T extends { readonly errorCode: number }>(answers: readonly T[]): T | undefined {
  const failures = answers.filter(({ errorCode }) => errorCode !== 0);
  return failures.find(({ errorCode }) => errorCode !== OPERATION_NOT_ATTEMPTED) ?? failures[0];
}

/** The name of a code, `undefined` for 0, which is success. */
export function errorTypeOf(code: number): string | undefined {
  if (code === 0) return undefined;
  return LATER_CODES.get(code) ?? errorOfCode(code).type;
}
