// The last line of `.ci/run`, from vitest's JSON reports:
//   node .ci/summary.mjs NUMBER_OF_OTHER_CHECKS_THAT_FAILED [REPORT EXIT_CODE]…
// Exits 1 when anything failed. A run that left no report, passed nothing, or failed without a failing test, counts as one failure.
import { existsSync, readFileSync } from 'node:fs';

const [failedChecks = '0', ...runs] = process.argv.slice(2);

/** What a run of vitest came to. */
function counted(report = '', exitCode = '1') {
  const tests = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  const passed = tests.numPassedTests ?? 0;
  const skipped = (tests.numPendingTests ?? 0) + (tests.numTodoTests ?? 0);
  // Files that failed as a whole (they did not load, or a hook threw) hold no failing test.
  const brokenFiles = (tests.testResults ?? []).filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = (tests.numFailedTests ?? 0) + brokenFiles;
  const isUnexplained = failed === 0 && (exitCode !== '0' || passed === 0);
  return { passed, skipped, failed: failed + (isUnexplained ? 1 : 0) };
}

const total = { passed: 0, skipped: 0, failed: Number(failedChecks) };
for (let at = 0; at < runs.length; at += 2) {
  const { passed, skipped, failed } = counted(runs[at], runs[at + 1]);
  total.passed += passed;
  total.skipped += skipped;
  total.failed += failed;
}
const { passed, skipped, failed } = total;

process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
