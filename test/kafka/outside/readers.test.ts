import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { committedOffsets } from './committed-offsets.ts';
import { FIELD_SEPARATOR, HEADER_SEPARATOR, readConsoleLines } from './console-lines.ts';
import { KcatFrames, kcatFormat, readKcatFrames } from './kcat-frames.ts';
import type { OutsideReader, OutsideRecord } from './outside-record.ts';

const SEED = 20_260_302;
const BOUNDARY = '0123456789abcdef0123456789abcdef';

const bytes = fc.option(fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)));
const headers = fc
  .array(
    fc.tuple(fc.constantFrom('tollgate_source', 'traceparent', 'ce_type'), fc.stringMatching(/^[a-z/: \n]{0,12}$/)),
  )
  .map((entries) => new Map(entries));
const records: fc.Arbitrary<OutsideRecord[]> = fc.array(
  fc.record({ partition: fc.nat(20), offset: fc.nat(), timestampMs: fc.nat(), key: bytes, value: bytes, headers }),
);

describe('the frames of kcat', () => {
  it('come back as they were printed, whatever bytes are in them', () => {
    fc.assert(
      fc.property(records, (given) => {
        expect(readKcatFrames(Buffer.concat(given.map(printed)), BOUNDARY)).toEqual(given);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('are the same in whatever pieces they come', () => {
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 60 }), (given, size) => {
        const found: OutsideRecord[] = [];
        const frames = new KcatFrames(BOUNDARY, (record) => found.push(record));
        const printout = Buffer.concat(given.map(printed));
        for (let at = 0; at < printout.length; at += size) frames.push(printout.subarray(at, at + size));
        frames.end();
        expect(found).toEqual(given);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('are asked for with a boundary before every record', () => {
    expect(kcatFormat(BOUNDARY)).toBe(`${BOUNDARY} %p %o %T %K %S %h ${BOUNDARY} %k%s\\n`);
  });

  it.each([
    ['cut off in the value', (text: string) => text.slice(0, -8)],
    ['of another boundary', (text: string) => text.replace('0123', '9999')],
    ['with a line of something else', (text: string) => `% warning\n${text}`],
  ])('%s are refused', (_, spoil) => {
    const record = {
      partition: 1,
      offset: 2,
      timestampMs: 3,
      key: null,
      value: Buffer.from('a long value'),
      headers: new Map(),
    };
    expect(() => readKcatFrames(Buffer.from(spoil(String(printed(record)))), BOUNDARY)).toThrow(/byte|cut off/);
  });
});

function printed({ partition, offset, timestampMs, key, value, headers: named }: OutsideRecord): Buffer {
  const numbers = [partition, offset, timestampMs, key?.length ?? -1, value?.length ?? -1].join(' ');
  const text = Array.from(named, ([name, header]) => `${name}=${header}`).join();
  const front = Buffer.from(`${BOUNDARY} ${numbers} ${text} ${BOUNDARY} `);
  return Buffer.concat([front, key ?? Buffer.alloc(0), value ?? Buffer.alloc(0), Buffer.from('\n')]);
}

describe("the lines of Kafka's console consumer", () => {
  it('come back as they were printed, whatever bytes are in them', () => {
    fc.assert(
      fc.property(records, (given) => {
        expect(readConsoleLines(given.map(line).join(''), 'NOTHING')).toEqual(given);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('are told from the log of the tool', () => {
    expect(readConsoleLines('2026-03-02 main ERROR Error processing message\n', 'NOTHING')).toEqual([]);
  });

  it('that are cut off are refused', () => {
    expect(() => readConsoleLines(`CreateTime:1${FIELD_SEPARATOR}Partition:0`, 'NOTHING')).toThrow('no record');
  });
});

function line({ partition, offset, timestampMs, key, value, headers: named }: OutsideRecord): string {
  const shown = Array.from(named, ([name, header]) => `${name}:${escaped(Buffer.from(header))}`);
  const text = named.size === 0 ? 'NO_HEADERS' : shown.join(HEADER_SEPARATOR);
  const front = [`CreateTime:${timestampMs}`, `Partition:${partition}`, `Offset:${offset}`];
  return `${[...front, text, escaped(key), escaped(value)].join(FIELD_SEPARATOR)}\n`;
}

/** `Bytes.toString` of Kafka: printable ASCII but the backslash, everything else `\xNN`. */
function escaped(value: Buffer | null): string {
  if (value === null) return 'NOTHING';
  const shown = (byte: number) =>
    byte >= 0x20 && byte <= 0x7e && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return Array.from(value, shown).join('');
}

describe("the group's offsets", () => {
  it('are the latest ones of this group, deleted ones left out', async () => {
    const log = [
      commit('g', 'calls', 0, 5n),
      commit('g', 'calls', 0, 9n),
      commit('other', 'calls', 0, 77n),
      commit('g', 'steps', 3, 1n),
      { ...commit('g', 'steps', 3, 1n), value: null },
      { ...commit('g', 'calls', 1, 4n), key: Buffer.from([0, 2, 0, 1, 0x67]) },
    ];
    const reader: OutsideReader = { name: 'given', read: async () => log, openTransactions: async () => [] };
    expect(await committedOffsets(reader, 'g')).toEqual(new Map([['calls/0', 9]]));
  });
});

function commit(group: string, topic: string, partition: number, offset: bigint): OutsideRecord {
  const key = Buffer.alloc(10 + group.length + topic.length);
  key.writeInt16BE(1, 0);
  key.writeInt16BE(group.length, 2);
  key.write(group, 4);
  key.writeInt16BE(topic.length, 4 + group.length);
  key.write(topic, 6 + group.length);
  key.writeInt32BE(partition, 6 + group.length + topic.length);
  const value = Buffer.alloc(10);
  value.writeInt16BE(3, 0);
  value.writeBigInt64BE(offset, 2);
  return { partition: 0, offset: 0, timestampMs: 0, key, value, headers: new Map() };
}
