import { type ChainHead, EMPTY_CHAIN } from '../../src/domain/decision.ts';
import { chainRecord } from '../../src/judge/audit-record.ts';

/** A partition's chain of `length` records, as the judge writes them. */
export function chainOf(partition: number, length: number, from: ChainHead = EMPTY_CHAIN): string[] {
  const lines: string[] = [];
  let head = from;
  for (let i = 0; i < length; i++) {
    const source = { topic: 'agent.tool-calls', partition, offset: i };
    const detailText = JSON.stringify({ note: `a "hash": in text, ü, and ,"hash":"` });
    const record = chainRecord({ kind: 'event_rejected', source, detailText }, partition, head, '2026-01-01T00:00:00Z');
    lines.push(record.text);
    head = record.head;
  }
  return lines;
}

/** The head after these records, read off the last one. */
export function headAfter(lines: readonly string[]): ChainHead {
  const last: unknown = JSON.parse(lines.at(-1) ?? '{}');
  const { index, hash } = last as { readonly index: number; readonly hash: string };
  return { index: index + 1, hash };
}

/** Records as a file has them. */
export function fileOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
