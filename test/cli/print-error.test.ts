import { describe, expect, it } from 'vitest';
import { printError } from '../../src/cli/print-error.ts';
import { TollgateError } from '../../src/domain/errors.ts';
import { fakeTerminal, type Setting } from './cli-fixture.ts';

function printed(error: TollgateError, setting: Setting = {}): string {
  const { terminal, out, err } = fakeTerminal(setting);
  printError(terminal.err, error);
  expect(out.text).toBe('');
  return err.text;
}

const UNREADABLE = new TollgateError('input_unreadable', 'cannot read the input', {
  where: 'events/a.ndjson',
  next: 'check that the path exists',
});

describe('an error', () => {
  it('says what, where, and what to do next', () => {
    expect(printed(UNREADABLE)).toBe(
      'error: cannot read the input\nwhere: events/a.ndjson\nnext:  check that the path exists\n',
    );
  });

  it('leaves the lines of a configuration as editors read them', () => {
    const error = new TollgateError('config_invalid', 'a.yaml:1:2 x: bad\na.yaml:2:2 y: bad', {
      next: 'correct these 2',
    });
    expect(printed(error)).toBe('a.yaml:1:2 x: bad\na.yaml:2:2 y: bad\nnext:  correct these 2\n');
  });

  it('is coloured on a terminal', () => {
    expect(printed(UNREADABLE, { isTTY: true, env: { TERM: 'xterm' } })).toContain('\u001b[31m');
  });

  it.each<[string, Setting]>([
    ['NO_COLOR is set', { isTTY: true, env: { NO_COLOR: '1' } }],
    ['the terminal is dumb', { isTTY: true, env: { TERM: 'dumb' } }],
    ['there is no terminal', { isTTY: false, env: { FORCE_COLOR: '1', CI: 'true' } }],
  ])('is not coloured when %s', (_, setting) => {
    expect(printed(UNREADABLE, setting)).not.toContain('\u001b');
  });

  it('cannot move the cursor, whatever a file name holds', () => {
    const error = new TollgateError('input_unreadable', 'a\u001b[2Jb\rc\u202ed', { where: 'x\u0007' });
    expect(printed(error)).toBe('error: a\\u{1b}[2Jb\\u{d}c\\u{202e}d\nwhere: x\\u{7}\n');
  });
});
