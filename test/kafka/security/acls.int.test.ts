import { setTimeout as delay } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { TollgateError } from '../../../src/domain/errors.ts';
import { createKafka } from '../../../src/kafka/client.ts';
import { type Acl, type AclJob, aclsFor } from '../../../src/kafka/topology/acls.ts';
import { createTopology } from '../../../src/kafka/topology/topology.ts';
import { describeWithOwnBroker } from '../given-broker.ts';
import { tollgate } from '../topics-fixture.ts';
import { FORBIDDEN } from './forbidden.ts';
import { grant, revoke } from './granting.ts';
import { recordedLog } from './recorded-log.ts';
import { type SecuredBroker, startSecuredBroker, USERS } from './secured-broker.ts';
import { SecuredRun } from './secured-run.ts';

const NEVER = new AbortController().signal;
const PATIENCE_MS = 20_000;

describeWithOwnBroker('access control lists', () => {
  let broker: SecuredBroker;
  let admin: Admin;
  let run: SecuredRun;

  const login = () => ({
    brokers: [broker.login],
    ssl: { ca: broker.authority.cert, rejectUnauthorized: true },
    sasl: { mechanism: 'scram-sha-256', username: 'tollgate', password: USERS.tollgate ?? '' } as const,
  });
  const rightsOf = (job: AclJob, of = run) => aclsFor(job, { settings: of.config, groupId: of.groupId });
  const required = () => rightsOf('run').filter(({ isOptional }) => !isOptional);

  beforeAll(async () => {
    broker = await startSecuredBroker();
    admin = new Kafka({ brokers: [broker.open], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    run = new SecuredRun(broker, login());
    await run.makeTopics();
  });
  afterAll(async () => {
    await admin?.disconnect();
    await broker?.stop();
  });
  beforeEach(() => grant(admin, rightsOf('run')));

  it('of the list are enough to judge, to restart and to take note of dead letters', async () => {
    await run.produce(200, 5);
    const first = run.start();
    await first.committed(205);
    expect(await first.stop()).toBeUndefined();
    await run.produce(100);
    const second = run.start();
    await second.committed(100);
    expect(await second.stop()).toBeUndefined();
    expect(second.said('warn')).not.toMatch(/AUTHORIZATION|may not/);
  });

  it('are enough for doctor, which finds nothing wrong but the one copy', async () => {
    const { code, out } = await tollgate('doctor', '-c', run.config.path);
    expect([code, out.match(/^failed.*/gm)]).toEqual([0, null]);
    expect(out).toMatch(/by \S+, TLS, SASL scram-sha-256 as tollgate$/m);
    expect(out).not.toContain(USERS.tollgate);
  });

  it('are all needed: without any of them it ends, and says what to grant', async () => {
    for (const acl of required()) {
      await revoke(admin, [acl]);
      await run.produce(1);
      const processor = run.start();
      const goesOn = delay(PATIENCE_MS, 'it goes on', { ref: false });
      const error = await Promise.race([processor.ended, goesOn]);
      await processor.stop();
      await grant(admin, [acl]);
      const missing = `${acl.operation} on ${acl.resource} ${acl.name}`;
      expect(error, missing).toMatchObject({ next: expect.stringContaining(acl.operation) });
      const place = acl.resource === 'TOPIC' ? acl.name : run.groupId;
      expect(`${error} ${(error as TollgateError).next}`, missing).toContain(place);
    }
  });

  it('that are optional cost a warning', async () => {
    const optional = rightsOf('run').filter(({ isOptional }) => isOptional);
    await revoke(admin, optional);
    await run.produce(1);
    const processor = run.start();
    await processor.committed(1);
    await processor.stop();
    expect(processor.said('warn')).toContain('DESCRIBE_CONFIGS');
  });

  it.each(FORBIDDEN)('do not let it $what', async ({ attempt, answer }) => {
    const { brokers, ssl, sasl } = login();
    const { ca } = ssl;
    const kafka = new Kafka({ brokers, ssl: { ca }, sasl, logLevel: logLevel.NOTHING, retry: { retries: 0 } });
    expect(await attempt(kafka, run.config)).toBe(answer);
  });

  it('of replay let it judge again what is there, and without any of them it says what to grant', async () => {
    await revoke(admin, rightsOf('run'));
    const rights = rightsOf('replay');
    await grant(admin, rights);
    const replay = () => tollgate('replay', `kafka:${run.topics.events[0]}`, '-c', run.config.path, '--tolerate-bad');
    const { code, out } = await replay();
    expect([code, out.split('\n').length > 300]).toEqual([0, true]);
    for (const acl of rights) {
      await revoke(admin, [acl]);
      const refused = await replay();
      await grant(admin, [acl]);
      expect([refused.code, refused.out]).toEqual([4, '']);
      expect(refused.err).toContain(acl.name);
      expect(refused.err).toContain('grant this user READ');
    }
    await revoke(admin, rights);
  });

  it('of create let it make the topics, and without any of them it says what to grant', async () => {
    const other = new SecuredRun(broker, login());
    const rights = rightsOf('create', other);
    const audit = (operation: Acl['operation']) =>
      rights.filter((acl) => acl.name === other.topics.audit && acl.operation === operation);
    const reach = { brokers: [broker.login], connectTimeoutMs: 10_000 };
    const kafka = createKafka({ clientId: 'maker', ...login() }, recordedLog().logger);
    const create = () => createTopology(kafka, other.config, reach, NEVER, false);
    await grant(admin, rights);
    await revoke(admin, audit('CREATE'));
    await expect(create()).rejects.toMatchObject({ next: expect.stringContaining('CREATE') });
    await grant(admin, audit('CREATE'));
    expect((await create()).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect((await create()).changes).toEqual([]);
    for (const operation of ['DESCRIBE', 'ALTER_CONFIGS'] as const) {
      await revoke(admin, audit(operation));
      const { problems } = await create();
      await grant(admin, audit(operation));
      const about = problems.filter(({ topics }) => topics.includes(other.topics.audit));
      expect(about.map(({ next }) => next).join()).toContain('grant');
    }
  });
});
