import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { TollgateError } from '../domain/errors.ts';
import { withAdmin } from '../kafka/topology/admin.ts';
import { observeGroup } from '../kafka/topology/group.ts';
import { formatTopologyProblem, isError } from '../kafka/topology/problems.ts';
import { inspectTopology, type TopologyReport } from '../kafka/topology/topology.ts';
import { prepareSetup } from '../pipeline/prepare.ts';
import { examineFiles } from './doctor-files.ts';
import { openKafka } from './kafka-connection.ts';

/** What one check came to. */
export interface Finding {
  readonly check: 'config' | 'broker' | 'topics' | 'group' | 'files' | 'policies';
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly message: string;
  readonly details: readonly string[];
  /** Of a check that failed. */
  readonly error?: TollgateError;
}

/** Every check in order, each as soon as it is done. Throws only what is our own fault. */
export async function* findings(
  path: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): AsyncGenerator<Finding, void> {
  const loaded = await attempt('config', async () => loadConfig(path, env));
  if (loaded.finding !== undefined) {
    yield loaded.finding;
    yield skipped('policies', 'they are named by the configuration');
    return;
  }
  const config = loaded.value;
  yield ok('config', config.path);
  if (config.kafka !== undefined) yield* kafkaFindings(config, signal);
  if (config.files !== undefined) {
    const { files } = config;
    const looked = await attempt('files', () => examineFiles(files));
    yield looked.finding ?? ok('files', looked.value);
  }
  yield await policyFinding(config, signal);
}

async function* kafkaFindings(config: Config, signal: AbortSignal): AsyncGenerator<Finding, void> {
  const asked = await attempt('broker', async () => {
    const { kafka, reach } = openKafka(config);
    return await inspectTopology(kafka, config, reach, signal);
  });
  if (asked.finding !== undefined) {
    yield asked.finding;
    yield skipped('topics', 'the brokers were not asked');
    yield skipped('group', 'the brokers were not asked');
    return;
  }
  const { clusterId, nodes } = asked.value.observed;
  const brokers = nodes === 1 ? '1 broker' : `${nodes} brokers`;
  yield ok('broker', `cluster ${clusterId}, ${brokers}, by ${wayOf(config.kafka)}`);
  yield topicsFinding(asked.value);
  yield await groupFinding(config, asked.value, signal);
}

/** `kafka:9093, TLS, SASL plain as tollgate`; names, and no secret. */
function wayOf(kafka: Config['kafka']): string {
  const { brokers = [], ssl = false, sasl } = kafka ?? {};
  const unverified = typeof ssl === 'object' && !ssl.rejectUnauthorized;
  const tls = ssl === false ? [] : [unverified ? 'TLS without verifying the brokers' : 'TLS'];
  const user = sasl?.mechanism === 'oauthbearer' ? sasl.clientId : sasl?.username;
  const login = sasl === undefined ? [] : [`SASL ${sasl.mechanism} as ${user}`];
  const clear = ssl === false && sasl !== undefined ? ['in the clear'] : [];
  return [...brokers, ...tls, ...login, ...clear].join(', ');
}

function topicsFinding({ specs, problems }: TopologyReport): Finding {
  const errors = problems.filter(isError);
  const details = problems.flatMap((problem) => [
    `${problem.severity}: ${formatTopologyProblem(problem)}`,
    `  next: ${problem.next}`,
  ]);
  const message = `${specs.length} topics, ${counted(errors.length, 'error')}, ${counted(problems.length - errors.length, 'warning')}`;
  if (errors.length > 0) {
    const error = new TollgateError('topology_invalid', message, { next: 'run `tollgate topics create`' });
    return { check: 'topics', status: 'failed', message, details, error };
  }
  return { check: 'topics', status: problems.length > 0 ? 'warning' : 'ok', message, details };
}

async function groupFinding(config: Config, { observed }: TopologyReport, signal: AbortSignal): Promise<Finding> {
  const { topics } = config;
  const inputs = [...topics.events, topics.control].filter((name) => observed.topics.get(name)?.kind === 'present');
  const asked = await attempt('group', async () => {
    const { kafka, reach } = openKafka(config);
    const { groupId = '' } = config.kafka ?? {};
    const group = await withAdmin(kafka, reach, signal, (admin) => observeGroup(admin, groupId, inputs));
    const members = counted(group.members, 'process', 'processes');
    const state = group.committedPartitions === 0 ? 'nothing committed yet' : group.state.toLowerCase();
    return `${groupId}: ${state}, ${members}, ${counted(group.lag, 'record')} behind`;
  });
  return asked.finding ?? ok('group', asked.value);
}

async function policyFinding(config: Config, signal: AbortSignal): Promise<Finding> {
  const partitions = config.files?.partitions ?? config.topics.partitions;
  const loaded = await attempt('policies', () => prepareSetup(config, partitions, signal));
  if (loaded.finding !== undefined) return loaded.finding;
  const { policies, revision } = loaded.value;
  return ok('policies', `${policies.map(({ head }) => head.name).join(', ')} (${revision})`);
}

type Attempt<T> =
  | { readonly finding: Finding; readonly value?: undefined }
  | { readonly finding?: undefined; readonly value: T };

/** A failure of the surroundings is a finding; a fault of ours, and being stopped, is thrown. */
async function attempt<T>(check: Finding['check'], act: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await act() };
  } catch (thrown) {
    const error = TollgateError.from(thrown);
    if (error.code === 'internal' || error.code === 'aborted') throw error;
    const [message = '', ...more] = error.message.split('\n');
    const where = error.where === undefined ? [] : [`where: ${error.where}`];
    const next = error.next === undefined ? [] : [`next: ${error.next}`];
    return { finding: { check, status: 'failed', message, details: [...more, ...where, ...next], error } };
  }
}

function ok(check: Finding['check'], message: string): Finding {
  return { check, status: 'ok', message, details: [] };
}

function skipped(check: Finding['check'], message: string): Finding {
  return { check, status: 'skipped', message, details: [] };
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
