import { describe, expect, it } from 'vitest';
import { planChanges } from '../../src/kafka/topology/changes.ts';
import { planTopology } from '../../src/kafka/topology/plan.ts';
import { clusterOf, settingsOf } from './topology-fixture.ts';

const MISSING = { kind: 'missing' } as const;
const SETTINGS = settingsOf();
const SPECS = planTopology(SETTINGS);
const NONE = Object.fromEntries(SPECS.map(({ name }) => [name, MISSING]));

describe('what `topics create` does', () => {
  it('is nothing where all is right', () => {
    expect(planChanges(SPECS, clusterOf(), SETTINGS.topics)).toEqual([]);
  });

  it('is to make every topic where there is none, as the configuration says', () => {
    const settings = settingsOf({ partitions: 5, replicationFactor: 3 });
    const changes = planChanges(planTopology(settings), clusterOf(NONE), settings.topics);
    expect(changes.map(({ topic }) => topic)).toEqual(SPECS.map(({ name }) => name));
    for (const change of changes) expect(change).toMatchObject({ kind: 'create', partitions: 5, replicationFactor: 3 });
    const changelog = changes.find(({ topic }) => topic === 'sessions');
    expect(Object.fromEntries(changelog?.settings ?? [])).toEqual({
      'cleanup.policy': 'compact',
      'max.message.bytes': '1048588',
      'segment.bytes': '104857600',
      'segment.ms': '3600000',
      'min.insync.replicas': '2',
    });
  });

  it('leaves copies, and how many must be in sync, to the brokers unless they are configured', () => {
    const changes = planChanges(SPECS, clusterOf(NONE), SETTINGS.topics);
    for (const change of changes) {
      expect(change).toMatchObject({ replicationFactor: undefined });
      expect([...change.settings.keys()]).not.toContain('min.insync.replicas');
    }
  });

  it('gives a missing topic the partition count of those that are there', () => {
    const twelve = Object.fromEntries(SPECS.map(({ name }) => [name, { partitions: 12 }]));
    expect(planChanges(SPECS, clusterOf({ ...twelve, audit: MISSING }), SETTINGS.topics)).toMatchObject([
      { kind: 'create', topic: 'audit', partitions: 12 },
    ]);
  });

  it('never changes a partition count', () => {
    expect(planChanges(SPECS, clusterOf({ sessions: { partitions: 2 } }), SETTINGS.topics)).toEqual([]);
  });

  it('compacts the changelog, and sends along what was set before', () => {
    const settings = { 'cleanup.policy': 'delete', 'retention.ms': '5' };
    expect(planChanges(SPECS, clusterOf({ sessions: { settings } }), SETTINGS.topics)).toEqual([
      {
        kind: 'alter',
        topic: 'sessions',
        settings: new Map([['cleanup.policy', 'compact']]),
        overrides: new Map(Object.entries(settings)),
      },
    ]);
  });

  it.each([
    ['an output takes too little', 'audit', { 'max.message.bytes': '1000' }, { 'max.message.bytes': '720896' }],
    ['an input takes too little', 'steps', { 'max.message.bytes': '1000' }, { 'max.message.bytes': '327680' }],
    [
      'the changelog’s segments are long',
      'sessions',
      { 'segment.bytes': '1073741824', 'segment.ms': '604800000' },
      { 'segment.bytes': '104857600', 'segment.ms': '3600000' },
    ],
  ])('corrects a topic where %s', (_, topic, settings, corrected) => {
    const changes = planChanges(SPECS, clusterOf({ [topic]: { settings } }), SETTINGS.topics);
    expect(changes).toEqual([
      {
        kind: 'alter',
        topic,
        settings: new Map(Object.entries(corrected)),
        overrides: new Map(Object.entries(settings)),
      },
    ]);
  });

  it('grows with what policies may answer', () => {
    const many = { ...SETTINGS, policies: Array.from({ length: 20 }, () => ({ engine: { kind: 'opa' } })) };
    const bytesOf = (name: string) =>
      planTopology(many)
        .find((spec) => spec.name === name)
        ?.settings.get('max.message.bytes');
    expect([bytesOf('decisions'), bytesOf('audit')]).toEqual(['2686976', '3211264']);
  });
});
