import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { directoryOf } from '../config/config-fixture.ts';
import { run } from './cli-fixture.ts';

const BASH = 'bash --norc --noprofile -i';
/** What a shell prints for the line that it was made to complete: `tollgate` is a function that shows its arguments. */
const SHOW = `tollgate() { printf '<%s>' "$@"; }`;

const scripts = { bash: '', zsh: '', fish: '' };

beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const { code, out, err } = await run(['completion', shell]);
    expect([code, err]).toEqual([0, '']);
    scripts[shell] = out;
  }
});

function isThere(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

/** What bash is given for the last word, by the function that `complete -F` names. `files`: it is left to readline. */
function bashWords(...words: readonly string[]): readonly string[] {
  const call = `compopt() { turned="$*"; }
eval "$1"; shift
COMP_WORDS=(tollgate "$@") COMP_CWORD=$#
_tollgate
printf '%s\\n' "\${COMPREPLY[@]}" "\${turned:-files}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-uc', call, 'bash', scripts.bash, ...words], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  const answer = stdout.split('\n').filter((word) => word !== '');
  return answer.at(-1) === 'files' ? answer : answer.slice(0, -1);
}

/** Types keys into an interactive shell on a terminal of its own, in a folder with these files; gives what it printed. */
function typed(shell: string, setup: string, keys: string, files: Readonly<Record<string, string>>): string {
  const dir = directoryOf({ ...files, 'script.sh': setup });
  const env = { PATH: process.env.PATH, HOME: dir, TERM: 'xterm', ZDOTDIR: dir, XDG_CONFIG_HOME: dir };
  const { stdout } = spawnSync('script', ['-qec', shell, '/dev/null'], {
    cwd: dir,
    env,
    input: `. ./script.sh\n${keys}\nexit\n`,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return stdout;
}

describe('completion for bash', () => {
  it('is a script that bash takes, by `source <(…)` and twice', () => {
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['--norc', '-euc', 'eval "$1"; eval "$1"; complete -p tollgate', 'bash', scripts.bash],
      {
        encoding: 'utf8',
      },
    );
    expect([status, stdout, stderr]).toEqual([0, 'complete -o default -F _tollgate tollgate\n', '']);
  });

  it('offers every command, and with a letter those that begin with it', () => {
    expect(bashWords('')).toEqual([...COMMANDS.map(({ name }) => name), 'help']);
    expect(bashWords('d')).toEqual(['doctor', 'demo']);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['subcommands', ['topics', ''], ['create', 'check', 'repair', 'acls', 'help']],
    ['flags, long and short', ['doctor', '-'], ['-c', '--config', '--json', '-h', '--help']],
    ['flags that begin so', ['topics', 'create', '--d'], ['--dry-run']],
    ['flags of the program', ['--v'], ['--version']],
    ['flags where nothing else can stand', ['demo', ''], ['--out', '-h', '--help']],
    ['choices', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['commands after help', ['help', 'to'], ['topics']],
    ['subcommands after help', ['audit', 'help', ''], ['verify']],
    ['files for a flag', ['run', '-c', ''], ['files']],
    ['files for a flag with =', ['run', '--config', '='], ['files']],
    ['files for a flag with = and a beginning', ['run', '--config', '=', 'to'], ['files']],
    ['files for an argument', ['replay', ''], ['files']],
    ['files for an argument after a flag with its value', ['replay', '-c', 'a.yaml', ''], ['files']],
    ['flags after an argument', ['replay', 'a', '--to'], ['--tolerate-bad']],
    ['nothing for a value that nobody can guess', ['replay', '--session', ''], []],
    ['nothing for an unknown command', ['nonsense', 'x'], []],
  ])('offers %s', (_, words, expected) => {
    expect(bashWords(...words)).toEqual(expected);
  });

  it.skipIf(!isThere('script'))('completes in an interactive shell, files with blanks too', () => {
    const setup = `${SHOW}\n${scripts.bash}`;
    const keys = 'tollgate top\tch\t--js\t-c my\t\ntollgate doctor --config=my\t';
    const shown = typed(BASH, setup, keys, { 'my rules.yaml': '' });
    expect(shown).toContain('<topics><check><--json><-c><my rules.yaml>');
    expect(shown).toContain('<doctor><--config=my rules.yaml>');
  });
});

describe('completion for other shells', () => {
  it.skipIf(!isThere('zsh') || !isThere('script'))('completes in zsh, by `source`, files too', () => {
    const setup = `autoload -U compinit && compinit -u\n${SHOW}\n${scripts.zsh}`;
    const shown = typed('zsh -i', setup, 'tollgate top\tch\t--js\t-c my\t\ntollgate completion fi\t', {
      'my rules.yaml': '',
      '.zshrc': '',
    });
    expect(shown).toContain('<topics><check><--json><-c><my rules.yaml>');
    expect(shown).toContain('<completion><fish>');
  });

  it.skipIf(!isThere('fish'))('completes in fish', () => {
    const dir = directoryOf({ 'tollgate.fish': scripts.fish, 'my rules.yaml': '' });
    const asked = ['topics ', 'doctor -', 'run -c my', 'completion ', 'replay --session '];
    const offers = asked.map((line) => {
      const command = `source tollgate.fish; complete -C 'tollgate ${line}'`;
      const { stdout } = spawnSync('fish', ['--no-config', '-c', command], { cwd: dir, encoding: 'utf8' });
      return stdout.split('\n').flatMap((offer) => (offer === '' ? [] : [offer.split('\t')[0]]));
    });
    expect(offers).toEqual([
      expect.arrayContaining(['create', 'check', 'repair']),
      expect.arrayContaining(['-c', '--config', '--json']),
      ['my rules.yaml'],
      expect.arrayContaining(['bash', 'zsh', 'fish']),
      [],
    ]);
  });

  it('offers every command in each', async () => {
    for (const { name } of COMMANDS) {
      expect(scripts.zsh).toContain(`_tollgate_${name}() {`);
      expect(scripts.fish).toContain(`-a ${name} -d `);
    }
  });

  it('knows the shells it can do', async () => {
    expect(await run(['completion', 'tcsh'])).toMatchObject({ code: 2, out: '' });
  });
});
