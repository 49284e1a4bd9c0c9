/**
 * The broker that tests are given: one node, started once a run by `broker/global-setup.ts`, shared by all files of the
 * project `kafka` (`*.int.test.ts`, and `*.e2e.test.ts` in this folder). Topics and groups of others are on it too: name
 * yours with `uniqueName`. A test that kills a broker or needs three starts its own: `broker/start-broker.ts`.
 */

import { randomBytes } from 'node:crypto';
import { describe, inject, it } from 'vitest';
import type { SharedBroker } from './broker/shared-broker.ts';

/** A port on which no broker listens: what a skipped test would be told. */
const NOWHERE = ['127.0.0.1:1'];

/** What the run found; a file outside the project `kafka` was given nothing. */
function sharedBroker(): SharedBroker {
  const given = inject('kafka') as SharedBroker | undefined;
  if (given === undefined) throw new Error('no broker here: name the file *.int.test.ts (vitest.config.ts)');
  return given;
}

/**
 * Like `describe`. Where no broker can be had its tests are skipped, by name; where one is required (`CI`,
 * `KAFKA_TESTS_REQUIRED`) one test fails in their place and says why.
 */
export function describeWithKafka(name: string, body: () => void): void {
  const given = sharedBroker();
  if (given.kind === 'none' && given.required) describeFailure(name, given.reason);
  else describe.skipIf(given.kind === 'none')(name, body);
}

/**
 * Like `describeWithKafka`, for tests that start brokers of their own (`broker/start-broker.ts`): skipped by name, too, where
 * the shared one was given, or runs in Docker, and there is no Java to start another.
 */
export function describeWithOwnBroker(name: string, body: () => void): void {
  const given = sharedBroker();
  if (given.kind === 'none' && given.required) describeFailure(name, given.reason);
  else describe.skipIf(given.kind === 'none' || !given.canStartMore)(name, body);
}

function describeFailure(name: string, reason: string): void {
  describe(name, () => {
    it('has a broker', () => {
      throw new Error(reason);
    });
  });
}

/** The bootstrap addresses of the shared broker. Of no use in a body that is skipped. */
export function testBroker(): { readonly brokers: readonly string[] } {
  const given = sharedBroker();
  return { brokers: given.kind === 'broker' ? given.brokers : NOWHERE };
}

/** The shortest session of a group's member that the shared broker allows: 6 s is what brokers do by default. */
export function shortestSessionMs(): number {
  const given = sharedBroker();
  return given.kind === 'broker' && given.from === 'jars' ? 1_500 : 6_000;
}

/** A name for a topic, group or transactional id that no other test has: `prefix-` and 12 hexadecimal digits. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}
