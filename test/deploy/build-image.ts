import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import picomatch from 'picomatch';
import { DOCKERFILE, type Stage, type Step } from './dockerfile.ts';
import { ROOT, textOf } from './given-deployment.ts';

/** Where each stage's files go: a folder in place of its root. */
type Roots = ReadonlyMap<string, string>;

/**
 * Does in `directory` what `docker build` would do, without an engine: copies what `.dockerignore` lets through, runs the
 * commands. Returns the folder that stands for the root of the last stage. `npm ci` takes the packages that are installed
 * here, by what the lock file says of each, so that no network is needed; with `install` it is the real one.
 */
export function buildImage(directory: string, install: 'from the lock file' | 'npm ci'): string {
  const roots = new Map<string, string>();
  for (const [index, stage] of DOCKERFILE.stages.entries()) {
    const root = join(directory, String(index));
    roots.set(stage.name, root);
    build(stage, root, roots, install === 'npm ci');
  }
  return [...roots.values()].at(-1) ?? directory;
}

function build(stage: Stage, root: string, roots: Roots, isReal: boolean): void {
  let workdir = '/';
  for (const step of stage.steps) {
    if (step.kind === 'workdir') {
      workdir = step.path;
      mkdirSync(join(root, workdir), { recursive: true });
    }
    if (step.kind === 'copy') copy(step, root, workdir, roots);
    if (step.kind === 'run') run(step.command, root, workdir, isReal);
  }
}

function copy(step: Step & { readonly kind: 'copy' }, root: string, workdir: string, roots: Roots): void {
  const { from, paths, to } = step;
  const target = join(root, isAbsolute(to) ? to : join(workdir, to));
  for (const path of paths) {
    const source = from === undefined ? join(ROOT, path) : join(roots.get(from) ?? '', path);
    if (from === undefined && !isSent(path)) throw new Error(`.dockerignore keeps ${path} from the build`);
    // A folder's content is copied into the target; a file into it when it ends with a slash.
    const isInto = !statSync(source).isDirectory() && (to.endsWith('/') || paths.length > 1);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(source, isInto ? join(target, basename(path)) : target, { recursive: true, verbatimSymlinks: true });
  }
}

/** The last pattern that matches decides, and one that matches a folder is for all that is in it. */
function isSent(path: string): boolean {
  const patterns = textOf('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const prefixes = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
  return patterns.reduce((sent, pattern) => {
    const isException = pattern.startsWith('!');
    const matches = picomatch(isException ? pattern.slice(1) : pattern);
    return prefixes.some((prefix) => matches(prefix)) ? isException : sent;
  }, true);
}

function run(command: string, root: string, workdir: string, isReal: boolean): void {
  const cwd = join(root, workdir);
  if (command.startsWith('npm ci') && !isReal) {
    installFromHere(cwd, command.includes('--omit=dev'));
    return;
  }
  // Absolute paths are the image's; what is made outside the workdir (links in /usr) has no place here.
  const local = command.split(' && ').filter((part) => !part.startsWith('ln -s'));
  for (const part of local) execFileSync('sh', ['-c', part], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
}

/** What `npm ci` would install, as far as it is for this platform. */
function installFromHere(cwd: string, omitDev: boolean): void {
  const { packages }: LockFile = JSON.parse(readFileSync(join(cwd, 'package-lock.json'), 'utf8'));
  for (const [path, { dev = false, devOptional = false }] of Object.entries(packages)) {
    const source = join(ROOT, path);
    if (path === '' || (omitDev && (dev || devOptional)) || !existsSync(source)) continue;
    cpSync(source, join(cwd, path), {
      recursive: true,
      filter: (each) => !each.slice(source.length).includes('node_modules'),
    });
  }
  const bin = join(ROOT, 'node_modules/.bin');
  if (omitDev) return;
  mkdirSync(join(cwd, 'node_modules/.bin'), { recursive: true });
  for (const name of readdirSync(bin)) {
    cpSync(join(bin, name), join(cwd, 'node_modules/.bin', name), { verbatimSymlinks: true });
  }
}
