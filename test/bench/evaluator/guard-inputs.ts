import { decodeEvent } from '../../../src/codec/decode-event.ts';
import type { Limits } from '../../../src/config/config.ts';
import type { Event } from '../../../src/domain/event.ts';
import type { RawRecord } from '../../../src/domain/record.ts';
import type { Session } from '../../../src/domain/session.ts';
import { findFacts } from '../../../src/inspectors/facts.ts';
import { EventView } from '../../../src/judge/event-view.ts';
import { foldEvent } from '../../../src/judge/fold.ts';
import { printOf } from '../../../src/judge/identity.ts';
import { buildPolicy } from '../../../src/registry/build-policy.ts';
import type { LoadedOpa, LoadedPolicy } from '../../../src/registry/loaded-policy.ts';
import type { OpaModuleSpec } from '../../../src/wasm/opa/instance.ts';
import { benchSetup } from '../setup.ts';
import { makeWorkload } from '../workload.ts';

const SHAPE = { sessions: 50, partitions: 1, bytes: 500, seed: 42 };
const NEEDS = new Set(['hosts'] as const);

/** The 20-rule guard and what it is asked: the `input` documents of events as lanes write them. */
export interface GuardInputs {
  readonly spec: OpaModuleSpec;
  readonly texts: readonly string[];
}

/** The guard as the judging bench has it, and the input texts of `count` tool calls. */
export async function guardInputs(count: number): Promise<GuardInputs> {
  const setup = await benchSetup(1);
  const guard = setup.policies.find(({ head }) => head.name === 'guard') as LoadedPolicy;
  const { module, dataText, entrypoint, maxAnswerBytes } = guard.engine as LoadedOpa;
  const spec = { name: 'guard', module, dataText, entrypoint, limits: guard.head.limits, maxAnswerBytes };
  const [records = []] = makeWorkload(count, SHAPE);
  return { spec, texts: inputTexts(guard, records, setup.limits) };
}

/** Asks the policy about each event, and listens to what its module is given. */
function inputTexts(guard: LoadedPolicy, records: readonly RawRecord[], limits: Limits): string[] {
  const policy = buildPolicy(guard);
  const sessions = new Map<string, Session>();
  const texts: string[] = [];
  for (const record of records) {
    const event = eventOf(record, limits);
    const print = printOf(event);
    const session = foldEvent(sessions.get(event.sessionId), event, print, limits);
    sessions.set(event.sessionId, session);
    const view = new EventView(event, session, print.identity, findFacts(event, NEEDS));
    const write = view.input.bind(view);
    view.input = (form) => {
      const text = write(form);
      texts.push(text);
      return text;
    };
    policy.judge(view);
  }
  return texts;
}

function eventOf(record: RawRecord, limits: Limits): Event {
  const { maxEventBytes: maxBytes, maxJsonDepth: maxDepth, maxJsonValues: maxValues, maxClockSkewMs } = limits;
  const decoded = decodeEvent(record.value, record, { maxBytes, maxDepth, maxValues, maxClockSkewMs });
  if (decoded.kind === 'rejected') throw new Error(`the workload has an event that is none: ${decoded.message}`);
  return decoded.event;
}
