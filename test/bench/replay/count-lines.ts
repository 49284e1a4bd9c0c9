import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a pipeline of the shell took, and the number that it printed: undefined when a program of it is not there. */
export interface ShellCount {
  readonly ms: number;
  readonly count: number;
}

/** `zcat FILE | wc -l`. */
export async function countGzipLines(file: string, signal: AbortSignal): Promise<ShellCount> {
  return await timedCount('zcat "$1" | wc -l', [file], signal);
}

/** `wc -l < FILE`. */
export async function countLines(file: string, signal: AbortSignal): Promise<number> {
  return (await timedCount('wc -l < "$1"', [file], signal)).count;
}

/** A topic read to its end by kcat, and its records counted; undefined without kcat. */
export async function countTopic(
  brokers: readonly string[],
  topic: string,
  signal: AbortSignal,
): Promise<ShellCount | undefined> {
  const { count } = await timedCount('command -v kcat | wc -l', [], signal);
  if (count === 0) return undefined;
  return await timedCount('kcat -C -e -q -b "$1" -t "$2" | wc -l', [brokers.join(','), topic], signal);
}

async function timedCount(script: string, args: readonly string[], signal: AbortSignal): Promise<ShellCount> {
  const startMs = performance.now();
  const child = spawn('sh', ['-c', script, 'sh', ...args], { stdio: ['ignore', 'pipe', 'inherit'], signal });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return { ms: performance.now() - startMs, count: Number(text) };
}
