import { TollgateError } from '../domain/errors.ts';

const PREFIX = 'kafka:';
/** What Kafka takes as the name of a topic. */
const TOPIC = /^[\w.-]{1,249}$/;

/** The topics of `kafka:TOPIC[,TOPIC…]`; undefined for other sources. Throws `usage` for what is no topic's name. */
export function topicsNamed(source: string): readonly string[] | undefined {
  if (!source.startsWith(PREFIX)) return undefined;
  const names = source.slice(PREFIX.length).split(',');
  const wrong = names.find((name) => !TOPIC.test(name));
  if (wrong === undefined) return names;
  throw new TollgateError('usage', `"${wrong}" is no name of a topic`, {
    where: source,
    next: 'write kafka:TOPIC, or kafka:TOPIC,TOPIC for several',
  });
}
