import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { FrameSplitter } from './frames.ts';
import type { Taken } from './proxy-rules.ts';

/** After its size a request begins with key, version, correlation id; an answer with the correlation id. */
const API_KEY_AT = 4;
const REQUEST_CORRELATION_AT = 8;
const ANSWER_CORRELATION_AT = 4;

/** Where a connection leads, and who is asked what becomes of its requests. */
export interface ProxyRoute {
  readonly brokerPort: number;
  readonly take: (apiKey: number) => Taken | undefined;
  /** Called once, when both sides are gone. */
  readonly onEnd: () => void;
}

/** What becomes of a frame; after `end` nothing passes any more. */
type Fate = 'pass' | 'drop' | 'end';

/**
 * A client's connection, joined to one of its own to the broker.
 *
 * 1. When one side ends or fails, so does the other; but a request that is to be delivered late outlives its client.
 * 2. A side that cannot be written to for the moment is not read for: nothing gathers here but one frame.
 * 3. After a cut nothing passes any more, in either direction.
 */
export class ProxyConnection {
  readonly #client: Socket;
  readonly #broker: Socket;
  readonly #route: ProxyRoute;
  readonly #ended = new AbortController();
  /** Requests whose answers are not simply passed on, by correlation id. */
  readonly #awaited = new Map<number, Taken>();
  /** Nothing passes, and nobody is told. */
  #isDark = false;

  constructor(client: Socket, route: ProxyRoute) {
    this.#client = client;
    this.#broker = connect({ port: route.brokerPort, host: '127.0.0.1', noDelay: true });
    this.#route = route;
    void this.#pass(client, this.#broker, (frame) => this.#request(frame));
    void this.#pass(this.#broker, client, (frame) => this.#answer(frame));
  }

  cut(): void {
    this.#client.destroy();
    this.#broker.destroy();
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.#route.onEnd();
  }

  async #pass(from: Socket, to: Socket, admit: (frame: Buffer) => Promise<Fate> | Fate): Promise<void> {
    const frames = new FrameSplitter();
    try {
      for await (const chunk of from) {
        for (const frame of frames.push(chunk)) {
          const fate = await admit(frame);
          if (fate === 'end') return;
          if (fate === 'pass' && !to.write(frame)) await drained(to);
        }
      }
    } catch {
      // A side that failed is gone, and takes the other with it.
    } finally {
      this.cut();
    }
  }

  async #request(frame: Buffer): Promise<Fate> {
    if (this.#isDark) return 'drop';
    const taken = this.#route.take(frame.readInt16BE(API_KEY_AT));
    if (taken === undefined) return 'pass';
    switch (taken.action.kind) {
      case 'delay':
        taken.done();
        await this.#wait(taken.action.delayMs);
        return 'pass';
      case 'throttle':
        taken.done();
        this.#awaited.set(frame.readInt32BE(REQUEST_CORRELATION_AT), taken);
        await this.#wait(timeMs(frame, taken.action.bytesPerSecond));
        return 'pass';
      case 'swallow':
        this.#awaited.set(frame.readInt32BE(REQUEST_CORRELATION_AT), taken);
        return 'pass';
      case 'refuse':
        this.cut();
        taken.done();
        return 'end';
      case 'blackHole':
        this.#isDark = true;
        taken.done();
        return 'drop';
      case 'late':
        return this.#deliverLate(frame, taken, taken.action.delayMs);
    }
  }

  /** The client is gone by then; the answer, when it comes, ends the rest. */
  async #deliverLate(frame: Buffer, taken: Taken, delayMs: number): Promise<Fate> {
    this.#isDark = true;
    this.#client.destroy();
    await this.#wait(delayMs);
    this.#awaited.set(frame.readInt32BE(REQUEST_CORRELATION_AT), taken);
    this.#broker.write(frame);
    await once(this.#ended.signal, 'abort');
    return 'end';
  }

  async #answer(frame: Buffer): Promise<Fate> {
    const correlationId = frame.readInt32BE(ANSWER_CORRELATION_AT);
    const taken = this.#awaited.get(correlationId);
    if (taken?.action.kind === 'throttle') {
      this.#awaited.delete(correlationId);
      await this.#wait(timeMs(frame, taken.action.bytesPerSecond));
      return this.#isDark ? 'drop' : 'pass';
    }
    if (taken === undefined) return this.#isDark ? 'drop' : 'pass';
    this.cut();
    taken.done();
    return 'end';
  }

  /** Rejects when the connection ends first. */
  async #wait(delayMs: number): Promise<void> {
    await delay(delayMs, undefined, { signal: this.#ended.signal });
  }
}

function timeMs(frame: Buffer, bytesPerSecond: number): number {
  return (frame.length / bytesPerSecond) * 1000;
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('drain', resolve);
    socket.once('close', () => reject(new Error('closed')));
  });
}
