import { isRecord, type Path, valueAt } from './path.ts';
import type { Problem } from './problem.ts';

/** Heartbeats that may be lost before a process counts as gone: what Kafka's clients advise. */
const HEARTBEATS_PER_SESSION = 3;

const PORT = /:([0-9]{1,5})$/;
/** TCP's last. */
const MAX_PORT = 65_535;

/** Keys of `topics:` that hold one name each. */
const SINGLE_TOPICS = ['control', 'decisions', 'audit', 'deadLetter', 'sessions'] as const;

/** What counts where a key is absent; undefined where the schema states no default. */
export type DefaultOf = (path: Path) => unknown;

/**
 * What the schema cannot say of `kafka` and `topics`: settings that contradict each other. `document` is as it was
 * written.
 */
export function checkKafka(document: unknown, defaultOf: DefaultOf): readonly Problem[] {
  if (!isRecord(document) || !isRecord(document.kafka)) return [];
  const settingAt = (path: Path): unknown => valueAt(document, path) ?? defaultOf(path);
  return [...checkPorts(settingAt), ...checkTimes(settingAt), ...checkFetch(settingAt), ...checkTopicNames(settingAt)];
}

type SettingAt = (path: Path) => unknown;

/** The schema wants up to five digits behind the colon; not all of them are a port. */
function checkPorts(settingAt: SettingAt): readonly Problem[] {
  const brokers = settingAt(['kafka', 'brokers']);
  if (!Array.isArray(brokers)) return [];
  return brokers.flatMap((broker, index) => {
    const port = PORT.exec(String(broker))?.[1];
    if (port === undefined || (Number(port) > 0 && Number(port) <= MAX_PORT)) return [];
    const message = `expected a port from 1 to ${MAX_PORT}, got ${port}`;
    return [{ path: ['kafka', 'brokers', index], spot: 'value', message } as const];
  });
}

function checkTimes(settingAt: SettingAt): readonly Problem[] {
  const session = settingAt(['kafka', 'sessionTimeoutMs']);
  const heartbeat = settingAt(['kafka', 'heartbeatIntervalMs']);
  if (typeof session !== 'number' || typeof heartbeat !== 'number') return [];
  if (heartbeat * HEARTBEATS_PER_SESSION <= session) return [];
  const message = `expected at most a third of sessionTimeoutMs (${session}), got ${heartbeat}`;
  return [{ path: ['kafka', 'heartbeatIntervalMs'], spot: 'value', message }];
}

function checkFetch(settingAt: SettingAt): readonly Problem[] {
  const partition = settingAt(['kafka', 'fetchBytesPerPartition']);
  const whole = settingAt(['kafka', 'maxFetchBytes']);
  if (typeof partition !== 'number' || typeof whole !== 'number' || partition <= whole) return [];
  const message = `expected at most maxFetchBytes (${whole}), got ${partition}`;
  return [{ path: ['kafka', 'fetchBytesPerPartition'], spot: 'value', message }];
}

/** One topic with two parts would feed us what we wrote, or mix state with decisions. */
function checkTopicNames(settingAt: SettingAt): readonly Problem[] {
  const first = new Map<unknown, string>();
  const found: Problem[] = [];
  const events = settingAt(['topics', 'events']);
  if (Array.isArray(events)) for (const name of events) first.set(name, 'topics.events');
  for (const key of SINGLE_TOPICS) {
    const path = ['topics', key];
    const name = settingAt(path);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, path.join('.'));
    else found.push({ path, spot: 'value', message: `${earlier} names this topic already` });
  }
  return found;
}
