import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACL_JOBS, type Acl, type AclJob, aclsFor } from '../../src/kafka/topology/acls.ts';
import { run } from '../cli/cli-fixture.ts';
import { directoryOf } from '../config/config-fixture.ts';
import { settingsOf } from './topology-fixture.ts';

const PAGE = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
const YAML = `
kafka: { brokers: [b1:9092, b2:9092], groupId: gate }
topics: { events: [calls], control: ctl }
policies: [{ name: egress, inspector: egress }]
`;

/** The rights of a job as the page has them: a row a right, topics by their configuration keys. */
function tableOf(job: AclJob): string {
  const acls = aclsFor(job, { settings: settingsOf({ events: ['events'] }), groupId: 'tollgate' });
  const head = ['| resource | right | for |', '| --- | --- | --- |'];
  return [...head, ...acls.map(rowOf)].join('\n');
}

function rowOf({ resource, key, pattern, operation, why, isOptional }: Acl): string {
  const name = pattern === 'PREFIXED' ? 'whose names begin with `kafka.groupId` and `-`' : `\`${key}\``;
  const kind = { TOPIC: 'topic', GROUP: 'group', TRANSACTIONAL_ID: 'transactional ids' }[resource];
  return `| ${kind} ${name} | ${operation}${isOptional ? ' (optional)' : ''} | ${why} |`;
}

function squeezed(text: string): string {
  return text.replace(/-{3,}/g, '---').replace(/ +/g, ' ');
}

describe('the rights of a principal', () => {
  it.each(ACL_JOBS)('for %s are those that docs/security.md lists', (job) => {
    expect(squeezed(PAGE)).toContain(`${tableOf(job)}\n\n`);
  });

  it('are printed as commands, one a resource', async () => {
    const path = `${directoryOf({ 'tollgate.yaml': YAML })}/tollgate.yaml`;
    const { code, out, err } = await run(['topics', 'acls', '-c', path, '--principal', 'User:CN=gate, O=us']);
    expect([code, err]).toEqual([0, '']);
    const head = "kafka-acls.sh --bootstrap-server b1:9092,b2:9092 --add --allow-principal 'User:CN=gate, O=us'";
    expect(out.split('\n').slice(0, 1)).toEqual([`${head} --operation Read --operation DescribeConfigs --topic calls`]);
    expect(out.trimEnd().split('\n').slice(-2)).toEqual([
      `${head} --operation Read --group gate`,
      `${head} --operation Write --transactional-id gate- --resource-pattern-type prefixed`,
    ]);
  });

  it('are told to machines', async () => {
    const path = `${directoryOf({ 'tollgate.yaml': YAML })}/tollgate.yaml`;
    const { out } = await run(['topics', 'acls', '-c', path, '--for', 'replay', '--json']);
    const facts = JSON.parse(out) as { readonly job: string; readonly acls: readonly object[] };
    expect([facts.job, facts.acls.length]).toEqual(['replay', 4]);
    expect(facts.acls[0]).toMatchObject({ resource_type: 'topic', name: 'calls', operation: 'read', optional: false });
  });

  it('of a job that there is not are refused', async () => {
    const path = `${directoryOf({ 'tollgate.yaml': YAML })}/tollgate.yaml`;
    const { code, err } = await run(['topics', 'acls', '-c', path, '--for', 'everything']);
    expect([code, err]).toEqual([2, expect.stringContaining('run, create, replay')]);
  });
});
