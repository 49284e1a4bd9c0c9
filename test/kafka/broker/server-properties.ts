/** What tells one node of a cluster from the others. All on 127.0.0.1. */
export interface NodeAddress {
  /** From 1. */
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
}

/** A further listener: the broker tells clients that came through it to come to `advertisedPort`. */
export interface ExtraListener {
  readonly name: string;
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  readonly port: number;
  readonly advertisedPort: number;
}

/** A node's configuration, less where its data is. */
export type Properties = Readonly<Record<string, string>>;

/**
 * Every node is broker and controller, and the set of voters is fixed: no node needs to be told of the others. With three
 * nodes everything is written to three and acknowledged by two. Groups start at once, abandoned transactions are swept every
 * second, a node that was killed may return after three, sessions of group members may be as short as one.
 */
export function serverProperties(
  node: NodeAddress,
  all: readonly NodeAddress[],
  extra: readonly ExtraListener[] = [],
): Properties {
  const copies = String(Math.min(3, all.length));
  const acknowledging = String(all.length >= 3 ? 2 : 1);
  const listeners = [`PLAINTEXT://127.0.0.1:${node.port}`];
  const further = extra.map(({ name, port }) => `${name}://127.0.0.1:${port}`);
  const advertised = extra.map(({ name, advertisedPort }) => `${name}://127.0.0.1:${advertisedPort}`);
  const protocols = extra.map(({ name, protocol }) => `${name}:${protocol}`);
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': all.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(','),
    listeners: [...listeners, ...further, `CONTROLLER://127.0.0.1:${node.controllerPort}`].join(','),
    'advertised.listeners': [...listeners, ...advertised].join(','),
    'listener.security.protocol.map': ['CONTROLLER:PLAINTEXT', 'PLAINTEXT:PLAINTEXT', ...protocols].join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': acknowledging,
    'transaction.state.log.num.partitions': '4',
    'default.replication.factor': copies,
    'min.insync.replicas': acknowledging,
    ...QUICK,
  };
}

const QUICK: Properties = {
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
  'log.cleaner.backoff.ms': '500',
  // Allocated whole at the start, of the heap.
  'log.cleaner.dedupe.buffer.size': '8388608',
  'log.segment.bytes': '268435456',
  'num.network.threads': '2',
  'num.io.threads': '4',
};

/** Kafka's own defaults, for a node that nobody kills: on a busy machine three seconds of silence do not mean that it is dead. */
export const UNHURRIED: Properties = { 'broker.session.timeout.ms': '9000', 'broker.heartbeat.interval.ms': '2000' };

/** As Java reads it: one `name=value` a line. */
export function propertiesText(properties: Properties): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
