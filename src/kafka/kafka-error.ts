import { TollgateError } from '../domain/errors.ts';
import {
  NEXT_FOR_BROKER,
  NEXT_FOR_LISTENER,
  NEXT_FOR_LOGIN,
  NEXT_FOR_TLS,
  NEXT_FOR_VERSION,
  REFUSALS,
  SUSPICIONS,
  TLS_CODE,
} from './advice.ts';
import { LATER_CODES } from './later-codes.ts';
import { missingRight } from './missing-right.ts';

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

/** Of those: the ones of a connection that was there. */
const CLOSED_NAMES: ReadonlySet<string> = new Set(['KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError']);
const CLOSED_CODES: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

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
  const next =
    missingRight(type, cause) ??
    REFUSALS.get(type) ??
    'look the answer up in the documentation of Kafka; it would come again';
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
  // Whoever takes connections and ends them wants another kind of them, or is on its way out.
  const next =
    CLOSED_NAMES.has(String(silent.name)) || CLOSED_CODES.has(silent.code) ? NEXT_FOR_LISTENER : NEXT_FOR_BROKER;
  const details = { ...whereOf(silent), next, retryable: true, cause };
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
