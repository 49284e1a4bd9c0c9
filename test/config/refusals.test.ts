import { describe, expect, it } from 'vitest';
import { read, SHORTEST } from './config-fixture.ts';

/** One bad line each; the text before it is good, so that nothing else is reported. */
const AFTER_POLICIES: readonly (readonly [string, string, string])[] = [
  ['an unknown key', 'lanse: {}', 'tollgate.yaml:2:1 lanse: unknown key; did you mean "lanes"?'],
  [
    'an unknown key inside',
    'lanes: { cuont: 2 }',
    'tollgate.yaml:2:10 lanes.cuont: unknown key; did you mean "count"?',
  ],
  [
    'an unknown key that is like none',
    'log: { colour: red }',
    'tollgate.yaml:2:8 log.colour: unknown key; known here: level',
  ],
  ['a wrong type', 'strictRouting: "no"', 'tollgate.yaml:2:16 strictRouting: expected a boolean, got "no"'],
  ['YAML 1.1 booleans', 'strictRouting: yes', 'tollgate.yaml:2:16 strictRouting: expected a boolean, got "yes"'],
  ['a number in quotes', 'lanes: { count: "2" }', 'tollgate.yaml:2:17 lanes.count: expected an integer, got "2"'],
  ['a fraction', 'lanes: { count: 1.5 }', 'tollgate.yaml:2:17 lanes.count: expected an integer, got 1.5'],
  ['no number', 'lanes: { count: .nan }', 'tollgate.yaml:2:17 lanes.count: expected an integer, got NaN'],
  ['too little', 'lanes: { count: 0 }', 'tollgate.yaml:2:17 lanes.count: expected at least 1, got 0'],
  ['too much', 'http: { port: 65536 }', 'tollgate.yaml:2:15 http.port: expected at most 65535, got 65536'],
  ['a list for an object', 'lanes: [2]', 'tollgate.yaml:2:8 lanes: expected an object, got a list'],
  ['nothing for an object', 'lanes:', 'tollgate.yaml:2:7 lanes: expected an object, got null'],
  ['an empty text', 'http: { host: "" }', 'tollgate.yaml:2:15 http.host: expected text, got an empty string'],
  [
    'a word that is not one of the choices',
    'log: { level: inof }',
    'tollgate.yaml:2:15 log.level: expected one of "silent", "fatal", "error", "warn", "info", "debug", "trace", ' +
      'got "inof"; did you mean "info"?',
  ],
  [
    'redact as default, which would have no patches',
    'defaultEffect: redact',
    'tollgate.yaml:2:16 defaultEffect: expected one of "allow", "warn", "ask", "deny", got "redact"',
  ],
  ['a missing member', 'files: { in: events }', 'tollgate.yaml:2:8 files.out: is missing'],
  [
    'a list without entries',
    'topics: { events: [] }',
    'tollgate.yaml:2:19 topics.events: expected at least 1 entry, got none',
  ],
  [
    'the same entry twice',
    'topics: { events: [a, b, a] }',
    'tollgate.yaml:2:19 topics.events: entries 0 and 2 are the same',
  ],
];

const IN_A_POLICY: readonly (readonly [string, string, string])[] = [
  ['no policies', 'policies: []', 'tollgate.yaml:1:11 policies: expected at least 1 entry, got none'],
  ['policies that are absent', 'log: {}', 'tollgate.yaml:1:1 policies: is missing'],
  ['an empty file', '', 'tollgate.yaml:1:1 policies: is missing'],
  ['a file that is a list', '- a', 'tollgate.yaml:1:1: expected an object, got a list'],
  ['a file that is a text', 'hello', 'tollgate.yaml:1:1: expected an object, got "hello"'],
  [
    'a wrong option, as the contract shows it',
    'policies:\n  - name: e\n    inspector: egress\n    with:\n      strict: "yes"',
    'tollgate.yaml:5:15 policies[0].with.strict: expected a boolean, got "yes"',
  ],
  [
    'an unknown option',
    'policies: [{ name: e, inspector: egress, with: { alowHosts: [] } }]',
    'tollgate.yaml:1:50 policies[0].with.alowHosts: unknown key; did you mean "allowHosts"?',
  ],
  [
    'an inspector that does not exist',
    'policies: [{ name: e, inspector: egres }]',
    'tollgate.yaml:1:34 policies[0].inspector: there is no inspector "egres"; did you mean "egress"?',
  ],
  [
    'an inspector that is not built yet',
    'policies: [{ name: e, inspector: pii }]',
    'tollgate.yaml:1:34 policies[0].inspector: the inspector "pii" is not built yet; built are egress, repetition',
  ],
  [
    'an Extism policy',
    'policies: [{ name: e, extism: { module: x.wasm } }]',
    'tollgate.yaml:1:23 policies[0].extism: extism policies are not built yet',
  ],
  [
    'a pack',
    'policies: [{ name: e, pack: hipaa }]',
    'tollgate.yaml:1:23 policies[0].pack: packs are not built yet; list their inspectors',
  ],
  [
    'no engine',
    'policies: [{ name: e }]',
    'tollgate.yaml:1:12 policies[0]: expected exactly one of inspector, opa, extism, pack, got none',
  ],
  [
    'a module and a bundle',
    'policies: [{ name: e, opa: { bundle: tollgate.yaml, wasm: tollgate.yaml } }]',
    'tollgate.yaml:1:28 policies[0].opa: expected exactly one of bundle, wasm, got bundle and wasm',
  ],
  [
    'a bundle that is not there',
    'policies: [{ name: e, opa: { bundle: nope.tar.gz } }]',
    'tollgate.yaml:1:38 policies[0].opa.bundle: there is no such file (paths are relative to the configuration file)',
  ],
  [
    'a bundle that is a directory',
    'policies: [{ name: e, opa: { bundle: events } }]',
    'tollgate.yaml:1:38 policies[0].opa.bundle: expected a file, found a directory',
  ],
  [
    'an inspector with a result form',
    'policies: [{ name: e, inspector: egress, result: allow }]',
    'tollgate.yaml:1:42 policies[0].result: does not belong to this kind of entry',
  ],
  [
    'options without an inspector',
    'policies: [{ name: e, opa: { wasm: tollgate.yaml }, with: {} }]',
    'tollgate.yaml:1:53 policies[0].with: belongs to an entry with "inspector", and there is none',
  ],
  [
    'a gate without violations',
    'policies: [{ name: e, opa: { wasm: tollgate.yaml }, gate: true }]',
    'tollgate.yaml:1:53 policies[0].gate: only works with "result: violations"',
  ],
  [
    'a name used twice',
    'policies: [{ name: e, inspector: egress }, { name: e, inspector: egress }]',
    'tollgate.yaml:1:52 policies[1].name: policies[0] has this name already',
  ],
  [
    'a name with blanks',
    'policies: [{ name: my policy, inspector: egress }]',
    'tollgate.yaml:1:20 policies[0].name: expected text of the form ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$, got "my policy"',
  ],
  [
    'a fact that nobody finds',
    'policies: [{ name: e, inspector: egress, needs: [host] }]',
    'tollgate.yaml:1:50 policies[0].needs[0]: expected one of "hosts", "urls", "ips", "pii", "secrets", "commands", ' +
      'got "host"; did you mean "hosts"?',
  ],
  [
    'a match that could never match',
    'policies: [{ name: e, inspector: egress, match: { tools: [] } }]',
    'tollgate.yaml:1:58 policies[0].match.tools: expected at least 1 entry, got none',
  ],
  [
    'an event type that does not exist',
    'policies: [{ name: e, inspector: egress, match: { types: [step, tool_calls] } }]',
    'tollgate.yaml:1:65 policies[0].match.types[1]: expected one of "tool_call", "tool_result", "step", ' +
      '"session_start", "session_end", "approval", "mode_change", "session_reset", got "tool_calls"; ' +
      'did you mean "tool_call"?',
  ],
];

const SYNTAX: readonly (readonly [string, string | Buffer, string])[] = [
  ['a key that stands twice', 'log: {}\nlog: {}\n', 'tollgate.yaml:2:1: this key stands here twice'],
  ['a key that stands twice in JSON', '{"log":{},"log":{}}', 'tollgate.yaml:1:11: this key stands here twice'],
  ['a list that is not closed', 'a: [1, 2\nb: 3\n', 'tollgate.yaml:2:1: not valid YAML: '],
  ['a tab for indentation', 'a:\n\tb: 1\n', 'tollgate.yaml:2:1: not valid YAML: '],
  ['a tag', 'log: !secret x\n', 'tollgate.yaml:1:6: not valid YAML: Unresolved tag'],
  ['two documents', 'a: 1\n---\nb: 2\n', 'tollgate.yaml:2:1: not valid YAML: '],
  ['an alias without an anchor', 'a: *x\n', 'tollgate.yaml:1:4: there is no anchor of this name before it'],
  [
    'a variable without quotes',
    'http: { port: ${PORT} }\n',
    'tollgate.yaml:1:16: inside { } and [ ] a variable needs quotes',
  ],
];

describe('a configuration that is bad', () => {
  it.each(AFTER_POLICIES)('is refused for %s', (_, line, message) => {
    expect(read({ yaml: `${SHORTEST}${line}\n` }).problems).toEqual([message]);
  });

  it.each(IN_A_POLICY)('is refused for %s', (_, yaml, message) => {
    expect(read({ yaml }).problems).toEqual([message]);
  });

  it.each(SYNTAX)('is refused for %s', (_, yaml, message) => {
    const { problems } = read({ yaml });
    expect(problems[0]).toContain(message);
  });

  it('names everything that is wrong at once, in the order of the file', () => {
    const yaml =
      'nonsense: 1\nlanes: { count: 0 }\npolicies:\n  - { name: a, inspector: egress, with: { strict: 1 } }\n';
    expect(read({ yaml, purpose: 'run', env: { TOLLGATE_HTTP_PORT: 'x' } }).problems).toEqual([
      expect.stringContaining('tollgate.yaml:1:1 nonsense: unknown key'),
      'tollgate.yaml:1:1 files: is missing, and so is "kafka": there is nothing to read from',
      'tollgate.yaml:2:17 lanes.count: expected at least 1, got 0',
      'tollgate.yaml:4:51 policies[0].with.strict: expected a boolean, got 1',
      'TOLLGATE_HTTP_PORT: expected an integer, got "x"',
    ]);
  });

  it('does not unfold an alias bomb', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
    );
    const { problems } = read({ yaml: `a0: &a0 [x]\n${levels.join('\n')}\n` });
    expect(problems).toEqual([expect.stringContaining('not valid YAML: Excessive alias count')]);
  });

  it('is refused when it holds itself', () => {
    expect(read({ yaml: `${SHORTEST}log: &x { level: *x }\n` }).problems).toEqual([
      'tollgate.yaml:2:18: it stands inside itself',
    ]);
  });

  it('is refused when it is nested without end', () => {
    const { problems } = read({ yaml: `a: ${'['.repeat(200_000)}` });
    expect(problems[0]).toMatch(/^tollgate\.yaml:1:\d+: not valid YAML/);
  });

  it('is refused when it is nested deeper than any configuration', () => {
    const { problems } = read({ yaml: `${SHORTEST}log: ${'['.repeat(40)}${']'.repeat(40)}\n` });
    expect(problems.at(-1)).toMatch(/^tollgate\.yaml:2:37 log\[0\].*: nested deeper than 32$/);
  });

  it('is refused when it is not UTF-8', () => {
    const { problems } = read({ yaml: Buffer.from([0x61, 0x3a, 0x20, 0xc0, 0xc1]) });
    expect(problems).toEqual(['the configuration is not valid UTF-8']);
  });

  it('is refused unread when it is larger than any configuration', () => {
    const { problems } = read({ yaml: `# ${'x'.repeat(1_048_576)}\n${SHORTEST}` });
    expect(problems).toEqual(['the configuration is larger than 1048576 bytes']);
  });
});
