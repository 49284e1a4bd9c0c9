import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel } from '../../src/ops/log.ts';

function logged(level: LogLevel, use: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  let text = '';
  const stream = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk);
      done();
    },
  });
  use(createLogger(level, stream));
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('is one JSON object a line: level, time, fields, message', () => {
    const [line] = logged('info', (log) => log.info({ partition: 3 }, 'partition restored'));
    expect(line).toEqual({ level: 'info', time: expect.any(String), partition: 3, msg: 'partition restored' });
    expect(Number.isNaN(Date.parse(String(line?.time)))).toBe(false);
  });

  it.each<[LogLevel, string[]]>([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['silent', []],
  ])('at level %s holds %j', (level, expected) => {
    const lines = logged(level, (log) => {
      log.debug({}, 'd');
      log.info({}, 'i');
      log.warn({}, 'w');
      log.error({}, 'e');
    });
    expect(lines.map((line) => line.level)).toEqual(expected);
  });

  it('shows an error with its message and stack', () => {
    const [line] = logged('info', (log) => log.error({ err: new TypeError('broken') }, 'lane failed'));
    expect(line?.err).toMatchObject({
      type: 'TypeError',
      message: 'broken',
      stack: expect.stringContaining('log.test'),
    });
  });

  it('masks secrets by their names', () => {
    const [line] = logged('info', (log) => log.info({ password: 'hunter2', sasl: { password: 'hunter2' } }, 'x'));
    expect(JSON.stringify(line)).not.toContain('hunter2');
  });
});
