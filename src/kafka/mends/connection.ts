/**
 * Connecting once, and from nothing; disconnecting once.
 *
 * In kafkajs 2.2.4 two requests that find their connection down both open a socket; the second takes the place of the
 * first, which stays open, unnoticed, and keeps the process alive. And bytes of an answer that was cut off stay in the
 * connection: after reconnecting they are taken for the beginning of the next answer, and every request times out. And while a broker is away each attempt
 * disconnects what is disconnected already, which leaves a listener on the dead socket every time.
 */

import { connectionPrototype, type KafkaConnection } from '../kafkajs.ts';

/** An answer begins with its size, int32. */
const SIZE_BYTES = 4;

let isMended = false;

/** Mends the connections of this process. May be called again. */
export function mendConnection(): void {
  if (isMended) return;
  isMended = true;
  const prototype = connectionPrototype();
  prototype.connect = once(prototype.connect);
  const { disconnect } = prototype;
  prototype.disconnect = function disconnectLiving(this: KafkaConnection): Promise<boolean> {
    if (this.socket?.destroyed === true) this.socket = undefined;
    return disconnect.call(this);
  };
}

function once(connect: KafkaConnection['connect']): KafkaConnection['connect'] {
  const underWay = new WeakMap<KafkaConnection, Promise<boolean>>();
  return function connectOnce(this: KafkaConnection): Promise<boolean> {
    const theirs = underWay.get(this);
    if (theirs !== undefined) return theirs;
    if (!this.isConnected()) forgetPartialAnswer(this);
    const mine = connect.call(this).finally(() => underWay.delete(this));
    underWay.set(this, mine);
    return mine;
  };
}

function forgetPartialAnswer(connection: KafkaConnection): void {
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = SIZE_BYTES;
}
