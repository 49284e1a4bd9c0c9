import { expect, it } from 'vitest';
import { loadedCodec } from '../../../src/compression/codecs.ts';
import { decodeBatches, loadCodecsOf } from '../../../src/kafka/mends/record-batch-decoder.ts';
import { batchOf, NOON_MS, PLACE, resealed } from './batches.ts';

/** A batch with a codec's number in it; what follows is not compressed. */
function numbered(codec: number): Buffer {
  const batch = batchOf([{ key: null, value: Buffer.from('value'), timestampMs: NOON_MS }]);
  batch.writeInt16BE(codec, 21);
  return resealed(batch);
}

it('loads the codecs that the batches of a response need, and no other', async () => {
  await loadCodecsOf(Buffer.concat([numbered(0), numbered(7)]));
  expect([1, 2, 3, 4].map((number) => loadedOf(number))).toEqual([false, false, false, false]);
  await loadCodecsOf(Buffer.concat([numbered(0), numbered(3), numbered(2), numbered(1).subarray(0, 70)]));
  expect([1, 2, 3, 4].map((number) => loadedOf(number))).toEqual([true, true, true, false]);
});

it('says that a codec is not loaded, where there is none for this machine', () => {
  const [batch] = decodeBatches(numbered(4), PLACE);
  expect(() => batch?.records()).toThrow('its compression is zstd, which cannot be loaded on this machine');
});

function loadedOf(number: number): boolean {
  return loadedCodec((['gzip', 'snappy', 'lz4', 'zstd'] as const)[number - 1] ?? 'gzip') !== undefined;
}
