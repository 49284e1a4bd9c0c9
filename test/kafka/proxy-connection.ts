import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { FrameSplitter } from './frames.ts';
import type { RuleBook, Taken } from './proxy-rules.ts';

/** After its size a request begins with key, version, correlation id; an answer with the correlation id. */
const API_KEY_AT = 4;
const REQUEST_CORRELATION_AT = 8;
const ANSWER_CORRELATION_AT = 4;

/**
 * A client's connection, joined to one of its own to the broker.
 *
 * 1. When one side ends or fails, so does the other.
 * 2. A side that cannot be written to for the moment is not read for: nothing gathers here but one frame.
 * 3. After a cut nothing passes any more, in either direction.
 */
export class ProxyConnection {
  readonly #client: Socket;
  readonly #broker: Socket;
  readonly #rules: RuleBook;
  /** Requests whose answers are to be swallowed, by correlation id. */
  readonly #awaited = new Map<number, Taken>();

  constructor(client: Socket, brokerPort: number, rules: RuleBook) {
    this.#client = client;
    this.#broker = connect({ port: brokerPort, host: '127.0.0.1', noDelay: true });
    this.#rules = rules;
    void this.#pass(client, this.#broker, (frame) => this.#request(frame));
    void this.#pass(this.#broker, client, (frame) => this.#answer(frame));
  }

  cut(): void {
    this.#client.destroy();
    this.#broker.destroy();
  }

  async #pass(from: Socket, to: Socket, admit: (frame: Buffer) => Promise<boolean> | boolean): Promise<void> {
    const frames = new FrameSplitter();
    try {
      for await (const chunk of from) {
        for (const frame of frames.push(chunk)) {
          if (!(await admit(frame))) return;
          if (!to.write(frame)) await drained(to);
        }
      }
    } catch {
      // A side that failed is gone, and takes the other with it.
    } finally {
      this.cut();
    }
  }

  /** Whether the request passes. */
  async #request(frame: Buffer): Promise<boolean> {
    const taken = this.#rules.take(frame.readInt16BE(API_KEY_AT));
    switch (taken?.action.kind) {
      case undefined:
        return true;
      case 'delay':
        taken?.done();
        await delay(taken?.action.delayMs);
        return true;
      case 'swallow':
        if (taken) this.#awaited.set(frame.readInt32BE(REQUEST_CORRELATION_AT), taken);
        return true;
      case 'refuse':
        this.cut();
        taken?.done();
        return false;
    }
  }

  /** Whether the answer passes. */
  #answer(frame: Buffer): boolean {
    const taken = this.#awaited.get(frame.readInt32BE(ANSWER_CORRELATION_AT));
    if (taken === undefined) return true;
    this.cut();
    taken.done();
    return false;
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('drain', resolve);
    socket.once('close', () => reject(new Error('closed')));
  });
}
