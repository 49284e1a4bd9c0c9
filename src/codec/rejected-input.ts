import type { RejectionCode } from '../domain/errors.ts';

/**
 * Bytes that cannot be read as an event. Stays inside the codec: `decodeEvent` turns it into an outcome.
 * The message names byte offsets and contract fields only, never a key or a value of the payload.
 */
export class RejectedInput extends Error {
  readonly code: RejectionCode;
  constructor(code: RejectionCode, message: string) {
    super(message);
    this.name = 'RejectedInput';
    this.code = code;
  }
}
