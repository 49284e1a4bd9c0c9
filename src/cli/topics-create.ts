import { loadConfig } from '../config/load-config.ts';
import type { TopicChange } from '../kafka/topology/changes.ts';
import { createTopology } from '../kafka/topology/topology.ts';
import { openKafka } from './kafka-connection.ts';
import { stopSignal } from './stop-signal.ts';
import type { Terminal } from './terminal.ts';
import { reportFacts, reportText, throwErrors } from './topics-report.ts';

export interface CreateFlags {
  readonly config: string;
  readonly isDryRun: boolean;
  readonly json: boolean;
}

/**
 * The action of `tollgate topics create`. Throws `check_failed` when something is wrong after it that it cannot put
 * right, `topology_invalid` for what the brokers refuse to make.
 */
export async function createTopics(flags: CreateFlags, terminal: Terminal): Promise<void> {
  const { config: path, isDryRun, json } = flags;
  const config = loadConfig(path, terminal.env);
  const { kafka, reach } = openKafka(config);
  const stop = stopSignal();
  try {
    const report = await createTopology(kafka, config, reach, stop.signal, isDryRun);
    const { out } = terminal;
    if (json) {
      const changes = report.changes.map(changeFacts);
      out.write(`${JSON.stringify({ ...reportFacts(report), dry_run: isDryRun, changes })}\n`);
    } else {
      out.write(changesText(report.changes, isDryRun));
      if (!isDryRun) out.write(reportText(out, report));
    }
    if (!isDryRun) throwErrors(report, 'this is not put right by itself: do what stands beside each error');
  } finally {
    stop.release();
  }
}

function changesText(changes: readonly TopicChange[], isDryRun: boolean): string {
  if (changes.length === 0) return 'nothing to do\n';
  const would = isDryRun ? 'would ' : '';
  return changes.map((change) => `${would}${sentenceOf(change)}\n`).join('');
}

function sentenceOf(change: TopicChange): string {
  const settings = Array.from(change.settings, ([name, value]) => `${name}=${value}`).join(' ');
  if (change.kind === 'alter') return `alter ${change.topic}: ${settings}`;
  const copies = change.replicationFactor ?? 'default';
  return `create ${change.topic}: ${change.partitions} partitions, replication factor ${copies}, ${settings}`;
}

function changeFacts(change: TopicChange) {
  const { kind, topic } = change;
  const settings = Object.fromEntries(change.settings);
  if (kind === 'alter') return { kind, topic, settings };
  const { partitions, replicationFactor: replication_factor = null } = change;
  return { kind, topic, partitions, replication_factor, settings };
}
