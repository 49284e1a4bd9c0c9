/**
 * A connection on which a request timed out is closed.
 *
 * kafkajs 2.2.4 forgets the request and keeps the connection. What leads nowhere (a firewall that forgot it, a proxy that
 * hangs) then gets every further request, each of which times out in turn, for ever, though a new connection would do.
 */

import { connectionError, connectionPrototype, type KafkaConnection, requestQueuePrototype } from '../kafkajs.ts';

interface Timed {
  timeoutRequest(): void;
}
interface Queue {
  createSocketRequest(pushed: unknown): Timed;
}

const owners = new WeakMap<object, KafkaConnection>();
let isMended = false;

/** Mends the connections of this process. May be called again. */
export function mendDeadConnection(): void {
  if (isMended) return;
  isMended = true;
  const connection = connectionPrototype();
  const { connect } = connection;
  connection.connect = function connectOwned(this: KafkaConnection): Promise<boolean> {
    owners.set(this.requestQueue, this);
    return connect.call(this);
  };
  const queue = requestQueuePrototype() as unknown as Queue;
  const create = queue.createSocketRequest;
  queue.createSocketRequest = function createEnding(this: Queue, pushed: unknown): Timed {
    const request = create.call(this, pushed);
    const timeOut = request.timeoutRequest.bind(request);
    request.timeoutRequest = () => {
      timeOut();
      const owner = owners.get(this);
      owner?.socket?.destroy(connectionError('a request timed out', owner.broker, 'ETIMEDOUT'));
    };
    return request;
  };
}
