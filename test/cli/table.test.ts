import { describe, expect, it } from 'vitest';
import { startProgress } from '../../src/cli/progress.ts';
import { formatTable } from '../../src/cli/table.ts';
import { fakeTerminal } from './cli-fixture.ts';

describe('a table', () => {
  it('is columns two blanks apart, with nothing after the last', () => {
    const { terminal } = fakeTerminal();
    const rows = [
      ['deny', '12'],
      ['allow', '3'],
    ];
    expect(formatTable(terminal.out, ['effect', 'count'], rows)).toBe('effect  count\ndeny    12\nallow   3\n');
  });

  it('keeps a cell on its line and its control characters visible', () => {
    const { terminal } = fakeTerminal();
    expect(formatTable(terminal.out, ['a'], [['x\ny\u001b[31m']])).toBe('a\nx y\\u{1b}[31m\n');
  });
});

describe('a progress bar', () => {
  it('is drawn on a terminal only', () => {
    const shown = fakeTerminal({ isTTY: true });
    const bar = startProgress(shown.terminal.err, 10, 'events');
    bar.update(10);
    bar.stop();
    expect(shown.err.text).toContain('events');

    const piped = fakeTerminal();
    const silent = startProgress(piped.terminal.err, 10, 'events');
    silent.update(10);
    silent.stop();
    expect(piped.err.text).toBe('');
  });
});
