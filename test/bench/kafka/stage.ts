import { type Admin, Kafka, logLevel } from 'kafkajs';
import { startBroker } from '../../kafka/broker/start-broker.ts';
import { treeCpuTimeMs } from './cpu-time.ts';
import type { Place } from './place.ts';
import { createTopics } from './tollgate-config.ts';

/** The compiler and the heap that a broker really runs with. */
const JAVA_FLAGS = ['-XX:TieredStopAtLevel=4', '-Xmx1g'];
/** What a contestant wrote goes as soon as its turn is over, most of it before it ever came to the disk. */
const PROPERTIES = { 'log.segment.delete.delay.ms': '1000' };
const PARTITIONS = 8;
const EVENTS = 'bench.calls';
const CONTROL = 'bench.control';

/** A broker of the bench's own, one node beside everything else on this machine. */
export interface Stage {
  readonly brokers: readonly string[];
  readonly partitions: number;
  readonly events: string;
  /** Makes output topics of that name, for a group of that name; and the topic to read, when it is not the common one. */
  place(name: string, events?: string): Promise<Place>;
  /** Removes what `place` made, so that the disk does not fill. */
  clear(place: Place): Promise<void>;
  /** Input that the group has settled, by its committed offsets. */
  settled(place: Place): Promise<number>;
  /** Records in the place's output topics, the markers of transactions among them. */
  written(place: Place): Promise<number>;
  /** Milliseconds of the broker's processor time since its start. */
  brokerCpuMs(): number;
  close(): Promise<void>;
}

/** What a bench wants of its broker beside what all have. */
interface BrokerWishes {
  readonly properties?: Readonly<Record<string, string>>;
}

/** Starts a broker with empty topics for events and control. */
export async function openStage({ properties }: BrokerWishes = {}): Promise<Stage> {
  const broker = await startBroker({
    javaFlags: JAVA_FLAGS,
    properties: { ...PROPERTIES, ...properties },
  });
  const admin = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING }).admin();
  const { pid } = broker.node(0);
  const close = async () => {
    await admin.disconnect().catch(() => undefined);
    await broker.stop();
  };
  try {
    await admin.connect();
    // Makes the topics of events and control, which all places share.
    await makePlace(broker.brokers, 'first');
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return {
    brokers: broker.brokers,
    partitions: PARTITIONS,
    events: EVENTS,
    place: (name, events) => makePlace(broker.brokers, name, events),
    clear: (place) => clear(admin, place),
    settled: (place) => settled(admin, place),
    written: (place) => written(admin, place),
    brokerCpuMs: () => (pid === undefined ? 0 : treeCpuTimeMs(pid)),
    close,
  };
}

async function makePlace(brokers: readonly string[], name: string, events = EVENTS): Promise<Place> {
  const topics = {
    events,
    control: CONTROL,
    decisions: `${name}.decisions`,
    audit: `${name}.audit`,
    deadLetter: `${name}.dead-letter`,
    sessions: `${name}.sessions`,
  };
  const place = { brokers, groupId: name, partitions: PARTITIONS, topics };
  await createTopics(place);
  return place;
}

async function clear(admin: Admin, { groupId, topics }: Place): Promise<void> {
  const { decisions, audit, deadLetter, sessions } = topics;
  await admin.deleteTopics({ topics: [decisions, audit, deadLetter, sessions] }).catch(() => undefined);
  // Fails while the broker takes a member that was killed for a living one: the group is never used again.
  await admin.deleteGroups([groupId]).catch(() => undefined);
}

async function settled(admin: Admin, { groupId, topics: { events } }: Place): Promise<number> {
  const [topic] = await admin.fetchOffsets({ groupId, topics: [events] });
  return (topic?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

async function written(admin: Admin, { topics: { decisions, audit, sessions } }: Place): Promise<number> {
  const offsets = await Promise.all([decisions, audit, sessions].map((topic) => admin.fetchTopicOffsets(topic)));
  return offsets.flat().reduce((sum, { high }) => sum + Number(high), 0);
}
