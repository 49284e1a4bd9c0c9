import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { directoryOf } from '../config/config-fixture.ts';

/** The built program; `npm test` builds it first. */
const PROGRAM = fileURLToPath(new URL('../../dist/cli/tollgate.js', import.meta.url));

interface DecisionLine {
  readonly event_id: string;
  readonly effect: string;
  readonly verdicts: readonly { readonly policy: string; readonly effect: string }[];
}

/** Runs a command that must end with 0; gives its standard output. */
function tollgate(dir: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { cwd: dir, encoding: 'utf8' });
  expect(status, `tollgate ${args.join(' ')}\n${stderr}`).toBe(0);
  return stdout;
}

function initialised(...flags: readonly string[]): string {
  const dir = directoryOf({});
  tollgate(dir, 'init', ...flags);
  return dir;
}

function decisionsOf(lines: string): readonly DecisionLine[] {
  return lines
    .trimEnd()
    .split('\n')
    .map((line): DecisionLine => JSON.parse(line));
}

/** Of the sample events. That they are run, too: `test/e2e/package.e2e.test.ts`. */
const SAMPLE = ['1 allow', '2 allow', '3 deny', '4 deny', '5 ask', '6 allow'];

describe('what tollgate init writes', () => {
  it.each([[[]], [['--kafka']]])(
    'judges an event at once, without a broker (%s)',
    (flags) => {
      const dir = initialised(...flags);
      const [decision] = decisionsOf(tollgate(dir, 'eval', '--event', 'event.json', '--json'));
      expect(decision?.effect).toBe('deny');
      expect(decision?.verdicts.map(({ policy, effect }) => `${policy}: ${effect}`)).toEqual([
        'egress: deny',
        'repetition: allow',
        'first: deny',
      ]);
      const replayed = decisionsOf(tollgate(dir, 'replay', 'events'));
      expect(replayed.map(({ event_id, effect }) => `${event_id} ${effect}`)).toEqual(SAMPLE);
    },
    120_000,
  );
});
