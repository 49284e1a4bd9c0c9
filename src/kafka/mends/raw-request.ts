/**
 * Requests of our own over kafkajs's connections.
 *
 * kafkajs 2.2.4 builds a request by copying its body twice into buffers that double as they grow, and decodes responses
 * with an async function for each array. For requests that carry megabytes, or that it does not know, the frame is
 * written here, and its parts go to the socket as they are. Connections, authentication, correlation and timeouts stay
 * kafkajs's: the request goes through the connection's own queue.
 */

import { TollgateError } from '../../domain/errors.ts';
import { NEXT_FOR_VERSION } from '../advice.ts';
import { connectionError, type KafkaBroker, type KafkaConnection } from '../kafkajs.ts';
import { WireWriter } from './wire-writer.ts';

export interface RawRequest {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  /** True for versions with tagged fields, which have them in their headers too. */
  readonly isFlexible: boolean;
  /** The body; sent in order, not copied. */
  readonly parts: readonly Uint8Array[];
  /** Least time that the broker is given; kafkajs's request timeout when that is longer. */
  readonly timeoutMs: number;
}

/** How long the broker asks us to send nothing (KIP-219). */
interface Throttled {
  readonly throttleTimeMs: number;
}

/**
 * Sends one request and decodes its answer; `decode` gets what follows the correlation id. Throws kafkajs's errors of
 * connections and timeouts, `broker_refused` when the broker is too old, and what `decode` throws.
 */
export async function sendRequest<T extends Throttled>(
  broker: KafkaBroker,
  request: RawRequest,
  decode: (payload: Buffer) => T,
): Promise<T> {
  refuseVersion(broker, request);
  const connection = await broker.connectionPool.getConnectionByRequest({ request });
  if (!connection.isAuthenticated()) await connection.authenticate();
  const answer = decode(await exchange(connection, request));
  connection.requestQueue.maybeThrottle(answer.throttleTimeMs);
  return answer;
}

function exchange(connection: KafkaConnection, request: RawRequest): Promise<Buffer> {
  const { apiKey, apiName, apiVersion, parts, timeoutMs } = request;
  const correlationId = connection.nextCorrelationId();
  const head = headOf(request, correlationId, connection.clientId);
  return new Promise((resolve, reject) => {
    refuseDead(connection);
    connection.requestQueue.push({
      entry: {
        apiKey,
        apiName,
        apiVersion,
        correlationId,
        resolve: ({ payload }) => resolve(payload),
        reject,
      },
      expectResponse: true,
      requestTimeout: timeoutMs,
      sendRequest: () => write(connection, [head, ...parts]),
    });
  });
}

/** In one system call, where the system can. */
function write(connection: KafkaConnection, parts: readonly Uint8Array[]): void {
  const { socket } = connection;
  if (socket === undefined) throw notConnected(connection);
  socket.cork();
  for (const part of parts) socket.write(part);
  socket.uncork();
}

/** Size and request header, version 1 or 2 (the client id stays an old-fashioned string in both). */
function headOf(request: RawRequest, correlationId: number, clientId: string): Buffer {
  const body = request.parts.reduce((sum, { length }) => sum + length, 0);
  const tags = request.isFlexible ? 1 : 0;
  const head = new WireWriter(64)
    .int32(10 + Buffer.byteLength(clientId) + tags + body)
    .int16(request.apiKey)
    .int16(request.apiVersion)
    .int32(correlationId)
    .string(clientId);
  if (request.isFlexible) head.noTags();
  return head.take();
}

/**
 * Between the other side's end of the connection and kafkajs's taking note of it, its queue would take a request that is
 * never answered, and that no timer looks after.
 */
function refuseDead(connection: KafkaConnection): void {
  if (!connection.isConnected() || connection.socket?.writable !== true) throw notConnected(connection);
}

function notConnected({ broker }: KafkaConnection): Error {
  return connectionError('Not connected', broker, 'ENOTCONN');
}

/** A broker closes the connection on a version that it does not know: better said before. */
function refuseVersion({ versions }: KafkaBroker, { apiKey, apiName, apiVersion }: RawRequest): void {
  if (versions === null) return;
  const known = versions[apiKey];
  if (known !== undefined && known.minVersion <= apiVersion && apiVersion <= known.maxVersion) return;
  const range = known === undefined ? 'not at all' : `in versions ${known.minVersion} to ${known.maxVersion}`;
  throw new TollgateError('broker_refused', `the broker knows ${apiName} ${range}; version ${apiVersion} is needed`, {
    next: NEXT_FOR_VERSION,
  });
}
