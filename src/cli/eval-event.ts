import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { loadPolicyConfig } from '../config/load-config.ts';
import { TollgateError } from '../domain/errors.ts';
import type { RawRecord } from '../domain/record.ts';
import { createLogger } from '../ops/log.ts';
import { prepareSetup } from '../pipeline/prepare.ts';
import { memorySource } from '../replay/memory-source.ts';
import { replayHistory } from '../replay/replay.ts';
import { type DecisionJson, explainDecision } from './explain.ts';
import { stopSignal } from './stop-signal.ts';
import type { Terminal } from './terminal.ts';

export interface EvalFlags {
  readonly config: string;
  readonly event: string;
  readonly trusted: boolean;
  readonly json: boolean;
}

const PARTITION = 0;

/** The action of `tollgate eval`. Throws `input_unreadable` for an event that cannot be read as one. */
export async function evaluateEvent(flags: EvalFlags, terminal: Terminal): Promise<void> {
  const config = loadPolicyConfig(flags.config, terminal.env);
  const value = await readEvent(flags.event, terminal);
  const stop = stopSignal();
  try {
    const setup = await prepareSetup(config, 1, stop.signal);
    const decisions: string[] = [];
    const letters: string[] = [];
    await replayHistory({
      source: memorySource(PARTITION, [recordOf(value, flags)]),
      setup,
      lanes: { ...config.lanes, count: 1 },
      logger: createLogger('error'),
      signal: stop.signal,
      sink: {
        decision: (text) => decisions.push(text),
        deadLetter: ({ code, message }) => letters.push(`${code}: ${message}`),
        ready: async () => undefined,
      },
    });
    print(decisions[0], flags.json, terminal);
    if (letters[0] !== undefined) throw unreadable(letters[0], flags.event);
  } finally {
    stop.release();
  }
}

function print(text: string | undefined, json: boolean, { out }: Terminal): void {
  if (text === undefined) return;
  out.write(json ? `${text}\n` : explainDecision(JSON.parse(text) as DecisionJson, out));
}

function recordOf(value: Uint8Array, { event, trusted }: EvalFlags): RawRecord {
  return { topic: event, offset: 0, nextOffset: value.length, timestampMs: -1, key: null, value, trusted, ordinal: 0 };
}

async function readEvent(path: string, { stdin }: Terminal): Promise<Uint8Array> {
  try {
    return path === '-' ? await buffer(stdin) : await readFile(path);
  } catch (cause) {
    throw new TollgateError('input_unreadable', 'the event cannot be read', {
      where: path,
      next: 'check the path',
      cause,
    });
  }
}

function unreadable(problem: string, where: string): TollgateError {
  return new TollgateError('input_unreadable', problem, { where, next: 'compare it with schemas/event.schema.json' });
}
