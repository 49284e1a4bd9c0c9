import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { TollgateError } from '../domain/errors.ts';
import { isSystemError } from './disk-error.ts';
import { LOCK_FILE } from './layout.ts';

/*
 * Keeps two processes from writing one output directory.
 *
 * 1. Whoever created the lock file holds the directory until it removes the file or dies.
 * 2. A dead holder's file is replaced only under a second exclusive file, and only after looking again: of two processes
 *    that find the same dead holder one wins, and neither can remove the other's fresh lock.
 * 3. What cannot be told (another host's lock, an unreadable one) counts as held: a person decides.
 */

/** Who holds a lock. `start` tells a process from a later one with the same id (containers: always 1); null if unknown. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly start: string | null;
}

/** Takes the lock of an output directory, or throws `output_unwritable`. Returns what gives it back. */
export function lockDirectory(dir: string): () => void {
  const path = join(dir, LOCK_FILE);
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), start: startOf(process.pid) } satisfies Holder);
  if (!create(path, mine)) takeOver(path, mine);
  return () => {
    if (read(path) === mine) rmSync(path, { force: true });
  };
}

function takeOver(path: string, mine: string): void {
  const guard = `${path}.takeover`;
  if (!isDead(read(path))) throw held(path, path);
  if (!create(guard, mine)) throw held(path, guard);
  try {
    if (!isDead(read(path))) throw held(path, path);
    rmSync(path, { force: true });
    if (!create(path, mine)) throw held(path, path);
  } finally {
    rmSync(guard, { force: true });
  }
}

/** One synchronous step, so that a lock without content is not seen unless the process died inside it. */
function create(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (thrown) {
    if (isSystemError(thrown, 'EEXIST')) return false;
    throw thrown;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isDead(content: string | undefined): boolean {
  if (content === undefined) return true;
  const holder = parse(content);
  if (holder === undefined || holder.host !== hostname()) return false;
  if (!isRunning(holder.pid)) return true;
  const start = startOf(holder.pid);
  return holder.start !== null && start !== null && start !== holder.start;
}

function parse(content: string): Holder | undefined {
  try {
    const { pid, host, start }: Partial<Record<string, unknown>> = JSON.parse(content);
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0 || typeof host !== 'string') return undefined;
    return { pid, host, start: typeof start === 'string' ? start : null };
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return !isSystemError(thrown, 'ESRCH');
  }
}

/** Boot and start time of a process where the system tells (Linux: proc(5), field 22 of `stat`). */
function startOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  const boot = read('/proc/sys/kernel/random/boot_id');
  if (stat === undefined || boot === undefined) return null;
  // The second field is the program's name in parentheses and may hold anything, so count from its end.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks === undefined ? null : `${boot.trim()}:${ticks}`;
}

function held(path: string, blame: string): TollgateError {
  return new TollgateError('output_unwritable', `another process writes this directory: ${read(blame) ?? 'unknown'}`, {
    where: path,
    next: `stop that process, or name another output directory; if you are sure that it is gone, delete ${blame}`,
  });
}
