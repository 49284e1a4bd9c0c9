import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { packageFile } from '../../../src/codec/package-file.ts';
import { EXPLANATIONS } from './explanations.ts';
import { pageText } from './page.ts';
import { type CaseReport, mergeReports, readReport, reportText } from './report.ts';

/** What is committed. */
export const REPORT_FILE = packageFile('docs', 'performance.json');
const PAGE_FILE = packageFile('docs', 'performance.md');

/** Puts the measured cases into the committed report and writes its page anew; says what was written. */
export function writeReport(measured: ReadonlyMap<string, CaseReport>, names: readonly string[]): string {
  const text = reportText(mergeReports(readReport(REPORT_FILE), measured, names));
  mkdirSync(dirname(REPORT_FILE), { recursive: true });
  writeFileSync(REPORT_FILE, text);
  // Read back: the page shows what is in the file, digits and all.
  writeFileSync(PAGE_FILE, pageText(JSON.parse(text), EXPLANATIONS));
  return `wrote ${measured.size} of ${names.length} cases to docs/performance.json and docs/performance.md`;
}
