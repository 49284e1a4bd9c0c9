import type { LogEntry } from 'kafkajs';
import type { LogFields, Logger } from '../domain/log.ts';

/** kafkajs's levels are numbers: 1 is an error, 2 a warning, more is less. */
const ERROR = 1;
const WARN = 2;

/** What is passed on of what kafkajs says beside a message: names and numbers, never payloads. */
const FIELDS = ['broker', 'error', 'groupId', 'memberId', 'topic', 'partition', 'retryCount', 'retryTime'] as const;

const CONNECTION_ERROR = /^(?:Connection error: |Failed to connect: )(.*)$/;
const TIMEOUT = 'Connection timeout';
/** What Node says of an error of the system: "connect ECONNREFUSED 127.0.0.1:9092". */
const SYSTEM_CODE = /\b(E[A-Z_]{3,})\b/;
/** Of a producer that we do not use. */
const LIMITED_RETRIES = 'Limiting retries';
/** An answer that is an error: whoever asked is told, and says what it means. */
const RESPONSE = 'Response ';

/**
 * Turns kafkajs's log into ours. Trouble with a connection is one warning that names broker and reason; what is thrown to
 * us anyway, and what accompanies such trouble, is for `debug`.
 */
export function kafkaLog(logger: Logger): (entry: LogEntry) => void {
  return ({ namespace, level, log }) => {
    const { message } = log;
    if (message.startsWith(LIMITED_RETRIES)) return;
    const fields = fieldsOf(log);
    const reason = namespace === 'Connection' ? connectionTrouble(message) : undefined;
    if (reason !== undefined) {
      logger.warn(fields, `broker ${String(log.broker)} cannot be reached: ${reason}, trying again`);
    } else if (level > WARN || namespace === 'BrokerPool' || message.startsWith(RESPONSE)) {
      logger.debug(fields, `kafkajs: ${message}`);
    } else if (level === ERROR) {
      logger.error(fields, `kafkajs: ${message}`);
    } else {
      logger.warn(fields, `kafkajs: ${message}`);
    }
  };
}

/** Why a connection failed, in short; undefined for other messages. */
function connectionTrouble(message: string): string | undefined {
  if (message === TIMEOUT) return 'no answer in time';
  const said = CONNECTION_ERROR.exec(message)?.[1];
  if (said === undefined) return undefined;
  return SYSTEM_CODE.exec(said)?.[1] ?? said;
}

function fieldsOf(log: LogEntry['log']): LogFields {
  const present = FIELDS.filter((name) => log[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, log[name]]));
}
