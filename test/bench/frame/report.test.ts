import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { givenCase, givenReport, ratio } from './given-report.ts';
import { checkResult, goalText, isGoalMet, mergeReports, readReport, reportText, roundDigits } from './report.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tollgate-report-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('the report', () => {
  it('is read back as it was written', () => {
    const report = givenReport({ judging: givenCase([ratio('r', 1.5)], { notes: ['what is not measured'] }) });
    const path = join(dir, 'performance.json');
    writeFileSync(path, reportText(report));
    expect(readReport(path)).toEqual(report);
  });

  it('is undefined where there is none, and refused in a format that is not known', () => {
    const path = join(dir, 'performance.json');
    expect(readReport(path)).toBeUndefined();
    writeFileSync(path, '{"format":2}');
    expect(() => readReport(path)).toThrow('format 2');
  });

  it('replaces the measured cases, and keeps the others', () => {
    const before = givenReport({ judging: givenCase([ratio('r', 1)]), replay: givenCase([ratio('r', 2)]) });
    const measured = new Map([['replay', givenCase([ratio('r', 3)])]]);
    const { cases } = mergeReports(before, measured, ['judging', 'replay']);
    expect(cases.judging).toEqual(before.cases.judging);
    expect(cases.replay?.ratios[0]?.value).toBe(3);
  });

  it('has its cases in the order of the benches, without those that are no more', () => {
    const before = givenReport({ gone: givenCase([]), replay: givenCase([]) });
    const { cases } = mergeReports(before, new Map([['judging', givenCase([])]]), ['judging', 'scale', 'replay']);
    expect(Object.keys(cases)).toEqual(['judging', 'replay']);
  });

  it('cuts values to four digits, and whole numbers never', () => {
    const figures = [{ name: 'f', value: 61_234.567, unit: 'events/s' }];
    const text = reportText(givenReport({ judging: givenCase([ratio('r', 1.234567)], { figures }) }));
    const { cases } = JSON.parse(text);
    expect(cases.judging.figures[0].value).toBe(61_235);
    expect(cases.judging.ratios[0].value).toBe(1.235);
    expect(roundDigits(0.000123456)).toBe(0.0001235);
  });
});

describe('a result', () => {
  it('is refused with a value that is no number, as IPC or a division may make it', () => {
    const notANumber = [ratio('r', Number.NaN)];
    expect(() => checkResult({ figures: [], ratios: notANumber, notes: [] })).toThrow('r has the value NaN');
    const lost = JSON.parse(JSON.stringify(notANumber));
    expect(() => checkResult({ figures: [], ratios: lost, notes: [] })).toThrow('r has the value null');
  });

  it('is refused with two values of one name', () => {
    const ratios = [ratio('r', 1), ratio('r', 2)];
    expect(() => checkResult({ figures: [], ratios, notes: [] })).toThrow('two values named r');
  });
});

describe('a goal', () => {
  it.each([
    { value: 15, goal: { atLeast: 15 }, isMet: true, text: 'at least 15' },
    { value: 14.9, goal: { atLeast: 15 }, isMet: false, text: 'at least 15' },
    { value: 2, goal: { atMost: 2 }, isMet: true, text: 'at most 2' },
    { value: 2.1, goal: { atMost: 2 }, isMet: false, text: 'at most 2' },
    { value: 3, goal: { atLeast: 1, atMost: 2 }, isMet: false, text: 'at least 1, at most 2' },
    { value: Number.NaN, goal: { atLeast: 1 }, isMet: false, text: 'at least 1' },
  ])('of $text is met by $value: $isMet', ({ value, goal, isMet, text }) => {
    expect(isGoalMet(ratio('r', value, { goal }))).toBe(isMet);
    expect(goalText(ratio('r', value, { goal }))).toBe(text);
  });

  it('that is not there is neither met nor missed', () => {
    expect(isGoalMet(ratio('r', 1))).toBeUndefined();
    expect(goalText(ratio('r', 1))).toBe('');
  });
});
