import { TollgateError } from '../domain/errors.ts';
import { LATER_CODES } from './later-codes.ts';

/** What is looked at of kafkajs's errors, of the system's, and of ours. */
interface KnownError {
  readonly name?: unknown;
  readonly message?: unknown;
  /** Name of the protocol's error code. */
  readonly type?: unknown;
  /** A number of the protocol, or a name of the system's. */
  readonly code?: unknown;
  readonly broker?: unknown;
  readonly cause?: unknown;
}

/** Causes are followed this deep. */
const MAX_CAUSES = 8;
/** How kafkajs 2.2.4 speaks of a code that it does not know. */
const UNKNOWN_TYPE = 'KAFKAJS_UNKNOWN_ERROR_CODE';
const UNKNOWN_CODE = /Unknown error code (\d+)/;
/** Other errors have a `type` too, in other letters. */
const PROTOCOL_TYPE = /^[A-Z][A-Z_]+$/;
/** Names by which Node and OpenSSL refuse the other side's certificate, or find that it does not speak TLS. */
const TLS_CODE = /^(?:ERR_TLS|ERR_SSL|EPROTO)|CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH/;

/** Errors of kafkajs that say: nobody answered. */
const UNREACHABLE_NAMES: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSTimeout',
  'KafkaJSLockTimeout',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
]);

/** What a socket fails with when it works at all. */
const UNREACHABLE_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ENOTCONN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

const NEXT_FOR_ACCESS =
  'give this user the rights that the README lists (topics, group, transactional id), then start again';
const NEXT_FOR_LOGIN = 'check `kafka.sasl` against the user on the broker';
const NEXT_FOR_SIZE = 'raise `max.message.bytes` of the topic: `tollgate topics check` says what it must be';
const NEXT_FOR_VERSION = 'use Apache Kafka 2.5 or later, or a service that speaks its protocol';
const NEXT_FOR_TLS = 'check `kafka.ssl`: the certificate authority, the server name, and that this port speaks TLS';
const NEXT_FOR_BROKER = 'check that the brokers run and that `kafka.brokers` names them';

/** Two processes of one transactional id fence each other for ever. */
const NEXT_FOR_FENCED = 'should it come again, see that no other process has the same `kafka.instanceId`';

/** Passing answers that come again for ever where somebody did something, and what to look at then. */
const SUSPICIONS: ReadonlyMap<string, string> = new Map([
  ['INVALID_PRODUCER_EPOCH', NEXT_FOR_FENCED],
  ['PRODUCER_FENCED', NEXT_FOR_FENCED],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'should it come again, a topic was deleted: see `tollgate topics check`'],
]);

/** Answers that come again until somebody does something, and what. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['TOPIC_AUTHORIZATION_FAILED', NEXT_FOR_ACCESS],
  ['GROUP_AUTHORIZATION_FAILED', NEXT_FOR_ACCESS],
  ['CLUSTER_AUTHORIZATION_FAILED', NEXT_FOR_ACCESS],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', NEXT_FOR_ACCESS],
  ['SASL_AUTHENTICATION_FAILED', NEXT_FOR_LOGIN],
  ['ILLEGAL_SASL_STATE', NEXT_FOR_LOGIN],
  ['UNSUPPORTED_SASL_MECHANISM', NEXT_FOR_LOGIN],
  ['MESSAGE_TOO_LARGE', NEXT_FOR_SIZE],
  ['RECORD_LIST_TOO_LARGE', NEXT_FOR_SIZE],
  ['UNSUPPORTED_VERSION', NEXT_FOR_VERSION],
  ['UNSUPPORTED_COMPRESSION_TYPE', 'give `kafka.compression` another value, or use brokers that know this one'],
  ['INVALID_TIMESTAMP', 'check the clocks of this machine and of the brokers'],
  [
    'INVALID_TRANSACTION_TIMEOUT',
    'lower `kafka.transactionTimeoutMs`, or raise `transaction.max.timeout.ms` of the brokers',
  ],
  [
    'INVALID_SESSION_TIMEOUT',
    'bring `kafka.sessionTimeoutMs` between `group.min.session.timeout.ms` and `group.max.session.timeout.ms` of the brokers',
  ],
  ['GROUP_MAX_SIZE_REACHED', 'raise `group.max.size` of the brokers, or start fewer processes'],
  [
    'INCONSISTENT_GROUP_PROTOCOL',
    'another kind of consumer is in this group: give Tollgate a `kafka.groupId` of its own',
  ],
  ['POLICY_VIOLATION', 'ask who runs the brokers: their policy refuses the request'],
]);

/** Answers after which a new producer, a new join or fresh metadata is all that is needed. */
const PASSING: ReadonlySet<string> = new Set([
  // Somebody else has this transactional id now, or the coordinator ended the transaction.
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_TXN_STATE',
  'INVALID_PRODUCER_ID_MAPPING',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'TRANSACTION_ABORTABLE',
  'TRANSACTION_COORDINATOR_FENCED',
  'CONCURRENT_TRANSACTIONS',
  // The membership is over, or about to be.
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
  'MEMBER_ID_REQUIRED',
  // Leaders and coordinators move.
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'BROKER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'NOT_CONTROLLER',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'REQUEST_TIMED_OUT',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'UNSTABLE_OFFSET_COMMIT',
  'THROTTLING_QUOTA_EXCEEDED',
  'NEW_LEADER_ELECTED',
  'UNKNOWN_TOPIC_ID',
  'CORRUPT_MESSAGE',
]);

/** The protocol's name of what a broker answered (`ILLEGAL_GENERATION`), wherever in the causes it is; else undefined. */
export function kafkaErrorType(thrown: unknown): string | undefined {
  for (const error of causesOf(thrown)) {
    if (error.type === UNKNOWN_TYPE) return laterType(error);
    if (typeof error.type === 'string' && PROTOCOL_TYPE.test(error.type)) return error.type;
  }
  return undefined;
}

/**
 * Total: what any failure of a request becomes. `what` says what was being done, as in "committing".
 * `broker_unreachable`: nobody answered, may be tried again. `broker_refused`: the same answer comes again until somebody
 * does what `next` says. `commit_failed`, retryable: what was being done is lost, and a new attempt from the log will do.
 * What is no failure of Kafka's is `internal`, and a signal's AbortError is `aborted`.
 */
export function kafkaError(thrown: unknown, what: string): TollgateError {
  const causes = causesOf(thrown);
  for (const cause of causes) if (cause instanceof TollgateError) return cause;
  if (causes.some(({ name }) => name === 'AbortError')) {
    return new TollgateError('aborted', `stopped while ${what}`, { cause: thrown });
  }
  const type = kafkaErrorType(thrown);
  if (type !== undefined) return kafkaAnswer(type, what, thrown);
  return unanswered(causes, what, thrown) ?? TollgateError.from(thrown);
}

/** The same for an error that a broker put into its answer for one partition, by the protocol's name of it. */
export function kafkaAnswer(type: string, what: string, cause?: unknown): TollgateError {
  const message = `${what} failed: the broker answered ${type}`;
  if (PASSING.has(type)) {
    const next = SUSPICIONS.get(type);
    const hint = next === undefined ? {} : { next };
    return new TollgateError('commit_failed', message, { ...hint, retryable: true, cause });
  }
  const next = REFUSALS.get(type) ?? 'look the answer up in the documentation of Kafka; it would come again';
  return new TollgateError('broker_refused', message, { next, cause });
}

function unanswered(causes: readonly KnownError[], what: string, cause: unknown): TollgateError | undefined {
  const login = causes.find(({ name }) => name === 'KafkaJSSASLAuthenticationError');
  if (login !== undefined) {
    return new TollgateError('broker_refused', `${what} failed: ${textOf(login)}`, { next: NEXT_FOR_LOGIN, cause });
  }
  if (causes.some(({ name }) => name === 'KafkaJSServerDoesNotSupportApiKey')) {
    return new TollgateError('broker_refused', `${what} failed: the broker is too old`, {
      next: NEXT_FOR_VERSION,
      cause,
    });
  }
  const tls = causes.find(({ code }) => typeof code === 'string' && TLS_CODE.test(code));
  if (tls !== undefined) {
    return new TollgateError('broker_refused', `${what} failed: ${textOf(tls)}`, {
      ...whereOf(tls),
      next: NEXT_FOR_TLS,
      cause,
    });
  }
  const silent = causes.find(({ name, code }) => UNREACHABLE_NAMES.has(String(name)) || UNREACHABLE_CODES.has(code));
  if (silent === undefined) return undefined;
  const details = { ...whereOf(silent), next: NEXT_FOR_BROKER, retryable: true, cause };
  return new TollgateError('broker_unreachable', `${what} failed: ${textOf(silent)}`, details);
}

/** The error, its cause, and so on. */
function causesOf(thrown: unknown): readonly KnownError[] {
  const causes: KnownError[] = [];
  let error = thrown;
  while (typeof error === 'object' && error !== null && causes.length < MAX_CAUSES) {
    causes.push(error);
    error = (error as KnownError).cause;
  }
  return causes;
}

function laterType({ message }: KnownError): string {
  const code = UNKNOWN_CODE.exec(String(message))?.[1];
  return LATER_CODES.get(Number(code)) ?? UNKNOWN_TYPE;
}

function textOf({ message, name }: KnownError): string {
  return typeof message === 'string' && message !== '' ? message : String(name);
}

function whereOf({ broker }: KnownError): { readonly where?: string } {
  return typeof broker === 'string' ? { where: `broker ${broker}` } : {};
}
