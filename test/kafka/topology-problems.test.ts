import { describe, expect, it } from 'vitest';
import type { ObservedTopic } from '../../src/kafka/topology/observe.ts';
import { planTopology } from '../../src/kafka/topology/plan.ts';
import { findProblems, formatTopologyProblem } from '../../src/kafka/topology/problems.ts';
import { clusterOf, type Difference, settingsOf, topicOf } from './topology-fixture.ts';

const SPECS = planTopology(settingsOf());

function problemsWith(others: Readonly<Record<string, Difference | ObservedTopic>>, nodes = 3): readonly string[] {
  const problems = findProblems(SPECS, clusterOf(others, nodes));
  return problems.map((problem) => `${problem.severity} ${formatTopologyProblem(problem)}`);
}

const ALL = SPECS.map(({ name }) => name);

describe('topics that are right', () => {
  it('give no problem', () => {
    expect(problemsWith({})).toEqual([]);
  });

  it('may have more partitions for dead letters, which nothing is joined with', () => {
    expect(problemsWith({ dead: { partitions: 12 } })).toEqual([]);
  });

  it('may keep input and control for ever', () => {
    expect(problemsWith({ calls: { settings: { 'retention.ms': '-1' } } })).toEqual([]);
  });

  it('may have long segments by bytes or by time, as long as it is not both', () => {
    expect(problemsWith({ sessions: { settings: { 'segment.bytes': '1073741824' } } })).toEqual([]);
  });
});

describe('topics that are wrong', () => {
  it.each<[string, Readonly<Record<string, Difference | ObservedTopic>>, readonly string[]]>([
    ['one is missing', { audit: { kind: 'missing' } }, ['error audit: does not exist']],
    [
      'one may not be described',
      { audit: { kind: 'forbidden', why: 'TOPIC_AUTHORIZATION_FAILED' } },
      ['error audit: may not be described (TOPIC_AUTHORIZATION_FAILED)'],
    ],
    [
      'one has no leader',
      { calls: { kind: 'unavailable', why: 'LEADER_NOT_AVAILABLE' } },
      ['error calls: cannot be used now (LEADER_NOT_AVAILABLE)'],
    ],
    ['inputs differ', { steps: { partitions: 4 } }, ['error steps: has 4 partitions, and calls has 8']],
    ['control differs', { control: { partitions: 1 } }, ['error control: has 1 partition, and calls has 8']],
    [
      'outputs differ',
      { decisions: { partitions: 9 }, audit: { partitions: 9 } },
      ['error decisions, audit: has 9 partitions, and calls has 8'],
    ],
    ['dead letters have fewer', { dead: { partitions: 7 } }, ['error dead: has 7 partitions, and calls has 8']],
    ['the changelog differs', { sessions: { partitions: 16 } }, ['error sessions: has 16 partitions, and calls has 8']],
    [
      'the changelog is not compacted',
      { sessions: { settings: { 'cleanup.policy': 'delete' } } },
      ['error sessions: has cleanup.policy=delete: live sessions would be forgotten'],
    ],
    [
      'the changelog is compacted and deleted',
      { sessions: { settings: { 'cleanup.policy': 'compact,delete' } } },
      ['error sessions: has cleanup.policy=compact,delete: live sessions would be forgotten'],
    ],
    [
      'decisions are compacted',
      { decisions: { settings: { 'cleanup.policy': 'compact' } } },
      ['error decisions: has cleanup.policy=compact: of each session only the last record would stay'],
    ],
    [
      'input is compacted',
      { calls: { settings: { 'cleanup.policy': 'compact' } } },
      ['warning calls: has cleanup.policy=compact: of each session only the last record would stay'],
    ],
    [
      'an output takes less than one event may lead to',
      { audit: { settings: { 'max.message.bytes': '300000' } } },
      [
        'error audit: has max.message.bytes=300000, and audit may need 720896: one large event would stop its partition',
      ],
    ],
    [
      'an output takes less than all policies may answer',
      { audit: { settings: { 'max.message.bytes': '700000' } } },
      ['warning audit: has max.message.bytes=700000, and audit may need 720896'],
    ],
    [
      'an input takes less than the limit of events',
      { calls: { settings: { 'max.message.bytes': '100000' } } },
      ['warning calls: has max.message.bytes=100000: events as large as limits.maxEventBytes allows may not fit'],
    ],
    [
      'there are too few copies to write',
      { audit: { copies: 1 } },
      [
        'error audit: has min.insync.replicas=2 and replication factor 1: nothing can be written',
        'warning audit: has replication factor 1: a lost disk may take committed records with it',
      ],
    ],
    [
      'one copy is enough to be committed',
      { audit: { settings: { 'min.insync.replicas': '1' } } },
      ['warning audit: has min.insync.replicas=1: what one broker alone has is taken for committed'],
    ],
    [
      'the changelog is seldom compacted',
      { sessions: { settings: { 'segment.bytes': '1073741824', 'segment.ms': '604800000' } } },
      ['warning sessions: has segment.bytes=1073741824, segment.ms=604800000: compaction lags, takeovers take longer'],
    ],
    [
      'input is gone within a day',
      { steps: { settings: { 'retention.ms': '86400000' } } },
      ['warning steps: has retention.ms=86400000: after an outage that long, events are gone before they are judged'],
    ],
    [
      'leaders may be elected that lack records',
      { audit: { settings: { 'unclean.leader.election.enable': 'true' } } },
      ['warning audit: has unclean.leader.election.enable=true: committed records may be lost or judged again'],
    ],
  ])('are told when %s', (_, others, told) => {
    expect(problemsWith(others)).toEqual(told);
  });

  it('are told once when it is the same thing, errors first', () => {
    const single = Object.fromEntries(ALL.map((name) => [name, { copies: 2 }]));
    const others = { ...single, dead: { kind: 'missing' } as const };
    const told = ALL.filter((name) => name !== 'dead').join(', ');
    expect(problemsWith(others)).toEqual([
      'error dead: does not exist',
      `warning ${told}: has replication factor 2: a lost disk may take committed records with it`,
    ]);
  });

  it('are compared with the first that is there', () => {
    const others = { calls: { kind: 'missing' } as const, steps: { partitions: 3 } };
    const told = problemsWith(others);
    expect(told).toContain('error control, decisions, audit, sessions: has 8 partitions, and steps has 3');
  });

  it('are checked without settings where those may not be read', () => {
    const blind = { ...topicOf('sessions'), settings: undefined } as ObservedTopic;
    expect(problemsWith({ sessions: blind })).toEqual([
      'warning sessions: has settings that may not be read, and were not checked',
    ]);
  });

  it('always come with what to do next', () => {
    const others = { calls: { copies: 1, partitions: 2 }, audit: { kind: 'missing' } as const };
    for (const { next } of findProblems(SPECS, clusterOf(others))) expect(next).not.toBe('');
  });
});
