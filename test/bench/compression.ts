import { loadCodec } from '../../src/compression/codecs.ts';
import { NATIVE_ZSTD } from '../../src/compression/native-zstd.ts';
import { COMPRESSIONS, type Compression } from '../../src/domain/compression.ts';
import { RecordBatchBuilder } from '../../src/kafka/mends/record-batch.ts';
import { decodeBatches } from '../../src/kafka/mends/record-batch-decoder.ts';
import { readBlock } from '../../src/lanes/result-frame.ts';
import type { BenchCase, BenchOptions, BenchResult, Figure, Ratio } from './bench-case.ts';
import { median } from './frame/median.ts';
import { batches, judgeBatch, openWorker } from './given-lanes.ts';
import { benchSetup } from './setup.ts';
import { makeWorkload } from './workload.ts';

/** As many as a transaction has of one partition under load. */
const BATCH = 128;
const SHAPE = { sessions: 10_000, partitions: 8, bytes: 500, seed: 42 };
const FULL = { events: 60_000, rounds: 5 };
const QUICK = { events: 8_000, rounds: 1 };
const HEAD = { producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true };
const DECIDED_AT = Buffer.from('2026-03-02T00:00:00.000Z');

/** What writing and reading the real output costs in each compression, beside none. */
export const compression: BenchCase = {
  name: 'compression',
  title: 'Compression of decisions and audit records',
  run: measure,
};

/** The values of one batch. */
type Values = readonly Uint8Array[];

/** Of one compression in one round, a record: CPU microseconds, bytes with the batch's head. */
interface Cost {
  readonly write: number;
  readonly read: number;
  readonly bytes: number;
}

async function measure({ quick, signal, log }: BenchOptions): Promise<BenchResult> {
  const { events, rounds } = quick ? QUICK : FULL;
  for (const name of COMPRESSIONS) if (name !== 'none') await loadCodec(name);
  const outputs = await outputBatches(events);
  const costs = new Map<Compression, Cost[]>(COMPRESSIONS.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of COMPRESSIONS) {
      signal.throwIfAborted();
      const cost = costOf(outputs, name);
      log(`round ${round}${round === 0 ? ' (warm-up)' : ''}, ${name}: ${cost.write.toFixed(2)} µs a record to write`);
      if (round > 0) costs.get(name)?.push(cost);
    }
  }
  return resultOf(costs, { events, rounds });
}

/** Decisions and audit records of a run of the judging code, in batches as a transaction has them. */
async function outputBatches(events: number): Promise<readonly Values[]> {
  const worker = openWorker(await benchSetup(SHAPE.partitions), SHAPE.partitions);
  const all: Values[] = [];
  for (const work of batches(makeWorkload(events, SHAPE), BATCH)) {
    for (const { buffer, decisions, audit } of judgeBatch(worker, [work])?.segments ?? []) {
      for (const place of [decisions, audit]) {
        const { count, bytes, index } = readBlock(buffer, place);
        all.push(Array.from({ length: count }, (_, i) => bytes.slice(index[3 * i + 1], index[3 * i + 2])));
      }
    }
  }
  return all;
}

function costOf(outputs: readonly Values[], name: Compression): Cost {
  const records = outputs.reduce((sum, values) => sum + values.length, 0);
  const builders = outputs.map(builderOf);
  const [finished, writeUs] = cpuOf(() => builders.map((builder) => builder.finish(HEAD, name)));
  const place = { topic: 'bench', partition: 0 };
  const [read, readUs] = cpuOf(() =>
    finished.map((bytes) => [...decodeBatches(bytes, place)].flatMap((b) => b.records())),
  );
  if (read.flat().length !== records) throw new Error(`${name}: not every record was read again`);
  const bytes = finished.reduce((sum, { length }) => sum + length, 0);
  return { write: writeUs / records, read: readUs / records, bytes: bytes / records };
}

function builderOf(values: Values): RecordBatchBuilder {
  const builder = new RecordBatchBuilder();
  for (const [i, value] of values.entries()) {
    const headers = [
      { name: 'tollgate_decided_at', value: DECIDED_AT },
      { name: 'tollgate_source', value: `bench/0/${i}` },
    ];
    builder.append({ key: Buffer.from(`session-${i}`), value, headers, timestampMs: 1_772_400_000_000 });
  }
  return builder;
}

/** What the call gives, and the CPU time that this process took for it, microseconds. */
function cpuOf<T>(call: () => T): readonly [T, number] {
  globalThis.gc?.();
  const before = process.cpuUsage();
  const result = call();
  const { user, system } = process.cpuUsage(before);
  return [result, user + system];
}

function resultOf(
  costs: ReadonlyMap<Compression, readonly Cost[]>,
  { events, rounds }: { readonly events: number; readonly rounds: number },
): BenchResult {
  const of = (name: Compression, pick: (cost: Cost) => number) => median((costs.get(name) ?? []).map(pick));
  const figures = COMPRESSIONS.flatMap((name): Figure[] => [
    { name: `${name}: writing`, value: of(name, ({ write }) => write), unit: 'µs CPU/record' },
    { name: `${name}: reading`, value: of(name, ({ read }) => read), unit: 'µs CPU/record' },
    { name: `${name}: size`, value: of(name, ({ bytes }) => bytes), unit: 'bytes/record' },
  ]);
  const ratios = COMPRESSIONS.filter((name) => name !== 'none').map((name): Ratio => {
    const value = of(name, ({ bytes }) => bytes) / of('none', ({ bytes }) => bytes);
    return { name: `${name} / none: size`, value, higherIsBetter: false };
  });
  return {
    figures,
    ratios,
    notes: [
      `Decisions and audit records of ${events} events of ${SHAPE.bytes} bytes, in batches of ${BATCH} records; the median of ${rounds} rounds after a warm-up.`,
      'Writing: compression, head and checksum of a batch whose records lie in it already. Reading: checksum, decompression, records.',
      `zstd is ${NATIVE_ZSTD === undefined ? 'zstd in Wasm, because this Node has none' : 'Node’s own'}.`,
      'Not measured: network and disk, which are what compression saves.',
    ],
  };
}
