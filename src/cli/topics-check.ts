import { loadConfig } from '../config/load-config.ts';
import { inspectTopology } from '../kafka/topology/topology.ts';
import { openKafka } from './kafka-connection.ts';
import { stopSignal } from './stop-signal.ts';
import type { Terminal } from './terminal.ts';
import { reportFacts, reportText, throwErrors } from './topics-report.ts';

export interface CheckFlags {
  readonly config: string;
  readonly json: boolean;
}

/** The action of `tollgate topics check`. Throws `check_failed` when something keeps a processor from starting. */
export async function checkTopics({ config: path, json }: CheckFlags, terminal: Terminal): Promise<void> {
  const config = loadConfig(path, terminal.env);
  const { kafka, reach } = openKafka(config);
  const stop = stopSignal();
  try {
    const report = await inspectTopology(kafka, config, reach, stop.signal);
    const { out } = terminal;
    out.write(json ? `${JSON.stringify(reportFacts(report))}\n` : reportText(out, report));
    throwErrors(report, 'run `tollgate topics create`, or do what stands beside each error');
  } finally {
    stop.release();
  }
}
