import { setTimeout } from 'node:timers/promises';
import { cpuTimeMs, treeCpuTimeMs } from './cpu-time.ts';
import type { Place } from './place.ts';
import type { Program } from './program.ts';
import type { Stage } from './stage.ts';

/** One that reads the common topic and writes what it makes of it. */
export interface Contestant {
  readonly name: string;
  /** As it stands in the report. */
  readonly title: string;
  start(place: Place): Program;
  /** Another process that works for it, whose processor time is told apart. */
  readonly servantPid?: number | undefined;
}

/** How long a turn lasts. */
export interface TurnLimits {
  /** Events in the topic. */
  readonly events: number;
  /** From its first commit until measuring begins: compilers and caches are warm then. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** One turn of one contestant. */
export interface Turn {
  /** Of its group and its topics: used once. */
  readonly name: string;
  readonly limits: TurnLimits;
  readonly signal: AbortSignal;
  /** Looks at what it wrote, before that is removed. */
  readonly atEnd?: (place: Place) => Promise<void>;
}

/** What one turn gave. Processor time is microseconds an event. */
export interface TurnFigures {
  readonly eventsPerSecond: number;
  readonly mainUs: number;
  /** Workers, the garbage collector, everything that is not the main thread. */
  readonly othersUs: number;
  readonly brokerUs: number;
  readonly servantUs: number;
  /** Events between the first and the last look. */
  readonly events: number;
  /** Records that it wrote for an event, from start to end of the turn; the markers of transactions are among them. */
  readonly recordsPerEvent: number;
}

const LOOK_MS = 50;
/** From the start to the first commit, and between two commits. */
const SILENCE_MS = 30_000;

interface Look {
  readonly settled: number;
  readonly atMs: number;
  readonly own: { readonly main: number; readonly others: number };
  readonly broker: number;
  readonly servant: number;
}

/**
 * Lets the contestant read the topic from its beginning and measures it in the middle: from a commit after the warm-up to the
 * last one seen before time or topic end. Offsets are looked at from outside. Throws when it ends or stands still.
 */
export async function measureTurn(
  stage: Stage,
  contestant: Contestant,
  { name, limits, signal, atEnd }: Turn,
): Promise<TurnFigures> {
  const place = await stage.place(name);
  const program = contestant.start(place);
  try {
    const look = () => lookAt(stage, place, program, contestant.servantPid);
    const begun = await nextCommit(look, 0, program, signal);
    const first = await commitAfter(look, begun, limits.warmUpMs, program, signal);
    if (first.settled >= limits.events) throw tooShort(contestant);
    const last = await lastCommit(look, first, limits, program, signal);
    await program.stop();
    await atEnd?.(place);
    const recordsPerEvent = (await stage.written(place)) / (await stage.settled(place));
    return { ...figuresOf(first, last), recordsPerEvent };
  } finally {
    await program.stop();
    await stage.clear(place);
  }
}

function tooShort({ name }: Contestant): Error {
  return new Error(`${name} was through with the topic before it was warm: more events are needed`);
}

async function lookAt(stage: Stage, place: Place, program: Program, servantPid: number | undefined): Promise<Look> {
  const settled = await stage.settled(place);
  program.check();
  return {
    settled,
    atMs: performance.now(),
    own: cpuTimeMs(program.pid),
    broker: stage.brokerCpuMs(),
    servant: servantPid === undefined ? 0 : treeCpuTimeMs(servantPid),
  };
}

/** The first look that finds more settled than `than`: it comes right after a commit. */
async function nextCommit(
  look: () => Promise<Look>,
  than: number,
  program: Program,
  signal: AbortSignal,
): Promise<Look> {
  const deadline = performance.now() + SILENCE_MS;
  for (;;) {
    signal.throwIfAborted();
    program.check();
    const now = await look();
    if (now.settled > than) return now;
    if (now.atMs > deadline) throw new Error(`nothing was committed for ${SILENCE_MS} ms: ${now.settled} events are`);
    await setTimeout(LOOK_MS);
  }
}

async function commitAfter(
  look: () => Promise<Look>,
  begun: Look,
  delayMs: number,
  program: Program,
  signal: AbortSignal,
): Promise<Look> {
  let now = begun;
  while (now.atMs < begun.atMs + delayMs) now = await nextCommit(look, now.settled, program, signal);
  return now;
}

/** The look that finds the topic's end comes some time after it, and does not count when there is an earlier one. */
async function lastCommit(
  look: () => Promise<Look>,
  first: Look,
  { events, measureMs }: TurnLimits,
  program: Program,
  signal: AbortSignal,
): Promise<Look> {
  let last = first;
  while (last.atMs < first.atMs + measureMs) {
    const next = await nextCommit(look, last.settled, program, signal);
    if (next.settled >= events) return last === first ? next : last;
    last = next;
    await setTimeout(LOOK_MS);
  }
  return last;
}

function figuresOf(first: Look, last: Look): Omit<TurnFigures, 'recordsPerEvent'> {
  const events = last.settled - first.settled;
  const us = (from: number, to: number) => ((to - from) * 1000) / events;
  return {
    events,
    eventsPerSecond: (events / (last.atMs - first.atMs)) * 1000,
    mainUs: us(first.own.main, last.own.main),
    othersUs: us(first.own.others, last.own.others),
    brokerUs: us(first.broker, last.broker),
    servantUs: us(first.servant, last.servant),
  };
}
