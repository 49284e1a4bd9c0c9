import { readFileSync } from 'node:fs';
import { checkRun, type RunToCheck } from '../outside/checker.ts';
import { reportText } from '../outside/violation.ts';
import { events, type LoadOptions } from './event-load.ts';
import { type ProduceOptions, produceLoad } from './produce-load.ts';

/**
 * Load and check from a process of their own. Compile with `tsc -p test/kafka/load`, then
 * `node dist-bench/test/kafka/load/load-command.js produce|check FILE`, FILE a JSON document as below (`-`: standard input).
 * `produce` ends on SIGTERM with everything committed but the decoys; `check` exits with 1 when something is wrong.
 */
interface ProduceDocument {
  readonly brokers: readonly string[];
  readonly seed: number;
  readonly load: Partial<LoadOptions> & Pick<LoadOptions, 'eventTopics' | 'controlTopic'>;
  readonly produce?: Partial<ProduceOptions>;
}

const STANDARD_INPUT = 0;
const [, , command, file = '-'] = process.argv;
const document: unknown = JSON.parse(readFileSync(file === '-' ? STANDARD_INPUT : file, 'utf8'));

if (command === 'produce') await produce(document as ProduceDocument);
else if (command === 'check') await check(document as RunToCheck);
else throw new Error('expected the command produce or check');

async function produce({ brokers, seed, load, produce: options = {} }: ProduceDocument): Promise<void> {
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const produced = await produceLoad(brokers, events(seed, load), { seed, ...options, signal: stop.signal });
  process.stdout.write(`${JSON.stringify(produced)}\n`);
}

async function check(run: RunToCheck): Promise<void> {
  const report = await checkRun(run);
  process.stdout.write(`${reportText(report)}\n`);
  process.exitCode = report.violations.length === 0 ? 0 : 1;
}
