import type { Config, KafkaConfig } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { TollgateError } from '../domain/errors.ts';
import type { RepairedTopic, RepairPlan, RepairTarget, RepairWish } from '../kafka/topology/repair-plan.ts';
import { repairPosition } from '../kafka/topology/repair-position.ts';
import { createLogger } from '../ops/log.ts';
import { openKafka } from './kafka-connection.ts';
import { stopSignal } from './stop-signal.ts';
import { formatTable } from './table.ts';
import type { Channel, Terminal } from './terminal.ts';

export interface RepairFlags {
  readonly config: string;
  readonly topic?: string;
  readonly partition: string;
  readonly to: string;
  readonly isDryRun: boolean;
}

const WHOLE_NUMBER = /^\d{1,15}$/;
const HEAD = ['topic', 'holds', 'what', 'before', 'after'];

/** The action of `tollgate topics repair`. Throws what `repairPosition` does, and `usage` for flags that make no sense. */
export async function repairTopics(flags: RepairFlags, terminal: Terminal): Promise<void> {
  const wish = wishOf(flags);
  const config = loadConfig(flags.config, terminal.env);
  const { kafka, reach } = openKafka(config);
  const settings = kafkaOf(config);
  const stop = stopSignal();
  try {
    const logger = createLogger('silent');
    const options = { ...settings, kafka, reach, settings: config, logger, signal: stop.signal };
    const plan = await repairPosition(options, wish, flags);
    terminal.out.write(reportOf(plan, flags, terminal.out));
  } finally {
    stop.release();
  }
}

/** `openKafka` has refused a configuration without it. */
function kafkaOf({ kafka }: Config): KafkaConfig {
  if (kafka === undefined) throw new RangeError('a configuration without Kafka');
  return kafka;
}

function wishOf({ topic, partition, to }: RepairFlags): RepairWish {
  if (!WHOLE_NUMBER.test(partition)) throw misused(`--partition takes a number, not "${partition}"`);
  const target = targetOf(to);
  if (topic === undefined && target.kind !== 'meta') throw misused(`--to ${to} takes the --topic that it is meant for`);
  return { topic, partition: Number(partition), to: target };
}

function targetOf(to: string): RepairTarget {
  if (to === 'earliest' || to === 'latest' || to === 'meta') return { kind: to };
  if (WHOLE_NUMBER.test(to)) return { kind: 'offset', offset: Number(to) };
  throw misused(`--to takes earliest, latest, meta or an offset, not "${to}"`);
}

function misused(message: string): TollgateError {
  return new TollgateError('usage', message, { next: 'see tollgate topics repair --help' });
}

function reportOf({ topics, isNeeded }: RepairPlan, { isDryRun }: RepairFlags, out: Channel): string {
  const rows = topics.flatMap((topic) => {
    const { start, end } = topic.range;
    const holds = `${start} to ${end}`;
    const after = String(topic.next);
    return [
      [topic.topic, holds, 'position', offsetText(topic.position), after],
      [topic.topic, holds, "group's offset", offsetText(topic.groupOffset), after],
    ];
  });
  const changes = isDryRun ? 'nothing was changed; this would be\n' : 'changed, in one transaction\n';
  const consequences = topics.flatMap((topic) => consequenceOf(topic, isDryRun));
  return formatTable(out, HEAD, rows) + (isNeeded ? changes : 'nothing to do\n') + consequences.join('');
}

function offsetText(offset: number | undefined): string {
  return offset === undefined ? 'none' : String(offset);
}

/** What the move means for records; nothing where the position stays. */
function consequenceOf(repaired: RepairedTopic, isDryRun: boolean): readonly string[] {
  const { topic, position, next, isAnew, range } = repaired;
  const will = isDryRun ? 'would' : 'will';
  if (isAnew) {
    const skipped = next > range.start ? [`offsets ${range.start} to ${next - 1} of it ${will} never be judged\n`] : [];
    return [`${topic} was deleted and made anew: ${position} was a position of the former one\n`, ...skipped];
  }
  if (position === undefined || position === next) return [];
  if (position < next) return [`offsets ${position} to ${next - 1} of ${topic} ${will} never be judged\n`];
  return [`offsets ${next} to ${position - 1} of ${topic} ${will} be judged, a second time where they were already\n`];
}
