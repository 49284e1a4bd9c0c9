import type { RawRecord } from '../domain/record.ts';
import type { Positions, Source, SourceSink } from '../pipeline/ports.ts';

/** A source of records that are in memory, all of one partition. It ends when they were delivered. */
export function memorySource(partition: number, records: readonly RawRecord[]): Source {
  let deliver: (positions: Positions) => void = () => undefined;
  return {
    run: (sink: SourceSink, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) {
          resolve();
          return;
        }
        deliver = (positions) => {
          const left = records.filter(({ topic, offset }) => offset >= (positions.get(topic) ?? 0));
          if (left.length > 0) sink.records(partition, left);
          resolve();
        };
        signal.addEventListener('abort', () => resolve(), { once: true });
        sink.assigned([partition], { epoch: 1 });
      }),
    start: (_partition, positions) => deliver(positions),
    pause: () => undefined,
    resume: () => undefined,
  };
}
