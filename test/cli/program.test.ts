import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { type FailureCode, TollgateError } from '../../src/domain/errors.ts';
import { run } from './cli-fixture.ts';

describe('the command line', () => {
  it('lists its commands, examples and exit codes on --help, and ends with 0', async () => {
    const { code, out, err } = await run(['--help']);
    expect([code, err]).toEqual([0, '']);
    for (const { name, summary } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} .*${summary}$`, 'm'));
    expect(out).toContain('Examples:');
    expect(out).toContain('70 our own fault');
  });

  it('loads no command to list them', async () => {
    const commands = COMMANDS.map((entry) => ({
      ...entry,
      load: () => Promise.reject(new Error('loaded without being called')),
    }));
    expect((await run(['--help'], { commands })).code).toBe(0);
    expect((await run(['help'], { commands })).code).toBe(0);
    expect((await run(['audit', 'verify', '--help'], { commands })).code).toBe(70);
  });

  it.each(COMMANDS.map(({ name }) => name))('gives the help of %s in both ways', async (name) => {
    const [flag, word] = [await run([name, '--help']), await run(['help', name])];
    expect([flag.code, word.code]).toEqual([0, 0]);
    expect(flag.out).toContain(`Usage: tollgate ${name}`);
    expect(word.out).toBe(flag.out);
  });

  it('prints its version on standard output', async () => {
    const { code, out } = await run(['--version']);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    ['no command', [], 'Usage: tollgate'],
    ['an unknown command', ['polcy'], "unknown command 'polcy'"],
    ['an unknown subcommand', ['policy', 'bild'], 'Did you mean build?'],
    ['an unknown option', ['audit', 'verify', 'x', '--jsn'], "unknown option '--jsn'"],
    ['a missing argument', ['policy', 'inspect'], "missing required argument 'file'"],
    ['a missing option', ['policy', 'build', 'dir'], "required option '-o, --out <file>' not specified"],
    ['one argument too many', ['policy', 'inspect', 'a', 'b'], 'too many arguments'],
  ])('ends with 2 for %s, and says so on standard error', async (_, args, message) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it.each<[FailureCode, number]>([
    ['usage', 2],
    ['config_invalid', 2],
    ['policy_invalid', 2],
    ['not_built_yet', 2],
    ['output_unwritable', 2],
    ['position_contradicts', 2],
    ['check_failed', 1],
    ['input_unreadable', 3],
    ['commit_failed', 4],
    ['lane_failed', 70],
    ['internal', 70],
    ['aborted', 130],
  ])('turns %s into exit code %i', async (failure, expected) => {
    expect((await runFailing(new TollgateError(failure, 'no'))).code).toBe(expected);
  });

  it('takes what is no failure of the world for its own fault, and shows where it happened', async () => {
    const { code, err } = await runFailing(new TypeError('x is not a function'));
    expect(code).toBe(70);
    expect(err).toContain('error: x is not a function');
    expect(err).toContain('program.test.ts');
    expect(err).toContain('please report it');
  });
});

/** A program whose one command throws. */
function runFailing(error: Error) {
  const commands = [
    {
      name: 'fail',
      summary: 'fails',
      load: async () => (program: import('commander').Command) => {
        program.command('fail').action(() => {
          throw error;
        });
      },
    },
  ];
  return run(['fail'], { commands });
}
