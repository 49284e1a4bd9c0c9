import { partitionOf } from '../../../src/codec/partition-of.ts';
import { SessionCodec } from '../../../src/codec/session-codec.ts';
import type { Session } from '../../../src/domain/session.ts';
import type { JudgeResult } from '../../../src/lanes/messages.ts';
import { readSessions } from '../../../src/lanes/result-frame.ts';
import { batches, judgeBatch, openWorker, type Setup } from '../given-lanes.ts';
import { makeWorkload } from '../workload.ts';

const TEMPLATES = 500;
const EVENTS_A_SESSION = 8;
const BATCH = 512;

/** Session states as the changelog has them, by partition. */
export type States = readonly (readonly Uint8Array[])[];

/**
 * `count` sessions of about eight calls each, named as the workload does. What five hundred sessions become by being judged,
 * under many names: judging them all would take minutes and make the same.
 */
export function sessionStates(setup: Setup, count: number): States {
  const codec = new SessionCodec();
  const templates = judgedSessions(setup, codec);
  const states: Uint8Array[][] = Array.from({ length: setup.partitions }, () => []);
  for (let i = 0; i < count; i++) {
    const sessionId = `session-${i}`;
    const template = templates[i % templates.length] as Session;
    const bytes = Uint8Array.from(codec.encode({ ...template, sessionId }));
    states[partitionOf(sessionId, setup.partitions)]?.push(bytes);
  }
  return states;
}

function judgedSessions(setup: Setup, codec: SessionCodec): Session[] {
  const worker = openWorker(setup, setup.partitions);
  const shape = { sessions: TEMPLATES, partitions: setup.partitions, bytes: 500, seed: 7 };
  const workload = makeWorkload(TEMPLATES * EVENTS_A_SESSION, shape);
  const latest = new Map<string, Session>();
  for (const batch of batches(workload, BATCH)) {
    const { segments } = judgeBatch(worker, [batch]) as JudgeResult;
    for (const { buffer, sessions } of segments) {
      for (const { sessionId, value } of readSessions(buffer, sessions)) {
        if (value !== null) latest.set(sessionId, codec.decode(value));
      }
    }
  }
  return [...latest.values()];
}
