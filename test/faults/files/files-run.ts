import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../../../src/codec/package-file.ts';
import { committedLines } from '../../files/committed-files.ts';
import { events } from '../../kafka/load/event-load.ts';
import { type Ended, Program, type ProgramOptions } from '../program.ts';
import type { FreeStage } from '../stage.ts';

const PROGRAM = packageFile('dist', 'cli', 'tollgate.js');
const DRIVER = packageFile('test', 'faults', 'crash-driver.mjs');
const PARTITIONS = 4;
const LINE_FEED = 0x0a;
const OUTPUTS = ['decisions', 'audit', 'dead-letter'];

/** The same input judged into several directories: undisturbed into `reference`, and under faults. */
export class FilesRun {
  /** Lines of the input. */
  readonly lines: number;
  readonly #stage: FreeStage;
  #started = 0;

  constructor(stage: FreeStage) {
    this.#stage = stage;
    const input = join(stage.directory, 'events');
    mkdirSync(input, { recursive: true });
    this.lines = writeLoad(join(input, 'load.ndjson'), stage);
  }

  /** Writes the configuration that judges the input into `out`; returns its path. */
  config(name: string, out: string): string {
    const path = join(this.#stage.directory, `${name}.yaml`);
    const bundle = packageFile('policies', 'dist', 'agent-guard.tar.gz');
    // On a machine that is busy a verdict in one run must not be a timeout in the other.
    const limits = { timeoutMs: 30_000 };
    const settings = {
      files: { in: join(this.#stage.directory, 'events'), out, partitions: PARTITIONS },
      http: { port: 0 },
      log: { level: 'warn' },
      lanes: { count: 2, batchEvents: 64, batchBytes: 65_536, queueBytes: 262_144 },
      defaultEffect: 'allow',
      policies: [
        { name: 'egress', inspector: 'egress', with: { strict: true }, limits },
        { name: 'repetition', inspector: 'repetition', with: { max: 3 }, limits },
        {
          name: 'guard',
          opa: { bundle, entrypoint: 'agent/decision' },
          needs: ['hosts'],
          match: { types: ['tool_call'] },
          limits,
        },
      ],
    };
    writeFileSync(path, JSON.stringify(settings, undefined, 1));
    return path;
  }

  /** `tollgate run --once` to its end. */
  judge(config: string, through?: ProgramOptions['through']): Promise<Ended> {
    return this.#spawn([PROGRAM, 'run', '--once', '-c', config], through).ended;
  }

  /** The same, killed the Nth time it passes a point. */
  dieAt(config: string, point: string, times: number): Promise<Ended> {
    return this.#spawn([DRIVER, config, point, String(times), 'SIGKILL']).ended;
  }

  /** Holds what is committed in `out` against the undisturbed outcome: as far as it goes, or to its end. */
  async compare(out: string, reference: string, isEnd: boolean): Promise<void> {
    const { found } = this.#stage;
    const isThere = existsSync(join(out, 'commit.json'));
    for (const kind of OUTPUTS) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const lines = isThere ? committedLines(out, kind, partition) : [];
        const wanted = committedLines(reference, kind, partition);
        const differs = lines.findIndex((line, n) => essence(kind, line) !== essence(kind, wanted[n] ?? ''));
        const place = `${kind}/${partition}`;
        if (differs >= 0) found('outcome_wrong', `${place}/${differs}`, 'not what an undisturbed run writes there');
        if (isEnd && lines.length < wanted.length) found('lost', place, `${lines.length} of ${wanted.length} lines`);
        if (lines.length > wanted.length) found('doubled', place, `${lines.length} lines, not ${wanted.length}`);
      }
    }
    if (isEnd) await this.#verify(out);
  }

  /** Lines of the input whose outcome is committed in `out`. */
  committed(out: string): number {
    if (!existsSync(join(out, 'commit.json'))) return 0;
    const counts = Array.from({ length: PARTITIONS }, (_, partition) => committedLines(out, 'audit', partition).length);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #verify(out: string): Promise<void> {
    const args = ['audit', 'verify', join(out, 'audit'), '--head', join(out, 'commit.json')];
    const { code, err } = await this.#spawn([PROGRAM, ...args]).ended;
    if (code !== 0) this.#stage.found('chain_broken', 'audit', `audit verify ended with ${code}: ${err}`);
  }

  #spawn(args: readonly string[], through: ProgramOptions['through'] = []): Program {
    return new Program({ args, through, logPath: join(this.#stage.directory, `run-${++this.#started}.log`) });
  }
}

/** What of a line may not differ: an audit record says when it was written, and is sealed with it. */
function essence(kind: string, line: string): string {
  if (kind === 'decisions') return line;
  const json = line === '' ? {} : (JSON.parse(line) as Readonly<Record<string, unknown>>);
  const { source, decision, tollgate_error_code } = json;
  return JSON.stringify({ source, decision, tollgate_error_code });
}

/** Writes the load as lines, of one topic; returns how many. What holds a line feed is no line. */
function writeLoad(path: string, { seed, records: count }: FreeStage): number {
  let lines = 0;
  let chunk: Buffer[] = [];
  const given = { count, name: `load${seed}`, eventTopics: ['load'], controlTopic: 'control', controlShare: 0 };
  for (const { value } of events(seed, given)) {
    if (value === null || value.length === 0 || value.includes(LINE_FEED)) continue;
    chunk.push(value, Buffer.from('\n'));
    lines += 1;
    if (chunk.length < 2_000) continue;
    appendFileSync(path, Buffer.concat(chunk));
    chunk = [];
  }
  appendFileSync(path, Buffer.concat(chunk));
  return lines;
}

/** Bytes that the files of a directory take, those below it too. */
export function bytesIn(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
}
