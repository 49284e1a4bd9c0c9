import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { kafkaAnswer, kafkaError, kafkaErrorType } from '../../src/kafka/kafka-error.ts';
import { errorOfCode } from '../../src/kafka/kafkajs.ts';
import { errorTypeOf, protocolError } from '../../src/kafka/mends/protocol-error.ts';

const { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } = kafkajs;

const refused = new KafkaJSConnectionError('Connection error: connect ECONNREFUSED 127.0.0.1:9', {
  broker: '127.0.0.1:9',
  code: 'ECONNREFUSED',
});
const selfSigned = new KafkaJSConnectionError('Connection error: self-signed certificate', {
  broker: 'kafka:9093',
  code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
});
const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });

/** As kafkajs's retrier throws: the last error, wrapped. */
function afterRetries(error: Error): Error {
  return new KafkaJSNumberOfRetriesExceeded(error, { retryCount: 5, retryTime: 100 });
}

function named(name: string, message = 'as kafkajs says it'): Error {
  return Object.assign(new Error(message), { name });
}

describe('kafkaError', () => {
  it.each<[string, unknown, string, boolean]>([
    ['a refused connection', refused, 'broker_unreachable', true],
    ['one after all retries', afterRetries(refused), 'broker_unreachable', true],
    [
      'one that is wrapped without retries',
      Object.assign(new KafkaJSNonRetriableError(refused), { cause: refused }),
      'broker_unreachable',
      true,
    ],
    ['an error of a socket', reset, 'broker_unreachable', true],
    ['a closed connection', named('KafkaJSConnectionClosedError'), 'broker_unreachable', true],
    ['no answer in time', named('KafkaJSRequestTimeoutError'), 'broker_unreachable', true],
    ['a broker that is not in the metadata', named('KafkaJSBrokerNotFound'), 'broker_unreachable', true],
    ['a coordinator that is nowhere', named('KafkaJSGroupCoordinatorNotFound'), 'broker_unreachable', true],
    ['metadata that were never loaded', named('KafkaJSTopicMetadataNotLoaded'), 'broker_unreachable', true],
    ['a certificate that is not trusted', selfSigned, 'broker_refused', false],
    ['a wrong password', named('KafkaJSSASLAuthenticationError'), 'broker_refused', false],
    ['an old broker', named('KafkaJSServerDoesNotSupportApiKey'), 'broker_refused', false],
    ['our own fault', new TypeError('x is undefined'), 'internal', false],
    ['an unknown error of kafkajs', named('KafkaJSInvariantViolation'), 'internal', false],
    ['a text', 'broken', 'internal', false],
    ['nothing', undefined, 'internal', false],
    ['null', null, 'internal', false],
    ['an abort', AbortSignal.abort().reason, 'aborted', false],
    ['an abort within', new Error('stopped', { cause: AbortSignal.abort().reason }), 'aborted', false],
  ])('makes of %s the code that it is', (_, thrown, code, retryable) => {
    expect(kafkaError(thrown, 'reading')).toMatchObject({ code, retryable });
  });

  it.each<[string, number, string, boolean]>([
    ['INVALID_PRODUCER_EPOCH', 47, 'commit_failed', true],
    ['PRODUCER_FENCED', 90, 'commit_failed', true],
    ['TRANSACTION_ABORTABLE', 120, 'commit_failed', true],
    ['INVALID_TXN_STATE', 48, 'commit_failed', true],
    ['ILLEGAL_GENERATION', 22, 'commit_failed', true],
    ['UNKNOWN_MEMBER_ID', 25, 'commit_failed', true],
    ['REBALANCE_IN_PROGRESS', 27, 'commit_failed', true],
    ['FENCED_INSTANCE_ID', 82, 'commit_failed', true],
    ['NOT_LEADER_FOR_PARTITION', 6, 'commit_failed', true],
    ['NOT_COORDINATOR_FOR_GROUP', 16, 'commit_failed', true],
    ['CONCURRENT_TRANSACTIONS', 51, 'commit_failed', true],
    ['MESSAGE_TOO_LARGE', 10, 'broker_refused', false],
    ['RECORD_LIST_TOO_LARGE', 18, 'broker_refused', false],
    ['TOPIC_AUTHORIZATION_FAILED', 29, 'broker_refused', false],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 53, 'broker_refused', false],
    ['SASL_AUTHENTICATION_FAILED', 58, 'broker_refused', false],
    ['UNSUPPORTED_VERSION', 35, 'broker_refused', false],
    ['INVALID_TIMESTAMP', 32, 'broker_refused', false],
    ['INVALID_REQUEST', 42, 'broker_refused', false],
    ['KAFKAJS_UNKNOWN_ERROR_CODE', 9_999, 'broker_refused', false],
  ])('knows %s (%d), from kafkajs, from us, and after retries', (type, number, code, retryable) => {
    for (const error of [errorOfCode(number), protocolError(number, 'calls/3'), afterRetries(errorOfCode(number))]) {
      expect(kafkaErrorType(error)).toBe(type);
      expect(kafkaError(error, 'committing')).toMatchObject({ code, retryable, cause: error });
    }
    expect(kafkaAnswer(errorTypeOf(number) ?? '', 'committing')).toMatchObject({ code, retryable });
  });

  it('says what was being done, what the answer was, and what to do', () => {
    const { message, next } = kafkaError(errorOfCode(29), 'producing to calls/3');
    expect(message).toBe('producing to calls/3 failed: the broker answered TOPIC_AUTHORIZATION_FAILED');
    expect(next).toContain('tollgate topics acls');
    expect(kafkaAnswer('UNKNOWN_TOPIC_OR_PARTITION', 'committing').next).toContain('tollgate topics check');
    expect(kafkaError(afterRetries(refused), 'reading')).toMatchObject({
      message: 'reading failed: Connection error: connect ECONNREFUSED 127.0.0.1:9',
      where: 'broker 127.0.0.1:9',
    });
  });

  it('looks for the level of transactions where a broker that is new enough knows a version no more', () => {
    expect(kafkaAnswer('UNSUPPORTED_VERSION', 'opening').next).toContain('transaction.version');
    const tooOld = Object.assign(new Error('no'), { name: 'KafkaJSServerDoesNotSupportApiKey' });
    expect(kafkaError(tooOld, 'opening').next).not.toContain('transaction.version');
  });

  it('leaves our own errors as they are, however deep they are', () => {
    const ours = new TollgateError('position_contradicts', 'offset 5 is gone');
    expect(kafkaError(ours, 'reading')).toBe(ours);
    expect(kafkaError(new Error('wrapped', { cause: ours }), 'reading')).toBe(ours);
  });

  it('comes to an end when causes go round in a circle', () => {
    const round = new Error('round');
    round.cause = round;
    expect(kafkaError(round, 'reading').code).toBe('internal');
    expect(kafkaErrorType(round)).toBeUndefined();
  });

  it('takes types of other libraries for none of the protocol', () => {
    expect(kafkaErrorType(Object.assign(new Error('x'), { type: 'system', code: 'ENOENT' }))).toBeUndefined();
  });
});
