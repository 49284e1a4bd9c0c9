/**
 * No timers for nothing.
 *
 * kafkajs 2.2.4 sets a timer after every answer to look at requests that wait, also when none does, with a delay that is
 * negative most of the time: Node makes 1 ms of it, and from 24 on prints a TimeoutNegativeWarning. It burns CPU at idle.
 */

import { type KafkaRequestQueue, requestQueuePrototype } from '../kafkajs.ts';

let isMended = false;

/** Mends the request queues of all connections of this process, also of those that exist already. May be called again. */
export function mendRequestQueue(): void {
  if (isMended) return;
  isMended = true;
  const prototype = requestQueuePrototype();
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleIfNeeded(this: KafkaRequestQueue): void {
    if (this.pending.length > 0) original.call(this);
  };
}
