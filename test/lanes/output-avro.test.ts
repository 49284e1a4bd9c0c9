import { createHash } from 'node:crypto';
import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputAvro, outputJson } from '../../src/codec/output-avro.ts';
import type { OutputBlock } from '../../src/domain/output.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { verifyAuditLine } from '../../src/judge/audit-chain.ts';
import { createLaneContext } from '../../src/lanes/lane-context.ts';
import { LaneWorker } from '../../src/lanes/lane-worker.ts';
import { readBlock } from '../../src/lanes/result-frame.ts';
import { arbitraryGiven, arbitraryPolicies } from '../judge/arbitrary-history.ts';
import { aSet } from '../judge/history.ts';
import { readAvroSchema } from '../schemas/schema-files.ts';
import { aSetup, judge, recordsOf, restore } from './worker-fixture.ts';

const registry = {};
const DECISION = avro.Type.forSchema(readAvroSchema('decision') as avro.Schema, { registry });
const AUDIT = avro.Type.forSchema(readAvroSchema('audit') as avro.Schema, { registry });
/** From fastavro 1.12.1: `fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO")`, after the two bytes of magic. */
const HEADS = { decision: 'c3015f4896f55caf3c18', audit: 'c301ecb50db57cab0638' };

interface Written {
  readonly decisions: readonly Buffer[];
  readonly audit: readonly Buffer[];
}

function write(output: 'json' | 'avro', records: readonly RawRecord[], policies: readonly Policy[]): Written {
  const context = createLaneContext(aSetup({ output, policies: [] }));
  const worker = new LaneWorker({ ...context, set: aSet(policies) });
  restore(worker);
  const { result } = judge(worker, records);
  const { buffer, decisions, audit } = result;
  return { decisions: valuesOf(readBlock(buffer, decisions)), audit: valuesOf(readBlock(buffer, audit)) };
}

function valuesOf({ bytes, index, count }: OutputBlock): readonly Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(bytes.subarray(index[3 * i + 1], index[3 * i + 2])));
}

const line = fc.oneof(
  { weight: 9, arbitrary: arbitraryGiven },
  { weight: 1, arbitrary: fc.constantFrom('nonsense', '{"event_id":"x","session_id":"s1"}') },
);
const history = fc.tuple(fc.array(line, { maxLength: 12 }).map(recordsOf), arbitraryPolicies);

describe('outputs in Avro', () => {
  it('stand for the JSON that would have been written, to the byte, so that an audit chain can be checked', async () => {
    const property = fc.property(history, ([records, policies]) => {
      const json = write('json', records, policies);
      const binary = write('avro', records, policies);
      const text = (value: Buffer) => Buffer.from(outputJson(value)).toString();
      expect(binary.decisions.map(text)).toEqual(json.decisions.map(String));
      expect(binary.audit.map(text)).toEqual(json.audit.map(String));
      let head = { index: 0, hash: '0'.repeat(64) };
      for (const value of binary.audit) {
        const check = verifyAuditLine(outputJson(value), () => head);
        expect(check.kind).toBe('intact');
        if (check.kind === 'intact') head = check.head;
      }
    });
    await fc.assert(property, { seed: 6, numRuns: 100 });
  });

  it('are read by an Avro library with the shipped schemas, members as the JSON has them', async () => {
    const property = fc.property(history, ([records, policies]) => {
      const json = write('json', records, policies);
      const binary = write('avro', records, policies);
      for (const [i, value] of binary.decisions.entries()) {
        const read = DECISION.fromBuffer(value.subarray(10)) as Record<string, unknown>;
        const expected = JSON.parse(String(json.decisions[i])) as Record<string, unknown>;
        for (const name of ['decision_id', 'effect', 'session_id', 'occurred_at', 'session', 'policy_revision']) {
          expect(read[name] ?? undefined).toEqual(expected[name]);
        }
      }
      for (const [i, value] of binary.audit.entries()) {
        const read = AUDIT.fromBuffer(value.subarray(10)) as Record<string, unknown>;
        const { hash, index, source } = JSON.parse(String(json.audit[i])) as Record<string, unknown>;
        expect(read).toMatchObject({ hash, index, source });
      }
    });
    await fc.assert(property, { seed: 7, numRuns: 50 });
  });

  it('are the same bytes again, and begin with the fingerprints that other libraries find', () => {
    const records = recordsOf([{ fields: { type: 'tool_call', tool: 'shell', params: { n: 1 } }, trusted: false }]);
    const once = write('avro', records, []);
    expect(write('avro', records, [])).toEqual(once);
    expect(once.decisions[0]?.subarray(0, 10).toString('hex')).toBe(HEADS.decision);
    expect(once.audit[0]?.subarray(0, 10).toString('hex')).toBe(HEADS.audit);
  });

  it('that were changed do not check, and what is none is refused in bounded time', async () => {
    const records = recordsOf([{ fields: { type: 'tool_call', tool: 'shell', params: { n: 1 } }, trusted: false }]);
    const [value] = write('avro', records, []).audit;
    if (value === undefined) throw new Error('no audit record');
    const before = () => ({ index: 0, hash: '0'.repeat(64) });
    const changes = fc.array(fc.tuple(fc.integer({ min: 10, max: value.length - 1 }), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    const property = fc.property(changes, (all) => {
      const changed = Buffer.from(value);
      for (const [at, byte] of all) changed.writeUInt8(byte, at);
      fc.pre(!changed.equals(value));
      const check = kindOf(() => verifyAuditLine(outputJson(changed), before).kind);
      expect(['broken', 'refused']).toContain(check);
    });
    await fc.assert(property, { seed: 8, numRuns: 1_000 });
    // An array of ever so many items.
    const endless = Buffer.concat([value.subarray(0, 10), Buffer.from('feffffffffffffff7f', 'hex')]);
    expect(kindOf(() => outputJson(endless))).toBe('refused');
  });

  it('are told from what is no output by their heads', () => {
    const json = Buffer.from('{"decision_id":"d"}');
    expect(outputJson(json)).toBe(json);
    const other = Buffer.concat([Buffer.from([0xc3, 0x01]), createHash('sha256').update('another schema').digest()]);
    expect(outputJson(other)).toBe(other);
    expect(new OutputAvro().textOf(other)).toBeUndefined();
  });
});

function kindOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'RejectedInput' });
    return 'refused';
  }
}
