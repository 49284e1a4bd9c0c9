import type { RejectionCode } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { Identified } from './identified.ts';
import { RejectedInput } from './rejected-input.ts';

/** Why bytes are no event. `identified` is there when they can be answered with a decision all the same. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly code: RejectionCode;
  /** Free of payload text: positions and names of the contract only. */
  readonly message: string;
  readonly identified?: Identified;
}

/** What a record's bytes hold, whatever their format, before it is read as an event. */
export type Document = { readonly kind: 'document'; readonly value: Json } | Rejected;

/** The outcome for what was thrown while bytes were read. Anything but a RejectedInput is a fault of ours, and thrown on. */
export function rejectedAs(thrown: unknown, identified?: Identified): Rejected {
  if (!(thrown instanceof RejectedInput)) throw thrown;
  const { code, message } = thrown;
  return { kind: 'rejected', code, message, ...(identified === undefined ? {} : { identified }) };
}
