import { spawn, spawnSync } from 'node:child_process';

/** How long one reading may take; a broker that answers at all is done long before. */
const LIMIT_MS = 120_000;

/** What a program printed on standard output. Throws with the end of its standard error when it fails. */
export async function outputOf(program: string, args: readonly string[]): Promise<Buffer> {
  const out: Buffer[] = [];
  await runProgram(program, args, (chunk) => out.push(chunk));
  return Buffer.concat(out);
}

/** The same, piece by piece. What `take` throws ends the program, and is thrown. */
export async function runProgram(
  program: string,
  args: readonly string[],
  take: (chunk: Buffer) => void,
): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS });
  const err: Buffer[] = [];
  let refused: unknown;
  child.stdout.on('data', (chunk: Buffer) => {
    if (refused !== undefined) return;
    try {
      take(chunk);
    } catch (thrown) {
      refused = thrown;
      child.kill();
    }
  });
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (refused !== undefined) throw refused;
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${String(Buffer.concat(err)).slice(-2000)}`);
}

/** Whether the program can be started at all. */
export function isInstalled(program: string, versionFlag: string): boolean {
  return spawnSync(program, [versionFlag], { stdio: 'ignore' }).error === undefined;
}
