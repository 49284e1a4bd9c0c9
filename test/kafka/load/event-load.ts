import { badRecord, tooLarge } from './bad-records.ts';
import { eventText } from './event-text.ts';
import { type Random, seeded } from './random.ts';

/** One record to be written: the partition follows from the key, as Kafka's default partitioner has it. */
export interface LoadRecord {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** The shares are probabilities of a record. */
export interface LoadOptions {
  readonly count: number;
  readonly sessions: number;
  /** Calls and results go to the first, everything else of the fleet to the last. */
  readonly eventTopics: readonly string[];
  readonly controlTopic: string;
  /** Bytes of an event at least; padded. */
  readonly bytes: number;
  readonly badShare: number;
  /** The same record once more. */
  readonly redeliveredShare: number;
  /** Another content under an id that was used before. */
  readonly conflictShare: number;
  readonly controlShare: number;
  /** More than a day passes in the event's session. */
  readonly idleShare: number;
  /** Goes into ids, so that the loads of several seeds can lie in the same topics. */
  readonly name: string;
}

const DEFAULTS: Omit<LoadOptions, 'eventTopics' | 'controlTopic'> = {
  count: 1000,
  sessions: 50,
  bytes: 0,
  badShare: 0.01,
  redeliveredShare: 0.02,
  conflictShare: 0.005,
  controlShare: 0.02,
  idleShare: 0.001,
  name: 'load',
};

/** Before any clock this may run by, so that nothing is dated ahead of its record unless it is meant to be. */
const BEGIN_MS = Date.UTC(2025, 1, 1);
const STEP_MS = 7;
const IDLE_MS = 90_000_000;
const LARGE_SHARE = 0.02;
/** A second delivery is known among the session's last 32 events: most of these are, some come too late. */
const REMEMBERED = 40;

/** A session while its load is made: what was sent of it, and how far its clock was moved. */
interface Course {
  readonly id: string;
  readonly sent: LoadRecord[];
  readonly usedIds: string[];
  shiftMs: number;
}

/** A load: the same for the same seed and options, each record in the order in which it is to be written. */
export function* events(
  seed: number,
  given: Partial<LoadOptions> & Pick<LoadOptions, 'eventTopics' | 'controlTopic'>,
): Generator<LoadRecord> {
  const options: LoadOptions = { ...DEFAULTS, ...given };
  const random = seeded(seed);
  const courses = Array.from({ length: options.sessions }, (_, n) => courseOf(options.name, n));
  for (let n = 0; n < options.count; n++) {
    const course = random.pick(courses);
    const record = nextRecord(n, course, options, random);
    course.sent.push(record);
    if (course.sent.length > REMEMBERED) course.sent.shift();
    yield record;
  }
}

/** Some sessions have names that are no ASCII. */
function courseOf(name: string, n: number): Course {
  const id = n % 7 === 0 ? `${name}-sitzung-ä-${n}-🙂` : `${name}-session-${n}`;
  return { id, sent: [], usedIds: [], shiftMs: 0 };
}

function nextRecord(n: number, course: Course, options: LoadOptions, random: Random): LoadRecord {
  const again = random.chance(options.redeliveredShare) && course.sent.length > 0;
  if (again) return random.pick(course.sent);
  if (random.chance(options.badShare)) return badOne(n, course, options, random);
  if (random.chance(options.idleShare)) course.shiftMs += IDLE_MS;
  const isConflict = random.chance(options.conflictShare) && course.usedIds.length > 0;
  const eventId = isConflict ? random.pick(course.usedIds) : `${options.name}-${n}`;
  course.usedIds.push(eventId);
  if (course.usedIds.length > REMEMBERED) course.usedIds.shift();
  const isControl = random.chance(options.controlShare);
  const occurredAtMs = BEGIN_MS + n * STEP_MS + course.shiftMs - random.below(3) * STEP_MS;
  const { type, text } = eventText(
    { n, eventId, sessionId: course.id, occurredAtMs, isControl },
    options.bytes,
    random,
  );
  const topic = isControl ? options.controlTopic : topicOf(type, options.eventTopics);
  return { topic, key: Buffer.from(course.id), value: Buffer.from(text) };
}

function badOne(n: number, course: Course, { eventTopics, name }: LoadOptions, random: Random): LoadRecord {
  const eventId = `${name}-bad-${n}`;
  const { value } = random.chance(LARGE_SHARE) ? tooLarge(eventId, course.id) : badRecord(eventId, course.id, random);
  const key = random.chance(0.2) ? oddKey(random) : Buffer.from(course.id);
  return { topic: random.pick(eventTopics), key, value };
}

function oddKey(random: Random): Buffer | null {
  return random.pick([null, Buffer.alloc(0), Buffer.from([0xff, 0x0a, 0x00, 0x2c])]);
}

function topicOf(type: string, topics: readonly string[]): string {
  const index = type === 'tool_call' || type === 'tool_result' ? 0 : topics.length - 1;
  return topics[index] as string;
}
