// One morning, as the agents' harness would write it down: sessions that put events on a shared timeline.

/** Long past, so that no machine's clock takes an event for one from the future. */
const MORNING_MS = Date.parse('2025-06-03T08:00:00Z');

/** Numbers in [0, 1) that are the same on every machine (mulberry32). */
export function createRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Lines with the times that order them. */
export class Timeline {
  #lines = [];

  add(atMs, text) {
    this.#lines.push({ atMs, text });
  }

  /** NDJSON by time; at equal times as they were added. */
  toString() {
    const sorted = this.#lines.toSorted((a, b) => a.atMs - b.atMs);
    return sorted.map(({ text }) => `${text}\n`).join('');
  }
}

/** `minutes` after eight as RFC 3339. */
export function timeAt(minutes) {
  return new Date(MORNING_MS + Math.round(minutes * 60_000)).toISOString();
}

/** One session of one agent: each method writes an event some seconds after the last one. */
export class Session {
  #timeline;
  #random;
  #ids;
  #atMs;
  #count = 0;

  /** `from` is in minutes after eight. */
  constructor(timeline, random, { id, tenant, agent, from }) {
    this.#timeline = timeline;
    this.#random = random;
    this.#ids = { session_id: id, tenant_id: tenant, agent_id: agent, run_id: `run-${id}` };
    this.#atMs = MORNING_MS + from * 60_000;
  }

  get id() {
    return this.#ids.session_id;
  }

  start(task) {
    this.event({ type: 'session_start', context: { task } });
    return this;
  }

  /** The model thinks; what that took. */
  step(costUsd = 0.01 + this.#random() * 0.05) {
    const input = 800 + Math.floor(this.#random() * 2400);
    const usage = {
      input_tokens: input,
      output_tokens: 120 + Math.floor(this.#random() * 500),
      cost_usd: round(costUsd),
    };
    this.event({ type: 'step', usage });
    return this;
  }

  /** A tool call and its result. Without a `result` there is none: the harness was told not to run it. */
  call(tool, params, result, more = {}) {
    const callId = `call-${this.#count + 1}`;
    this.event({ type: 'tool_call', call_id: callId, tool, params, ...more });
    if (result === undefined) return this;
    const usage = { duration_ms: 20 + Math.floor(this.#random() * 900) };
    this.event({ type: 'tool_result', call_id: callId, tool, params, result, usage });
    return this;
  }

  end() {
    this.event({ type: 'session_end' });
    return this;
  }

  /** Nothing happens for so many minutes. */
  wait(minutes) {
    this.#atMs += minutes * 60_000;
    return this;
  }

  /** Writes any event; what `fields` give wins over what a session's event has by itself. */
  event(fields) {
    this.#count++;
    this.#atMs += 2000 + Math.floor(this.#random() * 9000);
    const head = { event_id: `${this.#ids.session_id}-${String(this.#count).padStart(3, '0')}`, type: fields.type };
    const time = { occurred_at: new Date(this.#atMs).toISOString() };
    this.last = JSON.stringify({ ...head, ...this.#ids, ...time, ...fields });
    this.#timeline.add(this.#atMs, this.last);
    return this;
  }

  /** The last event is delivered a second time. */
  repeat() {
    return this.line(this.last);
  }

  /** Writes a line as it is. */
  line(text) {
    this.#timeline.add(this.#atMs, text);
    return this;
  }
}

function round(value) {
  return Math.round(value * 10_000) / 10_000;
}
