import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../../../src/codec/package-file.ts';
import { GUARD } from './guard.ts';
import type { Place } from './place.ts';
import { type Program, startProgram } from './program.ts';

const TOPICS_TIMEOUT_MS = 30_000;

/** Starts the built program, as a user would: `egress`, `repetition` and the 20-rule guard. Clean-up is the program's. */
export function startTollgate(place: Place, lanes: number): Program {
  return run(place, lanes, ['run']);
}

/** Makes the place's topics, as a user would. */
export async function createTopics(place: Place): Promise<void> {
  await run(place, 1, ['topics', 'create']).ended(TOPICS_TIMEOUT_MS);
}

function run({ brokers, groupId, partitions, topics }: Place, lanes: number, command: readonly string[]): Program {
  const dir = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  const file = join(dir, 'tollgate.yaml');
  const settings = {
    kafka: { brokers, groupId },
    topics: { ...topics, events: [topics.events], partitions },
    lanes: { count: lanes },
    http: { port: 0 },
    log: { level: 'warn' },
    policies: [
      { name: 'egress', inspector: 'egress', with: { allowHosts: ['packages.example.com'] } },
      { name: 'repetition', inspector: 'repetition' },
      {
        name: 'guard',
        opa: { bundle: GUARD.bundle, entrypoint: GUARD.entrypoint },
        needs: ['hosts'],
        match: { types: ['tool_call'] },
      },
    ],
  };
  writeFileSync(file, JSON.stringify(settings));
  return startProgram([packageFile('dist/cli/tollgate.js'), ...command, '-c', file], dir);
}
