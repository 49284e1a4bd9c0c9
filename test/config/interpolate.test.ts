import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate } from '../../src/config/interpolate.ts';
import { accepted, read, SHORTEST } from './config-fixture.ts';

function fill(value: unknown, env: Readonly<Record<string, string>> = {}): unknown {
  return interpolate(value, env, () => undefined).value;
}

describe('a variable inside a value', () => {
  it.each([
    ['stands for what it holds', 'a-${X}-b', { X: '1' }, 'a-1-b'],
    ['may stand there often', '${X}${Y}${X}', { X: '1', Y: '2' }, '121'],
    ['has its default when it is unset', '${X:-d}', {}, 'd'],
    ['has its default when it is empty', '${X:-d}', { X: '' }, 'd'],
    ['may be empty without a default', 'a${X}', { X: '' }, 'a'],
    ['may have an empty default', 'a${X:-}', {}, 'a'],
    ['is not looked for in what it holds', '${X}', { X: '${Y}', Y: 'no' }, '${Y}'],
    ['can be written out', '$${X}', { X: '1' }, '${X}'],
    ['needs its braces', '$X', { X: '1' }, '$X'],
  ])('%s', (_, text, env, expected) => {
    expect(fill(text, env)).toBe(expected);
  });

  it('leaves keys, and values that are no text, as they are', () => {
    const value = { '${X}': [1, true, null, { deep: '${X}' }] };
    expect(fill(value, { X: '1' })).toEqual({ '${X}': [1, true, null, { deep: '1' }] });
  });

  it('changes nothing where none stands', () => {
    const noReference = fc.string().filter((text) => !text.includes('${'));
    fc.assert(
      fc.property(fc.array(fc.dictionary(noReference, noReference)), (value) => {
        expect(fill(value)).toEqual(value.map((entry) => ({ ...entry })));
      }),
      { seed: 42 },
    );
  });

  it('is read as the type its key asks for', () => {
    const yaml = `${SHORTEST}http: { port: "\${PORT}" }\nstrictRouting: \${STRICT:-true}\nlanes: { count: "\${N:-4}" }\n`;
    const config = accepted({ yaml, env: { PORT: '99' } });
    expect([config.http.port, config.strictRouting, config.lanes.count]).toEqual([99, true, 4]);
  });

  it('is read as the type that the option of an inspector asks for', () => {
    const yaml = 'policies: [{ name: r, inspector: repetition, with: { max: "${MAX}" } }]';
    expect(accepted({ yaml, env: { MAX: '7' } }).policies[0]?.engine).toMatchObject({ options: { max: 7 } });
  });

  it('stays text where text is asked for', () => {
    const yaml = `${SHORTEST}http: { host: "\${HOST}" }\n`;
    expect(accepted({ yaml, env: { HOST: '12' } }).http.host).toBe('12');
  });

  it('may have any name, also one that would else be an unknown key of the environment', () => {
    const yaml = `${SHORTEST}http: { host: "\${TOLLGATE_MY_HOST}" }\n`;
    expect(accepted({ yaml, env: { TOLLGATE_MY_HOST: 'h' } }).http.host).toBe('h');
  });

  it.each([
    [
      'is unset and has no default',
      'http: { port: "${NOPE}" }',
      'tollgate.yaml:2:15 http.port: the variable NOPE is not set, and there is no default (${NOPE:-default})',
    ],
    [
      'is not closed',
      'http: { host: "${NOPE" }',
      'tollgate.yaml:2:15 http.host: no variable follows "${"; write ${NAME}, ${NAME:-default}, or $${ for the characters themselves',
    ],
    [
      'has no name',
      'http: { host: "${}" }',
      'tollgate.yaml:2:15 http.host: no variable follows "${"; write ${NAME}, ${NAME:-default}, or $${ for the characters themselves',
    ],
    [
      'holds what does not fit, which is not shown',
      'http: { port: "${SECRET}" }',
      'tollgate.yaml:2:15 http.port: expected an integer, got what "${SECRET}" stands for',
    ],
  ])('is refused when it %s', (_, line, message) => {
    expect(read({ yaml: `${SHORTEST}${line}\n`, env: { SECRET: 'hunter2' } }).problems).toEqual([message]);
  });
});
