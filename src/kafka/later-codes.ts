/**
 * Error codes that are newer than kafkajs 2.2.4, as far as they may be answered to requests of ours.
 * Source: `org.apache.kafka.common.protocol.Errors` of Apache Kafka 4.
 */
export const LATER_CODES: ReadonlyMap<number, string> = new Map([
  [89, 'THROTTLING_QUOTA_EXCEEDED'],
  [90, 'PRODUCER_FENCED'],
  [100, 'UNKNOWN_TOPIC_ID'],
  [103, 'INCONSISTENT_TOPIC_ID'],
  [105, 'TRANSACTIONAL_ID_NOT_FOUND'],
  [108, 'NEW_LEADER_ELECTED'],
  [109, 'OFFSET_MOVED_TO_TIERED_STORAGE'],
  [110, 'FENCED_MEMBER_EPOCH'],
  [111, 'UNRELEASED_INSTANCE_ID'],
  [113, 'STALE_MEMBER_EPOCH'],
  [120, 'TRANSACTION_ABORTABLE'],
]);
