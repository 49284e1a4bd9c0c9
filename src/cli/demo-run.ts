import { basename, dirname, join, relative, resolve } from 'node:path';
import { packageFile } from '../codec/package-file.ts';
import type { Config, FilesConfig } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { TollgateError } from '../domain/errors.ts';
import { COMMIT_FILE } from '../files/layout.ts';
import { runProcessor } from '../main.ts';
import { createLogger } from '../ops/log.ts';
import { verifyAudit } from './audit-verify.ts';
import { prepareDemoDirectory } from './demo-directory.ts';
import { approvalStory } from './demo-figures.ts';
import { type Decided, readDemoOutputs } from './demo-outputs.ts';
import { demoReport, keptStraight } from './demo-report.ts';
import { stopSignal } from './stop-signal.ts';
import type { Channel, Terminal } from './terminal.ts';

/** The action of `tollgate demo`: what `run --once` does, then what it wrote, read back and shown. */
export async function runDemo(outDir: string, terminal: Terminal): Promise<void> {
  const { out } = terminal;
  const dir = resolve(outDir);
  const config = demoConfig();
  await prepareDemoDirectory(dir);
  const tookMs = await judge({ ...config, files: { ...config.files, out: dir } });
  const outputs = await readDemoOutputs(dir);
  const policies = config.policies.map((policy) => policy.name);
  const { partitions } = config.files;
  out.write(
    `${demoReport({ outputs, origin: 'files', policies, partitions, lanes: config.lanes.count, tookMs }, out)}\n`,
  );
  const records = await verifiedRecords(dir, terminal);
  out.write(`${keptStraight(outputs, records, out)}\n${whereTo(dir, config, approvalStory(outputs.decided)[0], out)}`);
}

/** The environment is left out of it: the demo is the same everywhere. */
function demoConfig(): DemoConfig {
  const config = loadConfig(packageFile('examples', 'demo', 'tollgate.yaml'), {});
  if (config.files === undefined) throw new Error('the configuration of the demo has no `files`');
  return { ...config, files: config.files };
}

/** Resolves with the milliseconds it took. */
async function judge(config: Config): Promise<number> {
  const stop = stopSignal();
  const startedMs = performance.now();
  try {
    await runProcessor(config, { once: true, logger: createLogger('warn'), signal: stop.signal });
  } finally {
    stop.release();
  }
  if (stop.signal.aborted) throw new TollgateError('aborted', 'the demo was stopped before its end');
  return performance.now() - startedMs;
}

/** How many audit records `tollgate audit verify` finds intact. Throws `check_failed` as it does. */
async function verifiedRecords(dir: string, terminal: Terminal): Promise<number> {
  let report = '';
  const write = (text: string) => {
    report += text;
  };
  const options = { head: join(dir, COMMIT_FILE), starts: undefined, json: true };
  await verifyAudit([join(dir, 'audit')], options, { ...terminal, out: { ...terminal.out, write } });
  const { records }: { readonly records: number } = JSON.parse(report);
  return records;
}

type DemoConfig = Config & { readonly files: FilesConfig };

function whereTo(dir: string, { path, files }: DemoConfig, story: Decided | undefined, { colors }: Channel): string {
  const [tollgate, here, yaml, examples] = [ownCommand(), near(dir), near(path), dirname(path)];
  const control = files.control === undefined ? '' : ` --control ${near(files.control)}`;
  const session = story === undefined ? '' : ` --session ${story.decision.session_id}`;
  return [
    colors.bold('Where it all lies'),
    `  ${here}: decisions/ audit/ dead-letter/ state/ ${COMMIT_FILE}`,
    `  ${near(examples)}: the configuration, the events, the Rego of one policy`,
    '',
    colors.bold('Try next'),
    `  ${tollgate} eval -c ${yaml} --event ${near(join(examples, 'event.json'))}`,
    `  ${tollgate} replay ${near(files.in)}${control} -c ${yaml} --tolerate-bad${session}`,
    `  ${tollgate} audit verify ${join(here, 'audit')} --head ${join(here, COMMIT_FILE)}`,
    '',
  ].join('\n');
}

/** A path as it is shortest from here. */
function near(path: string): string {
  const from = relative(process.cwd(), path);
  if (from === '') return '.';
  return from.startsWith('..') ? path : from;
}

/** How this program was called, so that what is shown can be pasted. */
function ownCommand(): string {
  const script = process.argv[1] ?? 'tollgate';
  if (basename(script) !== 'tollgate') return `node ${near(script)}`;
  return basename(dirname(script)) === '.bin' ? 'npx tollgate' : 'tollgate';
}
