import { randomBytes } from 'node:crypto';
import { KcatFrames, kcatFormat } from './kcat-frames.ts';
import { inOrder, type OutsideReader, type OutsideRecord } from './outside-record.ts';
import { outputOf, runProgram } from './run-program.ts';

const BOUNDARY_BYTES = 16;
const OFFSET_LINE = /^(.+) \[(\d+)\] offset (-?\d+)$/;

/** The metadata that `kcat -L -J` prints, as far as it is read. */
interface Metadata {
  readonly topics: readonly { readonly partitions: readonly { readonly partition: number }[] }[];
}

/** Reads with kcat (librdkafka), checksums verified. */
export class KcatReader implements OutsideReader {
  readonly name = 'kcat';
  readonly #brokers: string;

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers.join(',');
  }

  async read(topic: string, partition?: number): Promise<readonly OutsideRecord[]> {
    const records: OutsideRecord[] = [];
    await this.each(topic, partition, (record) => records.push(record));
    return inOrder(records);
  }

  async each(topic: string, partition: number | undefined, take: (record: OutsideRecord) => void): Promise<void> {
    const boundary = randomBytes(BOUNDARY_BYTES).toString('hex');
    const place = ['-t', topic, '-o', 'beginning', ...(partition === undefined ? [] : ['-p', String(partition)])];
    const rules = ['isolation.level=read_committed', 'check.crcs=true', 'fetch.wait.max.ms=10'];
    const options = rules.flatMap((rule) => ['-X', rule]);
    const args = ['-b', this.#brokers, '-C', ...place, '-e', '-q', ...options, '-f', kcatFormat(boundary)];
    const frames = new KcatFrames(boundary, take);
    await runProgram('kcat', args, (chunk) => frames.push(chunk));
    frames.end();
  }

  /** Where the last stable offset lies before the high watermark. */
  async openTransactions(topics: readonly string[]): Promise<readonly string[]> {
    const partitions = (await Promise.all(topics.map((topic) => this.#partitionsOf(topic)))).flat();
    // The watermark first: what ends between the two questions then counts as ended.
    const watermarks = await this.#endsOf(partitions, 'read_uncommitted');
    const stable = await this.#endsOf(partitions, 'read_committed');
    return [...watermarks].filter(([at, offset]) => (stable.get(at) ?? 0) < offset).map(([at]) => at);
  }

  async #partitionsOf(topic: string): Promise<readonly string[]> {
    const text = await outputOf('kcat', ['-b', this.#brokers, '-L', '-J', '-t', topic]);
    const { topics } = JSON.parse(String(text)) as Metadata;
    return (topics[0]?.partitions ?? []).map(({ partition }) => `${topic}:${partition}:-1`);
  }

  async #endsOf(partitions: readonly string[], isolation: string): Promise<ReadonlyMap<string, number>> {
    const questions = partitions.flatMap((partition) => ['-t', partition]);
    const text = await outputOf('kcat', [
      '-b',
      this.#brokers,
      '-Q',
      '-X',
      `isolation.level=${isolation}`,
      ...questions,
    ]);
    const ends = new Map<string, number>();
    for (const line of String(text).split('\n')) {
      const [, topic, partition, offset] = OFFSET_LINE.exec(line) ?? [];
      if (topic !== undefined) ends.set(`${topic}/${partition}`, Number(offset));
    }
    return ends;
  }
}
