import { readFile } from 'node:fs/promises';
import { packageFile } from '../codec/package-file.ts';

/** A file that `tollgate init` writes. */
export interface InitFile {
  /** Below the directory, with slashes. */
  readonly path: string;
  /** What it is, for the list that is printed. */
  readonly what: string;
  readonly bytes: Buffer;
}

/** Where a file comes from: pieces of the package, one behind the other, a blank line between them. */
interface Origin {
  readonly path: string;
  readonly what: string;
  readonly pieces: readonly (readonly string[])[];
}

/** The bundle is the one that the package ships, compiled from the Rego beside it: no compiler is needed to begin. */
const POLICY_AND_EVENTS: readonly Origin[] = [
  {
    path: 'policies/first/first.rego',
    what: 'a first policy, to be changed',
    pieces: [['policies', 'first', 'first.rego']],
  },
  {
    path: 'policies/first/first_test.rego',
    what: 'its tests, for `opa test`',
    pieces: [['policies', 'first', 'first_test.rego']],
  },
  {
    path: 'policies/dist/first.tar.gz',
    what: 'the policy, compiled',
    pieces: [['policies', 'dist', 'first.tar.gz']],
  },
  { path: 'event.json', what: 'one event, for `tollgate eval`', pieces: [['templates', 'event.json']] },
  { path: 'events/sample.ndjson', what: 'events, one a line', pieces: [['templates', 'sample.ndjson']] },
];

/** Everything that `tollgate init` writes, in the order in which it is written. */
export async function initFiles(isKafka: boolean): Promise<readonly InitFile[]> {
  const source = ['templates', isKafka ? 'source.kafka.yaml' : 'source.files.yaml'];
  const config: Origin = {
    path: 'tollgate.yaml',
    what: 'the configuration',
    pieces: [source, ['templates', 'judging.yaml']],
  };
  return await Promise.all([config, ...POLICY_AND_EVENTS].map(fileOf));
}

async function fileOf({ path, what, pieces }: Origin): Promise<InitFile> {
  const parts = await Promise.all(pieces.map((parts) => readFile(packageFile(...parts))));
  const bytes = Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('\n'), part])));
  return { path, what, bytes };
}
