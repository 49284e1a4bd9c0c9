import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from '../../kafka/broker/start-broker.ts';
import type { BenchCase, BenchOptions, BenchResult, Figure } from '../bench-case.ts';
import { BENCH_TOPICS, runProgram, writeConfig } from '../bench-program.ts';
import { median } from '../frame/median.ts';
import { preload } from '../kafka/preload.ts';
import { countGzipLines, countLines, countTopic } from './count-lines.ts';
import { type HistoryShape, writeHistory } from './history-file.ts';

const PARTITIONS = 8;
const LANES = 2;
const SHAPE = { sessions: 10_000, bytes: 500 };
const FULL = { events: 300_000, rounds: 3 };
const QUICK = { events: 20_000, rounds: 1 };

/** `tollgate replay`, from its start to its end, beside programs that only count what is there. */
export const replay: BenchCase = {
  name: 'replay',
  title: 'Replay of gzip NDJSON and of a topic',
  run: measure,
};

/** Seconds of one round. */
interface Round {
  readonly ours: number;
  readonly counting: number | undefined;
}

async function measure(options: BenchOptions): Promise<BenchResult> {
  const { events } = options.quick ? QUICK : FULL;
  const dir = mkdtempSync(join(tmpdir(), 'tollgate-bench-replay-'));
  try {
    const history = { ...SHAPE, events };
    const file = await fileRounds(dir, history, options);
    const topic = await topicRounds(dir, history, options);
    return resultFrom(events, file, topic);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function resultFrom(events: number, file: readonly Round[], topic: readonly Round[]): BenchResult {
  const rateOf = (rounds: readonly Round[], pick: (round: Round) => number | undefined) =>
    median(rounds.map((round) => events / (pick(round) ?? Number.NaN)));
  const [ours, counting] = [({ ours }: Round) => ours, ({ counting }: Round) => counting];
  const zcat = rateOf(file, counting);
  const hasKcat = topic.every((round) => round.counting !== undefined);
  const figure = (name: string, value: number): Figure => ({ name, value, unit: 'events/s' });
  const ratio = (name: string, value: number) => ({ name, value, higherIsBetter: true });
  return {
    figures: [
      figure('tollgate replay FILE.gz', rateOf(file, ours)),
      figure('zcat FILE.gz | wc -l', zcat),
      figure('tollgate replay kafka:TOPIC', rateOf(topic, ours)),
      ...(hasKcat ? [figure('kcat -C TOPIC | wc -l', rateOf(topic, counting))] : []),
    ],
    ratios: [
      ratio('replay of gzip / zcat | wc -l', rateOf(file, ours) / zcat),
      ratio('replay of a topic / zcat | wc -l', rateOf(topic, ours) / zcat),
      ...(hasKcat ? [ratio('replay of a topic / kcat | wc -l', rateOf(topic, ours) / rateOf(topic, counting))] : []),
    ],
    notes: [
      `${events} events of ${SHAPE.bytes} bytes, ${SHAPE.sessions} sessions, ${PARTITIONS} partitions, ${LANES} lanes, the policies of the judging bench, decisions to a file. From the start of each program to its end, so that starting is part of it.`,
      ...(hasKcat ? [] : ['NOT MEASURED: a topic counted by kcat. There is no kcat.']),
      'Not measured: a topic with an audit trail to follow; these events were never judged before.',
    ],
  };
}

async function fileRounds(dir: string, history: HistoryShape, options: BenchOptions): Promise<Round[]> {
  const { log, signal } = options;
  const file = join(dir, 'history.ndjson.gz');
  log(`writing ${history.events} events`);
  await writeHistory(file, history, signal);
  log(`${(statSync(file).size / 1e6).toFixed(1)} MB of gzip`);
  const config = writeConfig(dir, { partitions: PARTITIONS, lanes: LANES });
  return await rounds(options, async () => {
    const { ms, count } = await countGzipLines(file, signal);
    expectEvents('zcat', count, history.events);
    return { ours: await replaySeconds(dir, file, config, history.events, signal), counting: ms / 1000 };
  });
}

async function topicRounds(dir: string, history: HistoryShape, options: BenchOptions): Promise<Round[]> {
  const { log, signal } = options;
  const [topic = ''] = BENCH_TOPICS.events;
  const broker = await startBroker({ javaFlags: ['-XX:TieredStopAtLevel=4', '-Xmx1g'] });
  try {
    const { brokers } = broker;
    const config = writeConfig(dir, { partitions: PARTITIONS, lanes: LANES, brokers });
    await runProgram(['topics', 'create', '-c', config], signal);
    log(`writing ${history.events} events to a topic`);
    await preload(brokers, { topic, partitions: PARTITIONS, ...history }, signal);
    return await rounds(options, async () => {
      const counted = await countTopic(brokers, topic, signal);
      if (counted !== undefined) expectEvents('kcat', counted.count, history.events);
      const ours = await replaySeconds(dir, `kafka:${topic}`, config, history.events, signal);
      return { ours, counting: counted && counted.ms / 1000 };
    });
  } finally {
    await broker.stop();
  }
}

/** The first round warms the caches of the system, and does not count. */
async function rounds(options: BenchOptions, measureOne: () => Promise<Round>): Promise<Round[]> {
  const count = options.quick ? QUICK.rounds : FULL.rounds;
  const found: Round[] = [];
  for (let round = 0; round <= count; round++) {
    const one = await measureOne();
    options.log(`round ${round}: ${one.ours.toFixed(1)} s, counting ${one.counting?.toFixed(1) ?? 'not measured'} s`);
    if (round > 0) found.push(one);
  }
  return found;
}

async function replaySeconds(dir: string, source: string, config: string, events: number, signal: AbortSignal) {
  const out = join(dir, 'decisions.ndjson');
  const startMs = performance.now();
  await runProgram(['replay', source, '-c', config, '--no-control', '--out', out], signal);
  const seconds = (performance.now() - startMs) / 1000;
  expectEvents('the replay', await countLines(out, signal), events);
  rmSync(out);
  return seconds;
}

/** A program that left something out was not fast. */
function expectEvents(who: string, count: number, events: number): void {
  if (count !== events) throw new Error(`${who} gave ${count} of ${events} events`);
}
