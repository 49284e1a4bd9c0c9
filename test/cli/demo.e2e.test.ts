import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The built program; `npm test` builds it first. */
const PROGRAM = join(ROOT, 'dist/cli/tollgate.js');
const DEMO = join(ROOT, 'examples/demo');

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface DecisionLine {
  readonly effect: string;
  readonly session_id: string;
  readonly input_identity?: string;
  readonly occurred_at: string;
  readonly tool?: string;
}

let directory = '';
let first: Run = { code: null, out: '', err: '' };

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tollgate-demo-'));
  first = tollgate('demo');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function tollgate(...args: readonly string[]): Run {
  return runProgram(PROGRAM, args);
}

function runProgram(program: string, args: readonly string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

/** Every line of a kind of output, by partition. */
function linesOf(kind: string, dir = 'out/demo'): readonly string[] {
  const folder = join(directory, dir, kind);
  const texts = readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}

function decisions(): readonly DecisionLine[] {
  return linesOf('decisions').map((line): DecisionLine => JSON.parse(line));
}

/** The lines under a title of the report, up to the next one. */
function section(report: string, title: string): readonly string[] {
  const lines = report.split('\n');
  const from = lines.indexOf(title) + 1;
  const length = lines.slice(from).findIndex((line) => line !== '' && !line.startsWith(' '));
  return lines.slice(from, from + length).filter((line) => line !== '');
}

/** Without what a clock says. */
function timeless(report: string): string {
  return report.replace(/\d+\.\d s, the start/, 'the start');
}

describe('tollgate demo', () => {
  it('ends well and says nothing but its report', () => {
    expect([first.code, first.err]).toEqual([0, '']);
  });

  it('shows the effects that the decisions have, all five', () => {
    const counts = new Map<string, number>();
    for (const { effect } of decisions()) counts.set(effect, (counts.get(effect) ?? 0) + 1);
    const shown = section(first.out, 'Effects').map((line) => line.trim().split(/\s+/).slice(0, 2));
    expect(shown).toEqual(
      ['allow', 'warn', 'redact', 'ask', 'deny'].map((effect) => [effect, String(counts.get(effect))]),
    );
  });

  it('explains three denials, each of another policy', () => {
    const heads = section(first.out, 'Three denials explained').filter((line) => /^ {2}\S/.test(line));
    expect(heads.map((head) => head.trim().split(/\s+/).slice(0, 3))).toEqual([
      ['deny', 'tool_call', 'shell'],
      ['deny', 'tool_call', 'shell'],
      ['deny', 'tool_call', 'WebSearch'],
    ]);
    const blamed = section(first.out, 'Three denials explained').filter((line) => /enforce +deny/.test(line));
    expect(blamed.map((line) => line.trim().split(/\s+/)[0])).toEqual([
      'egress',
      'guard',
      'repetition',
      'guard',
      'research-tools',
    ]);
  });

  it('lets the asked deployment pass only after control approved it, whatever the fleet claims', () => {
    const deployments = decisions().filter(({ tool, session_id }) => tool === 'deploy' && session_id === 's-24');
    const [asked] = deployments;
    const effects = deployments
      .filter((one) => one.input_identity === asked?.input_identity)
      .map(({ effect }) => effect);
    expect(effects).toEqual(['ask', 'ask', 'allow']);
    const steps = section(first.out, 'An approval, step by step').map((line) => line.trim().split(/\s+/)[1]);
    expect(steps).toEqual(['ask', 'ask', 'deny', 'allow', 'allow']);
  });

  it('writes no secret into its audit and hands none on', () => {
    const written = [...linesOf('decisions'), ...linesOf('audit')].join('\n');
    expect(readFileSync(join(DEMO, 'events/tenant-a.ndjson'), 'utf8')).toContain('AKIAIOSFODNN7EXAMPLE');
    expect(written).toContain('[redacted]');
    expect(written).not.toContain('AKIAIOSFODNN7EXAMPLE');
    expect(written).not.toContain('ghp_EXAMPLE');
  });

  it('accounts for every line of its input', () => {
    const input = ['events/tenant-a.ndjson', 'events/tenant-b.ndjson', 'control/desk.ndjson'].flatMap((name) =>
      readFileSync(join(DEMO, name), 'utf8').trimEnd().split('\n'),
    );
    expect(first.out).toContain(`  ${input.length} records of `);
    expect(first.out).toContain('  1 event delivered twice');
    expect(first.out).toContain(`  audit chains: ${linesOf('audit').length} records intact`);
    expect(linesOf('dead-letter')).toHaveLength(2);
  });

  it('shows commands that work as they are printed', () => {
    const commands = section(`${first.out}\nend`, 'Try next').map((line) => line.trim().split(' '));
    const runs = commands.map(([, program = '', ...args]) => runProgram(resolve(directory, program), args));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  });

  it('decides the same when it is run again, and as replay does', () => {
    const before = linesOf('decisions');
    const again = tollgate('demo');
    expect([again.code, timeless(again.out)]).toEqual([0, timeless(first.out)]);
    expect(linesOf('decisions')).toEqual(before);
    const source = [join(DEMO, 'events'), '--control', join(DEMO, 'control'), '-c', join(DEMO, 'tollgate.yaml')];
    const replayed = tollgate('replay', ...source, '--tolerate-bad');
    expect(replayed.out.trimEnd().split('\n').sort()).toEqual([...before].sort());
  });

  it('leaves alone what it did not write', () => {
    mkdirSync(join(directory, 'taken'));
    writeFileSync(join(directory, 'taken/commit.json'), '{}');
    const refused = tollgate('demo', '--out', 'taken');
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(readdirSync(join(directory, 'taken'))).toEqual(['commit.json']);
    writeFileSync(join(directory, 'out/demo/notes.txt'), 'mine');
    expect(tollgate('demo').code).toBe(0);
    expect(readFileSync(join(directory, 'out/demo/notes.txt'), 'utf8')).toBe('mine');
  });

  it('runs from an installed package', () => {
    const installed = join(directory, 'installed');
    for (const name of ['package.json', 'dist', 'schemas', 'policies/dist', 'examples']) {
      cpSync(join(ROOT, name), join(installed, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'), 'junction');
    const { code, err } = runProgram(join(installed, 'dist/cli/tollgate.js'), ['demo', '--out', 'from-package']);
    expect([code, err]).toEqual([0, '']);
  });
});

describe('the files of the demo', () => {
  it('are what their script writes', () => {
    const made = join(directory, 'made');
    expect(runProgram(join(DEMO, 'make-events.mjs'), [made])).toEqual({ code: 0, out: '', err: '' });
    for (const name of ['events/tenant-a.ndjson', 'events/tenant-b.ndjson', 'control/desk.ndjson']) {
      expect(readFileSync(join(made, name), 'utf8')).toBe(readFileSync(join(DEMO, name), 'utf8'));
    }
  });
});
