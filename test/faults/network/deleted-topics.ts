import { Kafka, logLevel } from 'kafkajs';
import type { RunTopics } from '../../kafka/outside/run-records.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

/** Which topic goes, and how its end is told. */
interface Deletion {
  readonly what: string;
  readonly topicOf: (topics: RunTopics) => string;
}

const DELETIONS: readonly Deletion[] = [
  { what: 'event topic', topicOf: ({ events: [first = ''] }) => first },
  { what: 'control topic', topicOf: ({ control }) => control },
  { what: 'decisions topic', topicOf: ({ decisions }) => decisions },
  { what: 'dead letter topic', topicOf: ({ deadLetter }) => deadLetter },
  { what: 'sessions topic', topicOf: ({ sessions }) => sessions },
];
/** A topic counts as deleted when it stays unknown for some 20 s: leaders that move look the same for a while. */
const END_LIMIT_MS = 90_000;
/** A loop shows in the log long before it shows in time. */
const MOST_LOG_BYTES = 200_000;

/** A topic is deleted while it is used: the process ends, soon, with a message that names the topic. */
export const deletedTopics: readonly Scenario[] = DELETIONS.map((deletion) => ({
  name: `${deletion.what} deleted under our feet`,
  group: 'network',
  cluster: 'one',
  records: { short: 2_000, long: 6_000 },
  eventsPerSecond: { short: 200, long: 400 },
  inShort: false,
  ending: 'own',
  play: (stage) => play(stage, deletion),
}));

async function play(stage: Stage, { what, topicOf }: Deletion): Promise<void> {
  const { run, progress, records, found, note } = stage;
  const topic = topicOf(run.topics);
  const program = run.start('a');
  await progress.more(Math.floor(records / 4));
  const deletedMs = Date.now();
  await deleteTopic(stage.cluster.brokers, topic);
  const limit = new Promise<undefined>((resolve) => {
    setTimeout(resolve, END_LIMIT_MS, undefined).unref();
  });
  const ended = await Promise.race([program.ended, limit]);
  // An end by itself is what is asked for here; how it came about is looked at below.
  run.badEndings.splice(0);
  if (ended === undefined) {
    found('stood_still', what, `it still runs ${END_LIMIT_MS / 1000} s after the topic was deleted`);
    await program.kill();
    return;
  }
  note('seconds from deletion to the end', Math.round((Date.now() - deletedMs) / 1000));
  const { code, signal, err } = ended;
  if (code === null || code === 0) found('ended_badly', what, `it ended with ${signal ?? code}: ${err.slice(-600)}`);
  if (!err.slice(-2_000).includes(topic))
    found('ended_badly', what, `its end does not name ${topic}: ${err.slice(-900)}`);
  if (err.length > MOST_LOG_BYTES) found('ended_badly', what, `it wrote ${err.length} bytes of log on the way`);
}

async function deleteTopic(brokers: readonly string[], topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [topic] });
  } finally {
    await admin.disconnect();
  }
}
