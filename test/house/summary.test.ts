import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { directoryOf } from '../config/config-fixture.ts';

const SUMMARY = fileURLToPath(new URL('../../.ci/summary.mjs', import.meta.url));

interface Given {
  readonly report?: object;
  readonly testsExit?: number;
  readonly failedChecks?: number;
}

function summary({ report, testsExit = 0, failedChecks = 0 }: Given): readonly [string, number | null] {
  const directory = directoryOf(report === undefined ? {} : { 'tests.json': JSON.stringify(report) });
  const args = [SUMMARY, join(directory, 'tests.json'), String(testsExit), String(failedChecks)];
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
    ['nothing ran at all', {}, '0 passed, 0 failed\n', 1],
  ])('is right, with its exit code, when %s', (_, given, line, code) => {
    expect(summary(given)).toEqual([line, code]);
  });
});
