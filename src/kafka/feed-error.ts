import { TollgateError } from '../domain/errors.ts';
import type { Feed } from './feed.ts';
import { kafkaError } from './kafka-error.ts';
import type { FetchedPartition } from './mends/fetch.ts';
import { needing } from './missing-right.ts';

export const OUT_OF_RANGE = 'OFFSET_OUT_OF_RANGE';

/** What ends the reading of a feed that was answered so: no retry mends it. */
export function partitionError(
  { topic, partition, next }: Feed,
  { errorType, logStartOffset }: FetchedPartition,
): TollgateError {
  const where = `${topic}/${partition}/${next}`;
  if (errorType === OUT_OF_RANGE) {
    // Brokers may leave it out (−1) of an answer that is an error.
    const begins = logStartOffset < 0 ? '' : `, which begins at ${logStartOffset}`;
    return new TollgateError(
      'position_contradicts',
      `the committed position is out of the topic's range${begins}: what lay between is lost, or the topic was made anew`,
      {
        where,
        next: `stop all processes of the group, then: tollgate topics repair --topic ${topic} --partition ${partition} --to earliest; or to latest, or an offset`,
      },
    );
  }
  const error = Object.assign(new Error(`fetching was refused: ${errorType}`), { type: errorType });
  return kafkaError(needing(error, 'READ', topic), `fetching ${where}`);
}

/** A topic that stays unknown. */
export function topicDeleted({ topic, partition }: Feed): TollgateError {
  return new TollgateError('topology_invalid', 'a topic that is read exists no longer', {
    where: `${topic}/${partition}`,
    next: 'see `tollgate topics check`',
  });
}
