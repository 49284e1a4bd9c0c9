const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * The partition, 0…`partitions`−1, to which Kafka's default partitioner sends a record with this key (a string stands
 * for its UTF-8 bytes): murmur2 without its sign, modulo the number of partitions.
 */
export function partitionOf(key: Uint8Array | string, partitions: number): number {
  return (hashOf(key) & 0x7fffffff) % partitions;
}

/** Room for the UTF-8 of the longest key that is encoded in place, and its length in UTF-16 units. */
const SCRATCH = Buffer.allocUnsafeSlow(1024);
const SCRATCH_UNITS = Math.floor(SCRATCH.length / 3);

function hashOf(key: Uint8Array | string): number {
  if (typeof key !== 'string') return murmur2(key, key.length);
  if (key.length <= SCRATCH_UNITS) return murmur2(SCRATCH, isWrittenAsAscii(key) ? key.length : SCRATCH.write(key));
  const bytes = Buffer.from(key, 'utf8');
  return murmur2(bytes, bytes.length);
}

/** Nearly all ids are ASCII, and short: a loop is faster than a call out of the engine. */
function isWrittenAsAscii(key: string): boolean {
  for (let at = 0; at < key.length; at++) {
    const unit = key.charCodeAt(at);
    if (unit > 0x7f) return false;
    SCRATCH[at] = unit;
  }
  return true;
}

/** MurmurHash 2 of the first `length` bytes: 32 bits, little-endian, with the seed of Kafka's Java client (`Utils.murmur2`). */
function murmur2(bytes: Uint8Array, length: number): number {
  let hash = SEED ^ length;
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let word =
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  const rest = length - whole;
  if (rest === 3) hash ^= byteAt(bytes, whole + 2) << 16;
  if (rest >= 2) hash ^= byteAt(bytes, whole + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byteAt(bytes, whole), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
