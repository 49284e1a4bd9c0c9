/**
 * Zigzag varints of the record format: VARINT for int32, VARLONG for integers whose double is still exact. Seven bits a
 * byte, least first. Source: https://protobuf.dev/programming-guides/encoding/#varints
 */

export function sizeOfVarint(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  return zigzag < 0x1000_0000 ? 4 : 5;
}

/** Returns the place behind it. */
export function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = start;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

export function sizeOfVarlong(value: number): number {
  let size = 1;
  for (let rest = zigzagOf(value); rest > 0x7f; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Returns the place behind it. */
export function writeVarlong(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = zigzagOf(value);
  while (rest > 0x7f) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at++] = rest;
  return at;
}

/** Exact up to 2⁵² in magnitude: 140,000 years in milliseconds. */
function zigzagOf(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
