/**
 * The generation of a membership, when it begins.
 *
 * kafkajs 2.2.4 says of a join who we are and what we were given (GROUP_JOIN), but not in which generation of the group:
 * without it offsets cannot be committed as a member (`offset-commit.ts`). The generation is noted once the group has
 * told the member its assignment, right before that event.
 */

import { consumerGroupSync, type KafkaConsumerGroup } from '../kafkajs.ts';

/** Member ids are unique; a process has few consumers at a time, and the ids of past ones are of no use. */
const MAX_MEMBERS = 64;

const generations = new Map<string, number>();
let isMended = false;

/** Notes generations from now on, of all consumers of this process. May be called again. */
export function rememberGenerations(): void {
  if (isMended) return;
  isMended = true;
  const { original, replace } = consumerGroupSync();
  replace(async function syncAndNote(this: KafkaConsumerGroup): Promise<void> {
    await original.call(this);
    note(this.memberId, this.generationId);
  });
}

/** The generation of the last assignment of this member: during GROUP_JOIN, the one that has just begun. */
export function generationOf(memberId: string): number | undefined {
  return generations.get(memberId);
}

function note(memberId: string, generationId: number): void {
  generations.delete(memberId);
  const [oldest] = generations.keys();
  if (generations.size >= MAX_MEMBERS && oldest !== undefined) generations.delete(oldest);
  generations.set(memberId, generationId);
}
