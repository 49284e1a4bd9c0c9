import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { schemaFingerprint } from '../../../src/codec/schema-fingerprint.ts';
import { fingerprintOf } from '../../../src/codec/writer-schema.ts';

interface SchemaCase {
  readonly input: string;
  readonly canonical: string;
  /** As it goes on the wire. */
  readonly fingerprint: string;
}

const CASE = /^<<INPUT(?: (.+)|\n((?:.|\n)+?)\nINPUT)\n<<canonical (.+)\n<<fingerprint (.+)$/gm;

function onWire(decimal: string): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(decimal));
  return bytes.toString('hex');
}

const TEXT = readFileSync(new URL('./schema-tests.txt', import.meta.url), 'utf8');
const CASES: readonly SchemaCase[] = [...TEXT.matchAll(CASE)].map(([, line, lines, canonical, fingerprint]) => {
  return { input: String(line ?? lines), canonical: String(canonical), fingerprint: onWire(String(fingerprint)) };
});
/** Events are records. One case has a default of another type than its member, which the library refuses. */
const RECORDS = CASES.filter(({ input }) => input.includes('"record"') && !input.includes('"default":"true"'));

describe('the fingerprints of Avro’s own list', () => {
  it('were found', () => {
    expect([CASES.length, RECORDS.length]).toEqual([26, 8]);
  });

  it.each(CASES)('are those of canonical forms: $canonical', ({ canonical, fingerprint }) => {
    expect(schemaFingerprint(canonical)).toBe(fingerprint);
  });

  it.each(RECORDS)('are those of records as they are written: $input', ({ input, fingerprint }) => {
    expect(fingerprintOf(input)).toBe(fingerprint);
  });
});
