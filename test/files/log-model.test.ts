import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openFileLog } from '../../src/files/log.ts';
import type { CrashPoint, PartitionChanges, StateLog } from '../../src/pipeline/ports.ts';
import { restored } from '../contract/log-contract.ts';
import { sampleChanges, valuesOf } from '../contract/sample-changes.ts';
import { committedLines } from './committed-files.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const PARTITIONS = 3;
const RUNNING = new AbortController().signal;
const POINTS: readonly CrashPoint[] = [
  'commit:before',
  'commit:outputs-partly-written',
  'commit:outputs-written',
  'commit:state-written',
  'commit:before-rename',
  'commit:after-rename',
  'commit:after',
  'compaction:before-switch',
  'compaction:after-switch',
];

const change = fc.record({
  partition: fc.nat({ max: PARTITIONS - 1 }),
  events: fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }),
  deadLetters: fc.array(fc.constantFrom('empty', 'too_deep'), { maxLength: 1 }),
  sessions: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.option(fc.string({ maxLength: 80 })), { maxKeys: 3 }),
});
const command = fc.oneof(
  fc.record({ kind: fc.constant('commit' as const), changes: fc.array(change, { maxLength: 4 }) }),
  fc.record({
    kind: fc.constant('crash' as const),
    changes: fc.array(change, { minLength: 1, maxLength: 4 }),
    point: fc.constantFrom(...POINTS),
    /** A new process, or a restore in the old one. */
    reopen: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('reopen' as const) }),
);

/** What one partition holds: rewritten here from nothing but the transactions that took effect. */
interface World {
  readonly decisions: readonly string[];
  readonly audit: readonly string[];
  readonly deadLetters: readonly string[];
  readonly sessions: Readonly<Record<string, string>>;
  readonly hash: string | undefined;
}

function worldOf(partition: number, transactions: readonly (readonly PartitionChanges[])[]): World {
  const own = transactions.flat().filter((one) => one.partition === partition);
  const sessions = new Map<string, string>();
  for (const { sessionId, value } of own.flatMap((one) => one.sessions)) {
    if (value === null) sessions.delete(sessionId);
    else sessions.set(sessionId, Buffer.from(value).toString('utf8'));
  }
  return {
    decisions: own.flatMap((one) => valuesOf(one.decisions)),
    audit: own.flatMap((one) => valuesOf(one.audit)),
    deadLetters: own.flatMap((one) => one.deadLetters.map(({ code }) => code)),
    sessions: Object.fromEntries([...sessions].sort()),
    hash: own.at(-1)?.meta.chain.hash,
  };
}

async function readWorld(dir: string, log: StateLog, partition: number): Promise<World> {
  const { sessions, meta } = await restored(log, partition);
  const letters = committedLines(dir, 'dead-letter', partition);
  return {
    decisions: committedLines(dir, 'decisions', partition),
    audit: committedLines(dir, 'audit', partition),
    deadLetters: letters.map((line) => JSON.parse(line).tollgate_error_code),
    sessions,
    hash: meta?.chain.hash,
  };
}

/** A log under test, with the transactions that took effect. */
class Rig {
  readonly dir = temporaryDirectory();
  readonly took: (readonly PartitionChanges[])[] = [];
  #log: StateLog | undefined;
  #crashAt: CrashPoint | undefined;
  #step = 0;

  async log(): Promise<StateLog> {
    this.#log ??= await openFileLog({
      dir: this.dir,
      partitions: PARTITIONS,
      compactAtBytes: 300,
      unsafeWithoutFsync: true,
      crashHook: (point) => {
        if (point === this.#crashAt) throw new Error('crash');
      },
    });
    return this.#log;
  }

  async close(): Promise<void> {
    await this.#log?.close();
    this.#log = undefined;
  }

  /** Commits; with a point, dies there if the commit comes by. What took effect is decided by what is on disk. */
  async commit(samples: readonly Parameters<typeof sampleChanges>[0][], point?: CrashPoint, reopen = false) {
    const changes = samples.map((sample) => sampleChanges({ ...sample, step: ++this.#step }));
    this.#crashAt = point;
    const failed = await (await this.log()).commit(changes, RUNNING).then(
      () => false,
      () => true,
    );
    this.#crashAt = undefined;
    if (failed && reopen) await this.close();
    if (!failed || (await this.#isAfter(changes))) this.took.push(changes);
  }

  /** All or nothing: every partition must agree with one of the two worlds, and with the same one. */
  async #isAfter(changes: readonly PartitionChanges[]): Promise<boolean> {
    const worlds = await this.worlds();
    const before = this.expected(this.took);
    const after = this.expected([...this.took, changes]);
    const isAfter = JSON.stringify(worlds) === JSON.stringify(after);
    expect(worlds).toEqual(isAfter ? after : before);
    return isAfter;
  }

  async worlds(): Promise<World[]> {
    const log = await this.log();
    const worlds: World[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      worlds.push(await readWorld(this.dir, log, partition));
    }
    return worlds;
  }

  expected(transactions: readonly (readonly PartitionChanges[])[]): World[] {
    return Array.from({ length: PARTITIONS }, (_, partition) => worldOf(partition, transactions));
  }
}

it('always holds exactly the transactions that took effect, whatever was committed, crashed and reopened', async () => {
  const crashed = new Set<string>();
  const property = fc.asyncProperty(fc.array(command, { maxLength: 12 }), async (commands) => {
    const rig = new Rig();
    for (const one of commands) {
      const before = rig.took.length;
      if (one.kind === 'reopen') await rig.close();
      else if (one.kind === 'commit') await rig.commit(one.changes.map((sample) => ({ ...sample, step: 0 })));
      else {
        const samples = one.changes.map((sample) => ({ ...sample, step: 0 }));
        await rig.commit(samples, one.point, one.reopen);
        crashed.add(`${one.point} ${rig.took.length > before ? 'took' : 'did not take'} effect`);
      }
      expect(await rig.worlds()).toEqual(rig.expected(rig.took));
    }
    await rig.close();
  });
  await fc.assert(property, { seed: 42, numRuns: 60 });
  // The rename is the commit: a crash before it undoes the transaction, one after it does not.
  for (const point of POINTS) {
    const lost = POINTS.indexOf(point) <= POINTS.indexOf('commit:before-rename');
    expect([...crashed].filter((one) => one.startsWith(`${point} `))).toEqual([
      `${point} ${lost ? 'did not take' : 'took'} effect`,
    ]);
  }
});
