import { TollgateError } from '../domain/errors.ts';
import type { PartitionMeta } from '../pipeline/ports.ts';
import type { TopicIds } from './topic-ids.ts';

/** What a meta record says. */
export interface MetaRecord {
  readonly meta: PartitionMeta;
  /** Which topics the positions are of. Empty where the brokers know no ids; a topic that is absent cannot be compared. */
  readonly topicIds: TopicIds;
}

/**
 * Key of a partition's meta record in the sessions changelog. Session records are keyed by session ids, which are UTF-8:
 * no session can have this key, since 0xFF occurs in no UTF-8 text.
 */
export const META_KEY: Uint8Array = Buffer.concat([Buffer.from([0xff]), Buffer.from('tollgate-meta')]);

const VERSION = 1;
const HASH = /^[0-9a-f]{64}$/;

interface MetaJson {
  readonly v: number;
  readonly positions: Readonly<Record<string, number>>;
  /** Of topics that have a position. Absent where no id is known, and in records of programs that knew none. */
  readonly topic_ids?: Readonly<Record<string, string>>;
  readonly chain: { readonly index: number; readonly hash: string };
  readonly clock_ms: number | null;
  readonly policy_revision: string;
}

/** True for the key of a meta record. */
export function isMetaKey(key: Uint8Array): boolean {
  return key[0] === 0xff && Buffer.compare(key, META_KEY) === 0;
}

/** The value of a meta record: JSON, so that operators can read it with any tool. Of the ids those of topics with a position. */
export function encodeMeta({ positions, chain, clockMs, policyRevision }: PartitionMeta, topicIds: TopicIds): Buffer {
  const ids = [...topicIds].filter(([topic]) => positions.has(topic));
  const json: MetaJson = {
    v: VERSION,
    positions: Object.fromEntries(positions),
    ...(ids.length > 0 && { topic_ids: Object.fromEntries(ids) }),
    chain,
    clock_ms: Number.isFinite(clockMs) ? clockMs : null,
    policy_revision: policyRevision,
  };
  return Buffer.from(JSON.stringify(json));
}

/** Reads a meta record. Throws `position_contradicts` for what this program did not write, or a later version did. */
export function decodeMeta(value: Uint8Array, where: string): MetaRecord {
  const json = parse(value, where);
  if (json.v !== VERSION) throw unreadable(where, `its version is ${String(json.v)}, this program knows ${VERSION}`);
  const positions = new Map(Object.entries(json.positions ?? {}));
  const topicIds = new Map(Object.entries(json.topic_ids ?? {}));
  const isSound =
    isObject(json.positions) &&
    [...positions.values()].every(isCount) &&
    (json.topic_ids === undefined || isObject(json.topic_ids)) &&
    [...topicIds.values()].every((id) => typeof id === 'string') &&
    isObject(json.chain) &&
    isCount(json.chain.index) &&
    typeof json.chain.hash === 'string' &&
    HASH.test(json.chain.hash) &&
    (json.clock_ms === null || Number.isFinite(json.clock_ms)) &&
    typeof json.policy_revision === 'string';
  if (!isSound) throw unreadable(where, 'its members are not what they must be');
  const meta = {
    positions,
    chain: { index: json.chain.index, hash: json.chain.hash },
    clockMs: json.clock_ms ?? Number.NEGATIVE_INFINITY,
    policyRevision: json.policy_revision,
  };
  return { meta, topicIds };
}

function parse(value: Uint8Array, where: string): MetaJson {
  try {
    const json: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    if (isObject(json)) return json as MetaJson;
  } catch (thrown) {
    throw unreadable(where, 'it is not JSON', thrown);
  }
  throw unreadable(where, 'it is no JSON object');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function unreadable(where: string, why: string, cause?: unknown): TollgateError {
  return new TollgateError('position_contradicts', `the partition's meta record cannot be read: ${why}`, {
    where,
    next: 'see that no other program writes to the sessions topic, and that this is not an older tollgate than before',
    cause,
  });
}
