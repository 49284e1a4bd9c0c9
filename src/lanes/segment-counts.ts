import { EVENT_TYPES, type PolicyFaultCount, type SegmentCounts, type TopicCounts } from '../domain/counts.ts';
import type { Decision } from '../domain/decision.ts';
import type { FaultCode } from '../domain/errors.ts';
import type { EventType } from '../domain/event.ts';
import { EFFECTS, type Effect, effectRank, type Verdict } from '../domain/verdict.ts';

/**
 * One event in so many is timed: reading the clock around each evaluation would cost 1–2 % of judging. A prime, so that
 * it falls in with no rhythm of the input.
 */
const TIMED_EVERY = 17;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Counts what comes of one segment, in plain numbers. Used again for every segment.
 *
 * 1. Nothing that it does, the clock least of all, has an influence on a decision.
 * 2. What `take` gave is not touched again.
 */
export class SegmentCounter {
  /** Name → place in the set. */
  readonly #places: ReadonlyMap<string, number>;
  #effects = noEffects();
  #events: TopicCounts[] = [];
  /** The topic of the last event: nearly always that of the next one. */
  #topic: TopicCounts | undefined;
  #verdicts = new Uint32Array();
  #faults: Mutable<PolicyFaultCount>[] = [];
  #evaluations: number[] = [];
  #duplicates = 0;
  #misrouted = 0;
  /** Events of all segments until the next one that is timed. */
  #untilTimed = 0;
  #isTimed = false;
  #asked: number | undefined;
  #askedAtMs = 0;

  /** `policies` are the names of the set, in its order. */
  constructor(policies: readonly string[]) {
    this.#places = new Map(policies.map((name, place) => [name, place]));
  }

  /** A record could be read as an event. */
  event(topic: string, type: EventType): void {
    if (this.#topic?.topic !== topic) this.#topic = this.#countsOf(topic);
    const { types } = this.#topic;
    const cell = EVENT_TYPES.indexOf(type);
    types[cell] = (types[cell] as number) + 1;
    this.#asked = undefined;
    this.#isTimed = this.#untilTimed === 0;
    this.#untilTimed = this.#isTimed ? TIMED_EVERY - 1 : this.#untilTimed - 1;
  }

  /** The policy has its turn, and the one before it has ended; undefined: none follows. */
  turn(policy: number | undefined): void {
    if (!this.#isTimed) return;
    const nowMs = performance.now();
    if (this.#asked !== undefined) this.#evaluations.push(this.#asked, (nowMs - this.#askedAtMs) / 1000);
    this.#asked = policy;
    this.#askedAtMs = nowMs;
  }

  decided({ effect, verdicts }: Decision): void {
    this.#effects[effect]++;
    if (verdicts.length === 0) return;
    if (this.#verdicts.length === 0) this.#verdicts = new Uint32Array(this.#places.size * EFFECTS.length);
    for (const verdict of verdicts) this.#addVerdict(this.#places.get(verdict.policy) ?? -1, verdict);
  }

  duplicate(): void {
    this.#duplicates++;
  }

  misrouted(): void {
    this.#misrouted++;
  }

  /** What was counted since the last call, of a partition that has now so many sessions and dead letters. */
  take(sessions: number, rejected: number): SegmentCounts {
    const counts: SegmentCounts = {
      effects: this.#effects,
      events: this.#events,
      verdicts: this.#verdicts,
      faults: this.#faults,
      evaluations: Float64Array.from(this.#evaluations),
      duplicates: this.#duplicates,
      rejected,
      misrouted: this.#misrouted,
      sessions,
    };
    this.clear();
    return counts;
  }

  /** Forgets what was counted: of a segment that never ended. */
  clear(): void {
    this.#effects = noEffects();
    this.#events = [];
    this.#topic = undefined;
    this.#verdicts = new Uint32Array();
    this.#faults = [];
    this.#evaluations = [];
    this.#duplicates = 0;
    this.#misrouted = 0;
  }

  #countsOf(topic: string): TopicCounts {
    const known = this.#events.find((entry) => entry.topic === topic);
    if (known !== undefined) return known;
    const counts = { topic, types: new Uint32Array(EVENT_TYPES.length) };
    this.#events.push(counts);
    return counts;
  }

  #addVerdict(policy: number, { effect, error }: Verdict): void {
    const cell = policy * EFFECTS.length + effectRank(effect);
    this.#verdicts[cell] = (this.#verdicts[cell] as number) + 1;
    if (error !== undefined) this.#addFault(policy, error.code);
  }

  #addFault(policy: number, code: FaultCode): void {
    const known = this.#faults.find((fault) => fault.policy === policy && fault.code === code);
    if (known === undefined) this.#faults.push({ policy, code, count: 1 });
    else known.count++;
  }
}

function noEffects(): Record<Effect, number> {
  return { allow: 0, warn: 0, redact: 0, ask: 0, deny: 0 };
}
