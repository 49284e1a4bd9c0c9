import type { RawRecord } from '../domain/record.ts';
import type { Source, SourceSink } from '../pipeline/ports.ts';

/** A source of records that are in memory, all of one partition. It ends when they were delivered. */
export function memorySource(partition: number, records: readonly RawRecord[]): Source {
  let deliver: () => void = () => undefined;
  return {
    run: (sink: SourceSink, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        deliver = () => {
          sink.records(partition, records);
          resolve();
        };
        signal.addEventListener('abort', () => resolve(), { once: true });
        sink.assigned([partition], { epoch: 1 });
      }),
    start: () => deliver(),
    pause: () => undefined,
    resume: () => undefined,
  };
}
