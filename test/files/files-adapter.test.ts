import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openFileLog } from '../../src/files/log.ts';
import { openFileSource } from '../../src/files/source.ts';
import { FILE_CODEC } from '../../src/main.ts';
import { describeAdapter } from '../contract/adapter-contract.ts';
import { type AdapterHarness, sampleValue } from '../contract/adapter-harness.ts';
import { committedLines } from './committed-files.ts';
import { temporaryDirectory } from './temporary-directory.ts';

async function filesHarness(): Promise<AdapterHarness> {
  const root = temporaryDirectory();
  const [events, control, out] = ['events', 'control', 'out'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(events);
  mkdirSync(control);
  const listeners = new Set<() => void>();
  return {
    partitions: 4,
    commitPoints: [
      'commit:before',
      'commit:outputs-partly-written',
      'commit:outputs-written',
      'commit:state-written',
      'commit:before-rename',
      'commit:after-rename',
      'commit:after',
    ],
    produce: async (sample) => {
      for (const event of sample) {
        appendFileSync(join(event.trusted ? control : events, 'log.ndjson'), `${sampleValue(event)}\n`);
      }
      for (const listener of listeners) listener();
    },
    openSource: () =>
      openFileSource({
        events,
        control,
        partitions: 4,
        codec: FILE_CODEC,
        maxLineBytes: 10_000,
        follow: true,
        chunkBytes: 512,
        changes: {
          watch(_paths, onChange) {
            listeners.add(onChange);
            return () => listeners.delete(onChange);
          },
        },
      }),
    openLog: (hook) => openFileLog({ dir: out, partitions: 4, ...(hook === undefined ? {} : { crashHook: hook }) }),
    crash: (log) => log.close(),
    readCommitted: async (partition) => ({
      decisions: committedLines(out, 'decisions', partition),
      audit: committedLines(out, 'audit', partition),
      deadLetters: committedLines(out, 'dead-letter', partition).map((line) => JSON.parse(line).tollgate_error_code),
    }),
    close: async () => undefined,
  };
}

describeAdapter('files', filesHarness);
