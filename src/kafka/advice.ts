/** What people can do about failures of brokers: the `next` of errors, by what was answered. */

export const NEXT_FOR_LOGIN = 'check `kafka.sasl` against the user on the broker';
const NEXT_FOR_SIZE = 'raise `max.message.bytes` of the topic: `tollgate topics check` says what it must be';
export const NEXT_FOR_VERSION = 'use Apache Kafka 2.5 or later, or a service that speaks its protocol';
export const NEXT_FOR_TLS =
  'check `kafka.ssl`: the certificate authority, the server name, and that this port speaks TLS';
export const NEXT_FOR_BROKER = 'check that the brokers run and that `kafka.brokers` names them';

/** For whoever takes a connection and then says nothing, or ends it: so do listeners of another kind. */
export const NEXT_FOR_LISTENER =
  'check that the brokers run, that `kafka.brokers` names them, and that `kafka.ssl` and `kafka.sasl` are what their listener wants';

/** Two processes of one transactional id fence each other for ever. */
const NEXT_FOR_FENCED = 'should it come again, see that no other process has the same `kafka.instanceId`';

/** Passing answers that come again for ever where somebody did something, and what to look at then. */
export const SUSPICIONS: ReadonlyMap<string, string> = new Map([
  ['INVALID_PRODUCER_EPOCH', NEXT_FOR_FENCED],
  ['PRODUCER_FENCED', NEXT_FOR_FENCED],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'should it come again, a topic was deleted: see `tollgate topics check`'],
]);

/** Answers that come again until somebody does something, and what. */
export const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['SASL_AUTHENTICATION_FAILED', NEXT_FOR_LOGIN],
  ['ILLEGAL_SASL_STATE', NEXT_FOR_LOGIN],
  ['UNSUPPORTED_SASL_MECHANISM', 'set `kafka.sasl.mechanism` to one that this listener of the brokers has'],
  ['MESSAGE_TOO_LARGE', NEXT_FOR_SIZE],
  ['RECORD_LIST_TOO_LARGE', NEXT_FOR_SIZE],
  [
    'UNSUPPORTED_VERSION',
    `${NEXT_FOR_VERSION}; where \`transaction.version\` of the cluster was lowered to 0, raise it to 1 or more (kafka-features.sh)`,
  ],
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

/** Names by which Node and OpenSSL refuse the other side's certificate, or find that it does not speak TLS. */
export const TLS_CODE = /^(?:ERR_TLS|ERR_SSL|EPROTO)|CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH/;
