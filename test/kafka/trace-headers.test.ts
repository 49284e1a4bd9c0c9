import { describe, expect, it } from 'vitest';
import { traceHeaders } from '../../src/kafka/trace-headers.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const STATE = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE';

function header(name: string, value: string | null) {
  return { name, value: value === null ? null : Buffer.from(value) };
}

/** Names and texts of what is passed on. */
function passed(...headers: readonly (readonly [string, string | null])[]): string[] {
  const given = headers.map(([name, value]) => header(name, value));
  return traceHeaders(given).map(({ name, value }) => `${name}: ${Buffer.from(value ?? [])}`);
}

describe('the trace of a record', () => {
  it('is passed on as it is, with its state', () => {
    expect(passed(['other', 'x'], ['tracestate', STATE], ['traceparent', PARENT])).toEqual([
      `traceparent: ${PARENT}`,
      `tracestate: ${STATE}`,
    ]);
  });

  it('may be of a later version, with more behind it', () => {
    for (const text of [PARENT.replace('00-', 'cc-'), `${PARENT.replace('00-', 'cc-')}-what-comes`]) {
      expect(passed(['traceparent', text])).toEqual([`traceparent: ${text}`]);
    }
  });

  it.each([
    ['nothing', null],
    ['empty', ''],
    ['upper case', PARENT.toUpperCase()],
    ['a trace of zeros', PARENT.replace(/4bf\w+/, '0'.repeat(32))],
    ['a parent of zeros', PARENT.replace(/00f067\w+/, '0'.repeat(16))],
    ['version ff', PARENT.replace('00-', 'ff-')],
    ['version 00 with more behind it', `${PARENT}-x`],
    ['a line feed behind it', `${PARENT}\n`],
    ['blanks around it', ` ${PARENT}`],
    ['much', 'cc'.repeat(5_000)],
    ['no text', '\u{1f916}'],
  ])('is dropped, with its state, when it is %s', (_, text) => {
    expect(passed(['traceparent', text], ['tracestate', STATE])).toEqual([]);
  });

  it('is dropped when it comes twice; of a state only the state is', () => {
    expect(passed(['traceparent', PARENT], ['traceparent', PARENT])).toEqual([]);
    expect(passed(['traceparent', PARENT], ['tracestate', STATE], ['tracestate', STATE])).toHaveLength(1);
    expect(passed(['traceparent', PARENT], ['tracestate', 'a=\n'])).toHaveLength(1);
    expect(passed(['traceparent', PARENT], ['tracestate', `a=${'x'.repeat(512)}`])).toHaveLength(1);
    expect(passed(['tracestate', STATE])).toEqual([]);
  });
});
