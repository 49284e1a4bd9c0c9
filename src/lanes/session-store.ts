import type { Session } from '../domain/session.ts';

/** What bounds a partition's sessions (`limits`). */
export interface StoreLimits {
  readonly maxSessions: number;
  readonly sessionIdleMs: number;
}

/**
 * Owns the live sessions of one partition, inside one worker.
 *
 * 1. It holds at most `maxSessions`. Live sessions are never evicted: a new session that finds no room is refused.
 * 2. Room is made only when there is none, by dropping sessions that ended or have been idle for `sessionIdleMs` of the
 *    partition's clock. So what is dropped is a function of the partition's records, not of batches or of time.
 * 3. `changed` names every session that was set or dropped since `takeChanged`: what a commit must write.
 */
export class SessionStore {
  readonly #limits: StoreLimits;
  readonly #sessions = new Map<string, Session>();
  #changed = new Set<string>();
  /** No session is idle until the clock has passed this: a lower bound, kept low by every session that comes in. */
  #nextSweepMs = Number.POSITIVE_INFINITY;
  #hasEnded = false;
  clockMs = Number.NEGATIVE_INFINITY;

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(sessionId: string): Session | undefined {
    return this.#sessions.get(sessionId);
  }

  /** Puts a restored session back; it does not count as changed. */
  restore(session: Session): void {
    this.#sessions.set(session.sessionId, session);
    this.#hasEnded ||= session.ended;
    this.#nextSweepMs = Math.min(this.#nextSweepMs, session.clockMs + this.#limits.sessionIdleMs);
  }

  set(session: Session): void {
    this.restore(session);
    this.#changed.add(session.sessionId);
  }

  advanceClock(occurredAtMs: number): void {
    if (occurredAtMs > this.clockMs) this.clockMs = occurredAtMs;
  }

  /** Whether a new session finds room, after making what room can be made (invariant 2). */
  makeRoom(): boolean {
    if (this.#sessions.size < this.#limits.maxSessions) return true;
    if (this.#hasEnded || this.clockMs > this.#nextSweepMs) this.#sweep();
    return this.#sessions.size < this.#limits.maxSessions;
  }

  /** The sessions changed since the last call, with their state; undefined for those that are gone. */
  takeChanged(): Map<string, Session | undefined> {
    const taken = new Map<string, Session | undefined>();
    for (const sessionId of this.#changed) taken.set(sessionId, this.#sessions.get(sessionId));
    this.#changed = new Set();
    return taken;
  }

  #sweep(): void {
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const [sessionId, session] of this.#sessions) {
      if (session.ended || this.clockMs - session.clockMs > this.#limits.sessionIdleMs) {
        this.#sessions.delete(sessionId);
        this.#changed.add(sessionId);
      } else {
        oldestMs = Math.min(oldestMs, session.clockMs);
      }
    }
    this.#nextSweepMs = oldestMs + this.#limits.sessionIdleMs;
    this.#hasEnded = false;
  }
}
