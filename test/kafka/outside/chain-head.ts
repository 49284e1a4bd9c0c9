/** Head of a chain: the next index, the last hash. */
export interface Head {
  readonly index: number;
  readonly hash: string;
}

/** Of a chain without a record. */
export const EMPTY_HEAD: Head = { index: 0, hash: '0'.repeat(64) };
