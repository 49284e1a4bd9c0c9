import { appendFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionOf } from '../../src/codec/partition-of.ts';
import { loadCodec } from '../../src/compression/codecs.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { openFileSource } from '../../src/files/source.ts';
import type { FileSourceOptions } from '../../src/files/source-options.ts';
import { FILE_CODEC } from '../../src/main.ts';
import type { Positions, Source } from '../../src/pipeline/ports.ts';
import { RecordingSink } from '../contract/recording-sink.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const codec = FILE_CODEC;

function openSource(options: Partial<FileSourceOptions> & Pick<FileSourceOptions, 'events'>): Source {
  return openFileSource({ partitions: 1, codec, maxLineBytes: 1000, follow: false, now: () => -1, ...options });
}

/** Runs a finite source to its end; every partition begins at its positions. */
async function readAll(source: Source, positions: readonly Positions[] = [new Map()]): Promise<RecordingSink> {
  const sink = new RecordingSink();
  const run = source.run(sink, new AbortController().signal);
  for (const [partition, at] of positions.entries()) source.start(partition, at);
  await run;
  return sink;
}

const event = (session: string, n: number, at: number | string = n) =>
  JSON.stringify({ session_id: session, n, occurred_at: at });
const numbers = (records: readonly RawRecord[]) => records.map((record) => JSON.parse(String(record.value)).n);

function directory(files: Readonly<Record<string, string | Buffer>>): string {
  const dir = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  return dir;
}

const pack = {
  gz: async (text: string) => gzipSync(text),
  zst: async (text: string) => (await loadCodec('zstd')).compress(Buffer.from(text)),
};

describe('a finite file source', () => {
  it('reads a single file, whatever its name, as the topic of that name', async () => {
    const dir = directory({ 'history.txt': `${event('a', 1)}\n\n${event('a', 2)}\n` });
    const sink = await readAll(openSource({ events: join(dir, 'history.txt') }));
    const first = Buffer.byteLength(event('a', 1)) + 1;
    expect(sink.of(0).map(({ topic, offset, nextOffset, ordinal }) => [topic, offset, nextOffset, ordinal])).toEqual([
      ['history.txt', 0, first, 0],
      ['history.txt', first + 1, 2 * first + 1, 1],
    ]);
    expect(String(sink.of(0)[0]?.key)).toBe('a');
    expect(sink.of(0)[0]?.timestampMs).toBe(-1);
  });

  it('reads the input files of a directory and nothing else in it', async () => {
    const events = directory({
      'b.ndjson': event('a', 2),
      'a.jsonl': event('a', 1),
      'c.ndjson.gz': gzipSync(event('a', 3)),
      'notes.txt': event('a', 9),
      'sub/d.ndjson': event('a', 9),
    });
    const sink = await readAll(openSource({ events }));
    expect(sink.of(0).map(({ topic }) => topic)).toEqual(['a.jsonl', 'b.ndjson', 'c.ndjson.gz']);
  });

  it('ends at once for an empty directory, when every partition was started', async () => {
    const sink = await readAll(openSource({ events: directory({}), partitions: 2 }), [new Map(), new Map()]);
    expect(sink.count()).toBe(0);
  });

  it('stamps records with its clock', async () => {
    const sink = await readAll(openSource({ events: directory({ 'a.ndjson': event('a', 1) }), now: () => 12_345 }));
    expect(sink.of(0)[0]?.timestampMs).toBe(12_345);
  });

  it('delivers the last line of a file that has no line feed', async () => {
    const sink = await readAll(openSource({ events: directory({ 'a.ndjson': `${event('a', 1)}\n${event('a', 2)}` }) }));
    expect(numbers(sink.of(0))).toEqual([1, 2]);
  });

  it('goes on after a last line without a line feed once more was appended to the file', async () => {
    const events = directory({ 'a.ndjson': event('a', 1) });
    const [record] = (await readAll(openSource({ events }))).of(0);
    appendFileSync(join(events, 'a.ndjson'), `\n${event('a', 2)}\n`);
    const sink = await readAll(openSource({ events }), [new Map([['a.ndjson', record?.nextOffset ?? -1]])]);
    expect(numbers(sink.of(0))).toEqual([2]);
  });

  it('puts lines without a session id that can be read into partition 0, without a key', async () => {
    const events = directory({ 'a.ndjson': 'no json\n{"session_id":7}\n[]\n' });
    const sink = await readAll(openSource({ events, partitions: 3 }), [new Map(), new Map(), new Map()]);
    expect(sink.of(0).map(({ key, value }) => [key, String(value)])).toEqual([
      [null, 'no json'],
      [null, '{"session_id":7}'],
      [null, '[]'],
    ]);
  });

  it('delivers only the head of a line that is too long, one byte more than allowed', async () => {
    const events = directory({ 'a.ndjson': `{"session_id":"s","x":"${'x'.repeat(500_000)}"}\n${event('s', 2)}\n` });
    const sink = await readAll(openSource({ events, maxLineBytes: 64 }));
    expect(sink.of(0).map(({ value }) => value?.byteLength)).toEqual([65, event('s', 2).length]);
    expect(sink.of(0)[1]?.offset).toBe(sink.of(0)[0]?.nextOffset);
  });

  it.each(['gz', 'zst'] as const)(
    'reads .%s with offsets into what was compressed, several members included',
    async (suffix) => {
      const parts = [`${event('a', 1)}\n${event('a', 2)}\n`, `${event('a', 3)}\n`];
      const plain = await readAll(openSource({ events: directory({ 'a.ndjson': parts.join('') }) }));
      const packed = Buffer.concat(await Promise.all(parts.map((part) => pack[suffix](part))));
      const name = `a.ndjson.${suffix}`;
      const events = directory({ [name]: packed });
      const sink = await readAll(openSource({ events }));
      expect(sink.of(0).map(({ offset, nextOffset }) => [offset, nextOffset])).toEqual(
        plain.of(0).map(({ offset, nextOffset }) => [offset, nextOffset]),
      );
      const rest = await readAll(openSource({ events }), [new Map([[name, plain.of(0)[1]?.offset ?? -1]])]);
      expect(numbers(rest.of(0))).toEqual([2, 3]);
    },
  );

  it('gives control files topics of their own and trusts only them', async () => {
    const events = directory({ 'a.ndjson': event('a', 1) });
    const control = directory({ 'a.ndjson': event('a', 2) });
    const sink = await readAll(openSource({ events, control }));
    expect(sink.of(0).map(({ topic, trusted }) => [topic, trusted])).toEqual([
      ['a.ndjson', false],
      ['control:a.ndjson', true],
    ]);
  });

  it('begins a new assignment with a higher epoch at each run', async () => {
    const source = openSource({ events: directory({ 'a.ndjson': event('a', 1) }) });
    const epochs = [await readAll(source), await readAll(source)].map((sink) => sink.assignments[0]?.assignment.epoch);
    expect(epochs).toEqual([1, 2]);
  });

  it('stops reading when too much waits for a paused partition, and goes on when it is resumed', async () => {
    const lines = Array.from({ length: 500 }, (_, n) => event(n % 2 === 0 ? 'a' : 'c', n));
    const [a, c] = [partitionOf('a', 4), partitionOf('c', 4)].map((partition) => partition % 4) as [number, number];
    expect(a).not.toBe(c);
    const source = openSource({
      events: directory({ 'a.ndjson': lines.join('\n') }),
      partitions: 4,
      maxBufferedBytes: 10_000,
      chunkBytes: 256,
    });
    const sink = new RecordingSink();
    const run = source.run(sink, new AbortController().signal);
    source.pause(a);
    for (const partition of [0, 1, 2, 3]) source.start(partition, new Map());
    sink.room = () => (sink.of(c).length > 10 ? 0 : 1_000_000);
    await sink.until(() => sink.of(c).length > 10);
    expect(sink.of(a)).toEqual([]);
    sink.room = () => 1_000_000;
    source.resume(c);
    source.resume(a);
    await run;
    expect(sink.of(a)).toHaveLength(250);
    expect(sink.of(c)).toHaveLength(250);
  });

  it('hands over no more than the room that the sink has, but always one record', async () => {
    const lines = Array.from({ length: 50 }, (_, n) => event('a', n));
    const source = openSource({ events: directory({ 'a.ndjson': lines.join('\n') }) });
    const sink = new RecordingSink();
    sink.room = () => 1;
    const run = source.run(sink, new AbortController().signal);
    source.start(0, new Map());
    await run;
    expect(sink.batches.slice(1).map(({ records }) => records.length)).toEqual(sink.batches.slice(1).map(() => 1));
    expect(numbers(sink.of(0))).toEqual(lines.map((_, n) => n));
  });

  it('lets the sink start a partition anew from inside a delivery', async () => {
    const source = openSource({ events: directory({ 'a.ndjson': [1, 2, 3].map((n) => event('a', n)).join('\n') }) });
    const sink = new RecordingSink();
    let again = true;
    sink.room = () => {
      if (again) source.start(0, new Map());
      again = false;
      return 1_000_000;
    };
    const run = source.run(sink, new AbortController().signal);
    source.start(0, new Map());
    await run;
    expect(numbers(sink.of(0))).toEqual([1, 2, 3, 1, 2, 3]);
  });
});

describe('merging input files', () => {
  it('orders lines by their time, control first at equal times, then by file name', async () => {
    const events = directory({
      'b.ndjson': [event('a', 1, 10), event('a', 4, 20), event('a', 6, '1970-01-01T00:00:00.030Z')].join('\n'),
      'a.ndjson': [event('a', 2, 15), event('a', 3, 20)].join('\n'),
    });
    const control = directory({
      'z.ndjson': event('a', 100, 20),
      'y.ndjson': event('a', 101, '1970-01-01T00:00:00.020Z'),
    });
    const sink = await readAll(openSource({ events, control }));
    expect(numbers(sink.of(0))).toEqual([1, 2, 101, 100, 3, 4, 6]);
    expect(sink.of(0).map((record) => record.ordinal)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('never reorders a file: late lines, and lines without a time, follow the line before them', async () => {
    const events = directory({
      'a.ndjson': [event('a', 1, 50), event('a', 2, 10), '{"n":3}', 'broken', event('a', 5, 60)].join('\n'),
      'b.ndjson': [event('a', 10, 20), event('a', 11, 55)].join('\n'),
    });
    const sink = await readAll(openSource({ events }));
    expect(sink.valuesOf(0).map((value) => (value === 'broken' ? 4 : JSON.parse(value).n))).toEqual([
      10, 1, 2, 3, 4, 11, 5,
    ]);
  });

  it('reads one file after the other on request, control first', async () => {
    const events = directory({ 'b.ndjson': event('a', 2, 1), 'a.ndjson': event('a', 1, 99) });
    const control = directory({ 'z.ndjson': event('a', 0, 500) });
    const sink = await readAll(openSource({ events, control, order: 'arrival' }));
    expect(numbers(sink.of(0))).toEqual([0, 1, 2]);
  });

  const files = fc.array(
    fc.array(fc.record({ session: fc.constantFrom('a', 'b', 'c', 'd'), at: fc.nat({ max: 20 }) }), { maxLength: 12 }),
    { minLength: 1, maxLength: 4 },
  );

  it('gives one order whatever the chunk size, and wherever each partition starts', async () => {
    const property = fc.asyncProperty(
      files,
      fc.integer({ min: 1, max: 100 }),
      fc.infiniteStream(fc.nat({ max: 12 })),
      async (contents, chunkBytes, cuts) => {
        let n = 0;
        const named = contents.map((lines, i) => [
          `${i}.ndjson`,
          lines.map(({ session, at }) => event(session, n++, at)).join('\n'),
        ]);
        const events = directory(Object.fromEntries(named));
        const start = [new Map(), new Map(), new Map()];
        const whole = await readAll(openSource({ events, partitions: 3 }), start);
        const positions = start.map((_, p) => {
          const taken = whole.of(p).slice(0, cuts.next().value);
          return new Map(taken.map((record) => [record.topic, record.nextOffset]));
        });
        const rest = await readAll(openSource({ events, partitions: 3, chunkBytes }), positions);
        for (const [p, at] of positions.entries()) {
          const expected = whole.of(p).filter((record) => record.offset >= (at.get(record.topic) ?? 0));
          expect(rest.of(p)).toEqual(expected);
        }
        expect(whole.count()).toBe(n);
      },
    );
    await fc.assert(property, { seed: 42, numRuns: 60 });
  });
});

describe('a file source over several paths', () => {
  it('reads them as one history, merged by time', async () => {
    const first = directory({ 'a.ndjson': event('a', 1) });
    const second = directory({ 'b.ndjson': event('a', 0) });
    const sink = await readAll(openSource({ events: [first, second] }));
    expect(sink.of(0).map((record) => record.topic)).toEqual(['b.ndjson', 'a.ndjson']);
  });

  it('refuses two files of one name, whose positions would be one', async () => {
    const paths = [directory({ 'a.ndjson': '' }), directory({ 'a.ndjson': '' })];
    await expect(readAll(openSource({ events: paths }))).rejects.toThrow('two input files have the name a.ndjson');
  });
});

describe('a file source that follows', () => {
  /** A following source whose changes the test announces. */
  function follow(events: string, options: Partial<FileSourceOptions> = {}) {
    const stop = new AbortController();
    const sink = new RecordingSink();
    let announce: () => void = () => undefined;
    const source = openSource({
      events,
      follow: true,
      changes: {
        watch(_paths, onChange) {
          announce = onChange;
          return () => undefined;
        },
      },
      ...options,
    });
    const run = source.run(sink, stop.signal);
    return {
      source,
      sink,
      run,
      announce: () => announce(),
      end: () => {
        stop.abort();
        return run;
      },
    };
  }

  it('holds back a line until its line feed is written', async () => {
    const events = directory({ 'a.ndjson': `${event('a', 1)}\n${event('a', 2).slice(0, 10)}` });
    const { source, sink, announce, end } = follow(events);
    source.start(0, new Map());
    await sink.until(() => sink.count() === 1);
    appendFileSync(join(events, 'a.ndjson'), `${event('a', 2).slice(10)}\n`);
    announce();
    await sink.until(() => sink.count() === 2);
    expect(numbers(sink.of(0))).toEqual([1, 2]);
    await end();
  });

  it('takes up files that appear, compressed ones once', async () => {
    const events = directory({});
    const { source, sink, announce, end } = follow(events);
    source.start(0, new Map());
    writeFileSync(join(events, 'b.ndjson.gz'), gzipSync(event('a', 1)));
    announce();
    await sink.until(() => sink.count() === 1);
    writeFileSync(join(events, 'a.ndjson'), `${event('a', 2)}\n`);
    announce();
    await sink.until(() => sink.count() === 2);
    expect(sink.of(0).map(({ topic, ordinal }) => [topic, ordinal])).toEqual([
      ['b.ndjson.gz', undefined],
      ['a.ndjson', undefined],
    ]);
    await end();
  });

  it('notices appended lines by itself', async () => {
    const events = directory({ 'a.ndjson': '' });
    const stop = new AbortController();
    const sink = new RecordingSink();
    const source = openSource({ events, follow: true, pollIntervalMs: 10 });
    const run = source.run(sink, stop.signal);
    source.start(0, new Map());
    appendFileSync(join(events, 'a.ndjson'), `${event('a', 1)}\n`);
    await sink.until(() => sink.count() === 1);
    stop.abort();
    await run;
  });

  it('goes back for a partition that is started before the place where reading began', async () => {
    const [a, c] = [partitionOf('a', 4), partitionOf('c', 4)];
    const old = `${event('a', 1)}\n${event('c', 2)}\n`;
    const events = directory({ 'old.ndjson': old });
    const { source, sink, announce, end } = follow(events, { partitions: 4 });
    source.start(a, new Map([['old.ndjson', old.length]]));
    writeFileSync(join(events, 'new.ndjson'), `${event('a', 3)}\n`);
    announce();
    await sink.until(() => sink.count() === 1);
    source.start(c, new Map([['new.ndjson', event('a', 3).length + 1]]));
    await sink.until(() => sink.count() === 2);
    expect([numbers(sink.of(a)), numbers(sink.of(c))]).toEqual([[3], [2]]);
    await end();
  });

  it('refuses a file that was cut', async () => {
    const events = directory({ 'a.ndjson': `${event('a', 1)}\n` });
    const { source, sink, announce, run } = follow(events);
    source.start(0, new Map());
    await sink.until(() => sink.count() === 1);
    truncateSync(join(events, 'a.ndjson'), 3);
    announce();
    await expect(run).rejects.toMatchObject({ code: 'position_contradicts' });
  });

  it('refuses a position that is inside a line', async () => {
    const events = directory({ 'a.ndjson': `${event('a', 1)}\n` });
    const { source, run } = follow(events);
    source.start(0, new Map([['a.ndjson', 5]]));
    await expect(run).rejects.toMatchObject({ code: 'position_contradicts' });
  });
});

describe('a file source refuses', () => {
  const lines = `${event('a', 1)}\n${event('a', 2)}\n`;

  it('a path that is not there', async () => {
    const source = openSource({ events: join(directory({}), 'nowhere') });
    await expect(readAll(source)).rejects.toMatchObject({ code: 'input_unreadable' });
  });

  it('an event file whose name is that of a control topic', async () => {
    const source = openSource({ events: directory({ 'control:a.ndjson': lines }) });
    await expect(readAll(source)).rejects.toMatchObject({ code: 'input_unreadable' });
  });

  it('a compressed file that ends too early, or is none', async () => {
    for (const suffix of ['gz', 'zst'] as const) {
      for (const content of [(await pack[suffix](lines)).subarray(0, 20), Buffer.from(lines)]) {
        const source = openSource({ events: directory({ [`a.ndjson.${suffix}`]: content }) });
        await expect(readAll(source)).rejects.toMatchObject({ code: 'input_unreadable' });
      }
    }
  });

  it('positions that its files contradict', async () => {
    const events = directory({ 'a.ndjson': lines, 'b.ndjson.gz': gzipSync(lines) });
    for (const position of [5, lines.length + 1]) {
      for (const topic of ['a.ndjson', 'b.ndjson.gz']) {
        const run = readAll(openSource({ events }), [new Map([[topic, position]])]);
        await expect(run, `${topic} at ${position}`).rejects.toMatchObject({ code: 'position_contradicts' });
      }
    }
  });
});
