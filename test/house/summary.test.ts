import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { directoryOf } from '../config/config-fixture.ts';

const SUMMARY = fileURLToPath(new URL('../../.ci/summary.mjs', import.meta.url));

interface Given {
  readonly report?: object | undefined;
  readonly testsExit?: number;
  readonly failedChecks?: number;
}

function summary({ report, testsExit = 0, failedChecks = 0 }: Given): readonly [string, number | null] {
  return summaryOf(failedChecks, [{ report, testsExit }]);
}

function summaryOf(failedChecks: number, runs: readonly Given[]): readonly [string, number | null] {
  const reports = runs.flatMap(({ report }, run) =>
    report === undefined ? [] : [[`${run}.json`, JSON.stringify(report)]],
  );
  const directory = directoryOf(Object.fromEntries(reports));
  const words = runs.flatMap(({ testsExit = 0 }, run) => [join(directory, `${run}.json`), String(testsExit)]);
  const args = [SUMMARY, String(failedChecks), ...words];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return [stdout, status];
}

const GOOD = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
const BROKEN_FILE = { status: 'failed', assertionResults: [] };

describe('the last line of .ci/run', () => {
  it.each<[string, Given, string, number]>([
    ['all is well', { report: GOOD }, '3 passed, 0 failed\n', 0],
    ['some were skipped', { report: { ...GOOD, numPendingTests: 2 } }, '3 passed, 0 failed, 2 skipped\n', 0],
    ['tests fail', { report: { ...GOOD, numFailedTests: 2 }, testsExit: 1 }, '3 passed, 2 failed\n', 1],
    ['another check fails', { report: GOOD, failedChecks: 1 }, '3 passed, 1 failed\n', 1],
    [
      'a file does not load',
      { report: { ...GOOD, testResults: [BROKEN_FILE] }, testsExit: 1 },
      '3 passed, 1 failed\n',
      1,
    ],
    ['the run dies after its tests', { report: GOOD, testsExit: 139 }, '3 passed, 1 failed\n', 1],
    ['the build fails before them', { testsExit: 2 }, '0 passed, 1 failed\n', 1],
    ['nothing ran at all', {}, '0 passed, 1 failed\n', 1],
  ])('is right, with its exit code, when %s', (_, given, line, code) => {
    expect(summary(given)).toEqual([line, code]);
  });

  it('adds up the runs on several versions of Node', () => {
    const other = { ...GOOD, numPassedTests: 2, numPendingTests: 1 };
    expect(summaryOf(0, [{ report: GOOD }, { report: other }])).toEqual(['5 passed, 0 failed, 1 skipped\n', 0]);
  });

  it('does not take a run that left nothing for one that passed', () => {
    expect(summaryOf(1, [{ report: GOOD }, {}])).toEqual(['3 passed, 2 failed\n', 1]);
    expect(summaryOf(0, [])).toEqual(['0 passed, 0 failed\n', 1]);
  });
});
