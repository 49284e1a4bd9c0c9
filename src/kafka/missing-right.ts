/** Kafka's names of what an access control list allows. */
export type AclOperation =
  | 'READ'
  | 'WRITE'
  | 'CREATE'
  | 'DESCRIBE'
  | 'ALTER'
  | 'DELETE'
  | 'DESCRIBE_CONFIGS'
  | 'ALTER_CONFIGS';

/** Where all rights are listed. */
export const ALL_RIGHTS = '`tollgate topics acls` lists all that are needed';

/** An error that says which right on which topic its request needs. */
interface Needing {
  readonly neededRight?: unknown;
  readonly cause?: unknown;
}

/** Causes are followed this deep. */
const MAX_CAUSES = 8;

/** By what the brokers answer, where the request says no more: what it takes for all requests of ours. */
const BY_ANSWER: ReadonlyMap<string, string> = new Map([
  ['TOPIC_AUTHORIZATION_FAILED', 'READ on the topics of input and sessions, WRITE on those of output and sessions'],
  ['GROUP_AUTHORIZATION_FAILED', 'READ on the group (`kafka.groupId`)'],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'WRITE on the transactional id (`kafka.groupId`-`kafka.instanceId`-a)'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'the right that the brokers ask for on the cluster'],
]);

const TOPIC_REFUSED = 'TOPIC_AUTHORIZATION_FAILED';

/** The same error, with the right on a topic that its request needs: told when that is what the brokers refuse. */
export function needing<T extends object>(error: T, operation: AclOperation, topic: string): T {
  return Object.assign(error, { neededRight: `${operation} on topic ${topic}` });
}

/** What to grant after an answer that refuses access; undefined for other answers. */
export function missingRight(type: string, cause: unknown): string | undefined {
  const general = BY_ANSWER.get(type);
  if (general === undefined) return undefined;
  const right = type === TOPIC_REFUSED ? (neededRight(cause) ?? general) : general;
  return `grant this user ${right}; ${ALL_RIGHTS}`;
}

function neededRight(cause: unknown): string | undefined {
  let error = cause as Needing | null | undefined;
  for (let depth = 0; depth < MAX_CAUSES && typeof error === 'object' && error !== null; depth++) {
    if (typeof error.neededRight === 'string') return error.neededRight;
    error = error.cause as Needing | null | undefined;
  }
  return undefined;
}
