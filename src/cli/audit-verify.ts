import { dirname } from 'node:path';
import type { ChainHead } from '../domain/decision.ts';
import { TollgateError } from '../domain/errors.ts';
import { readCommitFile } from '../files/commit-file.ts';
import { type Break, Chains, type Starts } from './audit-chains.ts';
import { type AuditLine, auditLines, listAuditSources } from './audit-source.ts';
import { topicsNamed } from './replay-topic-names.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface VerifyOptions {
  /** Path of `commit.json`. */
  readonly head: string | undefined;
  readonly starts: Starts | undefined;
  /** Path of the configuration, for topics. */
  readonly config?: string;
  readonly json: boolean;
}

const UNCHECKED_TAIL = 'the ends of the chains were not checked: that a tail was cut off shows only with --head\n';

/** Prints what was found to standard output. Throws `check_failed` when a chain is broken. */
export async function verifyAudit(args: readonly string[], options: VerifyOptions, terminal: Terminal): Promise<void> {
  const committed = options.head === undefined ? new Map<number, ChainHead>() : await readHeads(options.head);
  const chains = new Chains(options.starts, committed);
  const broken = (await firstBreak(recordsOf(args, options, terminal), chains)) ?? chains.missingTail();
  report(chains, broken, options.json, terminal);
  if (options.head === undefined) terminal.err.write(UNCHECKED_TAIL);
  if (broken === undefined) return;
  throw new TollgateError('check_failed', `the audit chain is broken: ${describe(broken)}`, {
    ...(broken.source === undefined ? {} : { where: `${broken.source}:${broken.line ?? 0}` }),
    next: 'what stands before this record is intact; compare the rest with a copy from elsewhere',
  });
}

/** Every record that the arguments name: files first, then topics. */
async function* recordsOf(
  args: readonly string[],
  { config = 'tollgate.yaml' }: VerifyOptions,
  terminal: Terminal,
): AsyncGenerator<AuditLine> {
  const topics = args.flatMap((arg) => topicsNamed(arg) ?? []);
  const files = args.filter((arg) => topicsNamed(arg) === undefined);
  for (const source of await listAuditSources(files, terminal.stdin)) yield* auditLines(source);
  if (topics.length === 0) return;
  const { auditRecords } = await import('./audit-topics.ts');
  yield* auditRecords(topics, config, terminal);
}

async function firstBreak(records: AsyncIterable<AuditLine>, chains: Chains): Promise<Break | undefined> {
  for await (const record of records) {
    const broken = chains.add(record);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

async function readHeads(path: string): Promise<ReadonlyMap<number, ChainHead>> {
  const committed = await readCommitFile(dirname(path));
  if (committed === undefined) {
    throw new TollgateError('input_unreadable', 'there is no commit file', {
      where: path,
      next: 'give commit.json of the output directory',
    });
  }
  return new Map([...committed.byPartition].map(([partition, { meta }]) => [partition, meta.chain]));
}

function report(chains: Chains, broken: Break | undefined, json: boolean, { out }: Terminal): void {
  const partitions = [...chains.heads].sort(([a], [b]) => a - b);
  if (json) {
    const heads = partitions.map(([partition, head]) => ({ partition, next_index: head.index, hash: head.hash }));
    const verdict = { intact: broken === undefined, records: chains.records, partitions: heads };
    out.write(`${JSON.stringify(broken === undefined ? verdict : { ...verdict, broken })}\n`);
    return;
  }
  const rows = partitions.map(([partition, head]) => [String(partition), String(head.index - 1), head.hash]);
  if (rows.length > 0) out.write(formatTable(out, ['partition', 'last index', 'hash'], rows));
  out.write(
    `${chains.records} ${chains.records === 1 ? 'record' : 'records'} intact${broken === undefined ? '' : ' before the break'}\n`,
  );
}

function describe({ partition, index, why }: Break): string {
  const place = [
    ...(partition === undefined ? [] : [`partition ${partition}`]),
    ...(index === undefined ? [] : [`index ${index}`]),
  ].join(', ');
  return place === '' ? why : `${place}: ${why}`;
}
