/** Places and bits in a record batch of format v2. Source: https://kafka.apache.org/documentation/#recordbatch */

export const MAGIC = 2;
/** From the base offset to the number of records. */
export const HEAD_BYTES = 61;
/** Base offset and length, which the length does not count. */
export const SIZE_FROM = 12;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
/** The checksum covers everything from the attributes on. */
export const CRC_FROM = 21;

/** Bits of the attributes. */
export const CODEC = 0x07;
export const LOG_APPEND_TIME = 0x08;
export const TRANSACTIONAL = 0x10;
export const CONTROL = 0x20;
