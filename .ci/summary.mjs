// The last line of `.ci/run`, from vitest's JSON report:
//   node .ci/summary.mjs REPORT EXIT_CODE_OF_THE_TESTS NUMBER_OF_OTHER_CHECKS_THAT_FAILED
// Exits 1 when anything failed. A run that left no report, or failed without a failing test, counts as one failure.
import { existsSync, readFileSync } from 'node:fs';

const [report = '', testsExit = '1', failedChecks = '0'] = process.argv.slice(2);
const tests = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
const passed = tests.numPassedTests ?? 0;
const skipped = (tests.numPendingTests ?? 0) + (tests.numTodoTests ?? 0);

/** Files that failed as a whole (they did not load, or a hook threw) hold no failing test. */
const brokenFiles = (tests.testResults ?? []).filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
).length;
const failedTests = (tests.numFailedTests ?? 0) + brokenFiles;
const ranToItsEnd = testsExit === '0' || failedTests > 0;
const failed = failedTests + (ranToItsEnd ? 0 : 1) + Number(failedChecks);

process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
