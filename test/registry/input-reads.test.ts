import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageFile } from '../../src/codec/package-file.ts';
import type { PolicyConfig } from '../../src/config/config.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Answer } from '../../src/domain/verdict.ts';
import { findFacts } from '../../src/inspectors/facts.ts';
import { buildPolicy } from '../../src/registry/build-policy.ts';
import { inputReads } from '../../src/registry/input-reads.ts';
import { loadPolicies } from '../../src/registry/load-policies.ts';
import { readBundle } from '../../src/registry/read-bundle.ts';
import { aPolicy, aSet, call, judgeAll } from '../judge/history.ts';

const NO_MODULE = Buffer.alloc(0);

function readsOf(rego: string, module = NO_MODULE) {
  return inputReads(new Map([['p.rego', Buffer.from(rego)]]), module);
}

/** Tool calls of the kinds that the shipped policies look at, with what makes each of their rules fire. */
const CALLS = fc.record({
  tool: fc.constantFrom(
    'read_file',
    'write_file',
    'shell',
    'http_get',
    'sql_query',
    'deploy',
    'unknown',
    'delete_file',
  ),
  params: fc.oneof(
    fc.record({ path: fc.constantFrom('/workspace/a', '/etc/passwd', '../x') }, { requiredKeys: [] }),
    fc.record({ command: fc.constantFrom('ls', 'rm -rf /', 'sudo x'), environment: fc.constant('production') }),
    fc.record({ url: fc.constantFrom('https://github.com', 'http://evil.example'), token: fc.string() }),
    fc.record({ query: fc.constantFrom('select 1', 'drop table x') }),
    fc.jsonValue(),
  ),
  usage: fc.record({ cost_usd: fc.constantFrom(0, 3, 6), input_tokens: fc.constantFrom(1, 150_000) }),
});

describe('a policy that is given only what it reads', () => {
  it.each(['agent-guard', 'first', 'house'])('answers as it does to the whole input: %s', async (name) => {
    const limits = { timeoutMs: 100, memoryMb: 16, maxInputBytes: 262_144 };
    const source = { bundle: packageFile('policies', 'dist', `${name}.tar.gz`) };
    const engine = {
      kind: 'opa',
      source,
      result: 'decision',
      input: 'tollgate',
      gate: false,
    } as const;
    const policy: PolicyConfig = { name, mode: 'enforce', match: {}, needs: ['hosts'], limits, engine };
    const [loaded] = await loadPolicies([policy], { maxAnswerBytes: 65_536 });
    if (loaded?.engine.kind !== 'opa' || loaded.engine.reads === undefined) throw new Error('its reads are not known');
    const { reads: _, ...unread } = loaded.engine;
    const [part, whole] = [buildPolicy(loaded), buildPolicy({ ...loaded, engine: unread })];
    const answers: { readonly part: Answer; readonly whole: Answer }[] = [];
    const both = aPolicy('both', (view) => {
      answers.push({ part: part.judge(view), whole: whole.judge(view) });
      return { effect: 'allow' };
    });
    const set = aSet([both], { findFacts: (event) => findFacts(event, new Set(['hosts'])) });
    const history = fc.array(CALLS, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(history, (calls) => {
        answers.length = 0;
        judgeAll(
          set,
          calls.map(({ params, ...others }) => call(params as JsonObject, others)),
        );
        expect(answers).toHaveLength(calls.length);
        for (const { part, whole } of answers) expect(part).toEqual(whole);
      }),
      { seed: 42, numRuns: 60 },
    );
  });
});

describe('what a policy reads of its input', () => {
  it.each([
    { name: 'a member', rego: 'p if input.tool == "x"', reads: { tool: true } },
    { name: 'a member of a member, as the whole of it', rego: 'p if input.params.a.b == 1', reads: { params: true } },
    {
      name: 'a session’s facts, one by one',
      rego: 'p if input.session.calls > input.session.tokens',
      reads: { session: ['calls', 'tokens'] },
    },
    {
      name: 'a fact’s own member, as the fact',
      rego: 'p if input.session.repeat.count > 1',
      reads: { session: ['repeat'] },
    },
    {
      name: 'a fact and the whole session, as the session',
      rego: 'p if { input.session.calls; f(input.session) }',
      reads: { session: true },
    },
    {
      name: 'the whole session and then a fact, as the session',
      rego: 'p if { f(input.session); input.session.calls }',
      reads: { session: true },
    },
    { name: 'a session’s computed member, as the session', rego: 'p if input.session[x]', reads: { session: true } },
    {
      name: 'a member in brackets',
      rego: 'p if input["session"]["calls"] > input["too\\u006c"]',
      reads: { session: ['calls'], tool: true },
    },
    { name: 'an import', rego: 'import input.session as s\np if s.calls > 1', reads: { session: true } },
    { name: 'nothing', rego: 'p := 1', reads: {} },
    { name: 'not what comments and texts say', rego: '# input.a\np := "input.b" # `"\nq := `input.c "`', reads: {} },
    { name: 'not other names', rego: 'p if data.input.a == my_input.b; q if inputs.c', reads: {} },
    { name: 'behind a text with quotes in it', rego: 'p if x == "\\"# " ; q if input.tool', reads: { tool: true } },
  ])('is found: $name', ({ rego, reads }) => {
    expect(readsOf(rego)).toEqual(reads);
  });

  it.each([
    { name: 'it is a value', rego: 'p := f(input)' },
    { name: 'it is a value at the end', rego: 'p := input' },
    { name: 'a member is computed', rego: 'p := input[x]' },
    { name: 'a member is computed from a text', rego: 'p := input[lower("A")]' },
    { name: 'a member’s name cannot be read', rego: 'p := input["a\\x"]' },
    { name: 'it has another name', rego: 'import input\np if input.tool' },
    { name: 'it is replaced', rego: 'p if q with input as {"a": 1}' },
    { name: 'a template may hold code', rego: 'p := $"tool {input.tool}"' },
    { name: 'a raw template may hold code', rego: 'p := $`tool {input.tool}`' },
  ])('is not known when $name', ({ rego }) => {
    expect(readsOf(rego)).toBeUndefined();
  });

  it('is not known without Rego', () => {
    expect(inputReads(new Map(), NO_MODULE)).toBeUndefined();
  });

  it('includes what the module names and the Rego does not: it may have been built from other Rego', () => {
    const module = Buffer.from('\x08tool\0calls\0mode of operation\0add_params\0', 'latin1');
    expect(readsOf('p if input.session.tokens', module)).toEqual({ session: ['calls', 'tokens'], tool: true });
    expect(readsOf('p if true', Buffer.from('\0session\0'))).toEqual({ session: true });
  });

  it('of the shipped guard is what it needs (and what its module names for its answers)', async () => {
    const file = packageFile('policies', 'dist', 'agent-guard.tar.gz');
    const { regoFiles, moduleBytes } = await readBundle(readFileSync(file), file);
    const reads = inputReads(regoFiles, moduleBytes) ?? {};
    expect(Object.keys(reads).sort()).toEqual([
      'facts',
      'input_identity',
      'params',
      'result',
      'session',
      'tool',
      'type',
    ]);
    expect(reads.session).toEqual([
      'approvals',
      'calls',
      'cost_usd',
      'cycle',
      'errors',
      'labels',
      'repeat',
      'tokens',
      'tools_seen',
    ]);
  });
});
