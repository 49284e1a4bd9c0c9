import { outputJson } from '../codec/output-avro.ts';
import { RejectedInput } from '../codec/rejected-input.ts';

/**
 * The first members of an audit record, in their fixed order (contract section 4). `source` follows at once where there
 * is one; topics are named by letters that JSON does not escape.
 */
const START =
  /^\{"audit_id":"[^"\\]{1,200}","kind":"[a-z_]{1,64}","recorded_at":"[^"\\]{1,64}","partition":\d{1,9},"index":(\d{1,15}),"prev_hash":"[0-9a-f]{64}"(?:,"source":\{"topic":"([\w.-]{1,249})","partition":(\d{1,9}),"offset":(\d{1,16})\})?/;
/** Longer than any start that fits. */
const START_BYTES = 1024;

/** What an audit record says of the order in which records were judged. */
export interface AuditedPlace {
  /** Its place in the partition's chain: the first record ever has 0. */
  readonly index: number;
  /** The record that it is about; absent when it is about the process. */
  readonly source?: { readonly topic: string; readonly partition: number; readonly offset: number };
}

/** Reads the beginning of an audit record; undefined for what is none. Hashes are left to `tollgate audit verify`. */
export function auditedPlace(value: Uint8Array | null): AuditedPlace | undefined {
  if (value === null) return undefined;
  const json = jsonOf(value);
  const bytes = Buffer.from(json.buffer, json.byteOffset, Math.min(json.byteLength, START_BYTES));
  const [, index, topic, partition, offset] = START.exec(bytes.toString('latin1')) ?? [];
  if (index === undefined) return undefined;
  if (topic === undefined) return { index: Number(index) };
  return { index: Number(index), source: { topic, partition: Number(partition), offset: Number(offset) } };
}

/** What looks like an audit record in Avro, and is none, is left as it is. */
function jsonOf(value: Uint8Array): Uint8Array {
  try {
    return outputJson(value);
  } catch (thrown) {
    if (thrown instanceof RejectedInput) return value;
    throw thrown;
  }
}
