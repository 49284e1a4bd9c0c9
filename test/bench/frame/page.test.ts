import { describe, expect, it } from 'vitest';
import { givenCase, givenReport, ratio } from './given-report.ts';
import { pageText } from './page.ts';

const MISSED = ratio('ours / theirs', 0.4, { goal: { atLeast: 0.5 } });
const MET = ratio('fresh / reused', 20, { goal: { atLeast: 15 } });

describe('the page', () => {
  it('counts goals, and shows each beside its ratio', () => {
    const page = pageText(givenReport({ evaluator: givenCase([MET]), replay: givenCase([MISSED, ratio('r', 1)]) }), {});
    expect(page).toContain('## Goals: 1 of 2 met');
    expect(page).toContain('| evaluator | fresh / reused | 20 | at least 15 | met |');
    expect(page).toContain('| replay | ours / theirs | 0.4 | at least 0.5 | MISSED |');
  });

  it('explains a missed goal where it can, and says where it cannot', () => {
    const report = givenReport({ replay: givenCase([MISSED]) });
    const explained = pageText(report, { replay: { 'ours / theirs': 'Half of it is the parser.' } });
    expect(explained).toContain('**ours / theirs: missed.** Half of it is the parser.');
    expect(pageText(report, {})).toContain('**ours / theirs: missed.** Not explained yet.');
  });

  it('gives an explanation once, where it is needed first', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => ratio(name, 0.4, { goal: { atLeast: name === 'a' ? 0.1 : 0.5 } }));
    const report = givenReport({ replay: givenCase([a, b, c].filter((one) => one !== undefined)) });
    const page = pageText(report, { replay: { a: 'The parser.', b: 'The parser.', c: 'The parser.' } });
    expect(page).toContain('**b: missed.** The parser.\n');
    expect(page).toContain('**c: missed.** For the same reason as “b”.\n');
    expect(page.split('The parser.')).toHaveLength(2);
  });

  it('leaves out the explanation of a goal that is met', () => {
    const page = pageText(givenReport({ evaluator: givenCase([MET]) }), {
      evaluator: { 'fresh / reused': 'It was slow.' },
    });
    expect(page).not.toContain('It was slow.');
  });

  it('says of each case what was measured, where, when, and what was not', () => {
    const figures = [{ name: 'one thread', value: 61_234.5, unit: 'events/s' }];
    const found = givenCase([], { figures, notes: ['Not measured: committing.'] });
    const page = pageText(givenReport({ judging: found }), {});
    expect(page).toContain('## Something: this beside that');
    expect(page).toContain('| one thread | 61,235 | events/s |');
    expect(page).toContain('- Not measured: committing.');
    expect(page).toContain('`npm run bench -- --only judging` · 2026-03-02 · 12 s');
    expect(page).toContain('2 × Some CPU, 24 GB, linux 6.1, Node v20.20.2, Kafka 4.3.1');
  });

  it('keeps a bar in a name from making a column', () => {
    const page = pageText(givenReport({ replay: givenCase([ratio('replay / zcat | wc -l', 1)]) }), {});
    expect(page).toContain('| replay / zcat \\| wc -l | 1 |  |  |');
  });

  it('is the same for the same report', () => {
    const report = givenReport({ replay: givenCase([MISSED, MET]) });
    expect(pageText(report, {})).toBe(pageText(structuredClone(report), {}));
  });
});
