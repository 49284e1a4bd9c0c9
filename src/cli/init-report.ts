import type { InitFile } from './init-files.ts';
import { printable, type Terminal } from './terminal.ts';

/** A command of Tollgate's to go on with, without the program's name. */
interface Step {
  readonly args: string;
  readonly why: string;
}

const FILES_STEPS: readonly Step[] = [
  { args: 'doctor', why: 'is all well?' },
  { args: 'eval --event event.json', why: 'one event, explained policy by policy' },
  { args: 'run --once', why: 'all of events/; without --once it follows what is added' },
  { args: 'audit verify out/audit --head out/commit.json', why: 'nothing changed, nothing cut off' },
];

const KAFKA_STEPS: readonly Step[] = [
  { args: 'eval --event event.json', why: 'one event, explained policy by policy; asks no broker' },
  { args: 'topics create', why: 'makes the topics that are missing' },
  { args: 'doctor', why: 'is all well?' },
  { args: 'run', why: 'judges what comes, until SIGTERM' },
];

/** A path that every shell takes as it is. */
const PLAIN_PATH = /^[\w./][\w./-]*$/;

/** What was written and what to do next. Commands can be copied as they are printed. */
export function initReport(
  { dir, isKafka }: { readonly dir: string; readonly isKafka: boolean },
  files: readonly InitFile[],
  { out, env }: Terminal,
): string {
  const { bold } = out.colors;
  // npx says so to what it starts; the program is then not on the PATH.
  const program = env.npm_command === 'exec' ? 'npx tollgate' : 'tollgate';
  const rows = files.map(({ path, what }) => [path, what] as const);
  const steps = (isKafka ? KAFKA_STEPS : FILES_STEPS).map(
    ({ args, why }) => [`${program} ${args}`, `# ${why}`] as const,
  );
  const enter = dir === '.' ? [] : [[`cd ${shellWord(dir)}`, ''] as const];
  const build = `${program} policy build policies/first -o policies/dist/first.tar.gz -e first/decision`;
  return [
    bold(`Written to ${printable(dir)}`),
    ...columns(rows, out.colors.dim),
    '',
    bold('Next'),
    ...columns([...enter, ...steps], out.colors.dim),
    '',
    bold('After a change of the policy (needs opa on the PATH: openpolicyagent.org/docs)'),
    ...columns(
      [
        ['opa test policies/first', ''],
        [build, ''],
      ],
      out.colors.dim,
    ),
    '',
  ].join('\n');
}

function columns(rows: readonly (readonly [string, string])[], dim: (text: string) => string): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${right === '' ? left : `${left.padEnd(width)}  ${dim(right)}`}`);
}

function shellWord(path: string): string {
  return PLAIN_PATH.test(path) ? path : `'${printable(path).replaceAll("'", "'\\''")}'`;
}
