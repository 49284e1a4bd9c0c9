import type { AclOperation } from '../missing-right.ts';
import { planTopology, type TopicRole, type TopicSpec, type TopologySettings } from './plan.ts';

/** What a principal is for: `run` also covers `doctor`, `topics check` and `topics repair`. */
export type AclJob = 'run' | 'create' | 'replay';

export const ACL_JOBS: readonly AclJob[] = ['run', 'create', 'replay'];

/** One right that a principal is to be given, on one resource. */
export interface Acl {
  readonly resource: 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID';
  readonly name: string;
  /** `PREFIXED`: on everything whose name begins so. */
  readonly pattern: 'LITERAL' | 'PREFIXED';
  readonly operation: AclOperation;
  /** The configuration key that the name comes from. */
  readonly key: string;
  readonly why: string;
  /** True for what it can do without, with a warning. */
  readonly isOptional: boolean;
}

/** What the rights follow from. A whole configuration with `kafka` gives it. */
export interface AclSettings {
  readonly settings: TopologySettings;
  readonly groupId: string;
}

type Right = Pick<Acl, 'operation' | 'why' | 'isOptional'>;

/**
 * The least rights for a job, in the order of the configuration's keys: with them it does all of it, and without any one of
 * them (but the optional ones) it fails. Every one of READ, WRITE and ALTER_CONFIGS includes describing.
 */
export function aclsFor(job: AclJob, { settings, groupId }: AclSettings): readonly Acl[] {
  const topics = planTopology(settings).flatMap((spec) => topicAcls(spec, RIGHTS[job][spec.role]));
  return job === 'run' ? [...topics, ...groupAcls(groupId)] : topics;
}

function topicAcls({ name, key }: TopicSpec, rights: readonly Right[]): readonly Acl[] {
  return rights.map((right) => ({ resource: 'TOPIC', name, pattern: 'LITERAL', key, ...right }));
}

function groupAcls(groupId: string): readonly Acl[] {
  const group = right('READ', 'join the group, commit its offsets');
  const transactions = right('WRITE', 'the transactions of all processes of the group');
  return [
    { resource: 'GROUP', name: groupId, pattern: 'LITERAL', key: 'kafka.groupId', ...group },
    {
      resource: 'TRANSACTIONAL_ID',
      name: `${groupId}-`,
      pattern: 'PREFIXED',
      key: 'kafka.groupId and "-"',
      ...transactions,
    },
  ];
}

function right(operation: AclOperation, why: string): Right {
  return { operation, why, isOptional: false };
}

const SETTINGS: Right = {
  operation: 'DESCRIBE_CONFIGS',
  why: 'check the settings at the start; without it a warning',
  isOptional: true,
};
const INPUT = [right('READ', 'judge it, and commit the offsets of it'), SETTINGS];
const OUTPUT = [right('WRITE', 'write it'), SETTINGS];
const MADE = [
  right('CREATE', 'make it'),
  right('DESCRIBE', 'see whether it is there'),
  right('ALTER_CONFIGS', 'read and correct its settings'),
];
const TO_REPLAY = [right('READ', 'judge it again')];

const RIGHTS: Readonly<Record<AclJob, Readonly<Record<TopicRole, readonly Right[]>>>> = {
  run: {
    events: INPUT,
    control: INPUT,
    decisions: OUTPUT,
    audit: OUTPUT,
    'dead letters': OUTPUT,
    sessions: [right('READ', 'take a partition over'), ...OUTPUT],
  },
  create: {
    events: MADE,
    control: MADE,
    decisions: MADE,
    audit: MADE,
    'dead letters': MADE,
    sessions: MADE,
  },
  replay: {
    events: TO_REPLAY,
    control: TO_REPLAY,
    decisions: [right('READ', 'time limits that were hit')],
    audit: [right('READ', 'the order of several topics')],
    'dead letters': [],
    sessions: [],
  },
};
