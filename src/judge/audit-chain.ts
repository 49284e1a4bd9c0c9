import { hash } from 'node:crypto';
import type { ChainHead } from '../domain/decision.ts';

/** `,"hash":"`, 64 hex digits, `"}`: the last bytes of every audit record, which its hash does not cover. */
const SEAL_BYTES = 75;
const SEAL = /^,"hash":"([0-9a-f]{64})"\}$/;

/** The first members of every audit record, in their fixed order (contract section 4). */
const START =
  /^\{"audit_id":"[^"\\]{1,200}","kind":"[a-z_]{1,64}","recorded_at":"[^"\\]{1,64}","partition":(\d{1,9}),"index":(\d{1,15}),"prev_hash":"([0-9a-f]{64})"[,}]?/;
/** Longer than any start that fits. */
const START_BYTES = 512;

/** What one audit record says about its place in the chain of its partition. */
export type AuditCheck =
  | { readonly kind: 'intact'; readonly partition: number; readonly head: ChainHead }
  | {
      readonly kind: 'broken';
      /** Absent where the record does not say, or cannot be read. */
      readonly partition?: number;
      readonly index?: number;
      /** Holds nothing of the record but indices and hashes. */
      readonly why: string;
    };

/** The head of a partition's chain so far; undefined where the first record that comes is taken as the start. */
export type HeadOf = (partition: number) => ChainHead | undefined;

/**
 * Checks one record of a chain, its line feed left out: the hash over the bytes up to `,"hash":`, then index and
 * `prev_hash` against the head. `intact` brings the chain's head after it.
 */
export function verifyAuditLine(line: Uint8Array, headOf: HeadOf): AuditCheck {
  const place = readPlace(line);
  if (place === undefined) return { kind: 'broken', why: 'it does not begin like an audit record' };
  const { partition, index, prevHash } = place;
  const broken = (why: string): AuditCheck => ({ kind: 'broken', partition, index, why });

  const body = line.subarray(0, Math.max(0, line.byteLength - SEAL_BYTES));
  const sealed = SEAL.exec(text(line.subarray(body.byteLength)))?.[1];
  if (sealed === undefined) return broken('it does not end with its hash');
  if (hash('sha256', body) !== sealed) return broken('its bytes do not have the hash that it names');
  if (!isJson(line)) return broken('it is not valid JSON');

  const head = headOf(partition);
  if (head !== undefined && index !== head.index) return broken(`expected index ${head.index}, found ${index}`);
  if (head !== undefined && prevHash !== head.hash) {
    return broken(`its prev_hash is not the hash of the record before it (expected ${head.hash}, found ${prevHash})`);
  }
  return { kind: 'intact', partition, head: { index: index + 1, hash: sealed } };
}

interface Place {
  readonly partition: number;
  readonly index: number;
  readonly prevHash: string;
}

function readPlace(line: Uint8Array): Place | undefined {
  const match = START.exec(text(line.subarray(0, START_BYTES)));
  const [, partition, index, prevHash] = match ?? [];
  if (prevHash === undefined) return undefined;
  return { partition: Number(partition), index: Number(index), prevHash };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function isJson(line: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
    return true;
  } catch {
    return false;
  }
}
