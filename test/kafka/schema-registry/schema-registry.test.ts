import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../../src/domain/log.ts';
import { SchemaRegistry, type SchemaRegistryOptions } from '../../../src/kafka/schema-registry/schema-registry.ts';
import { type Behaviour, FakeRegistry } from './fake-registry.ts';

const SCHEMA = '{"type":"record","name":"Event","fields":[]}';
const FAILING: readonly Behaviour[] = ['failing', 'proxy page', 'garbage', 'no rights', 'cutting off'];

let server: FakeRegistry;
let open: SchemaRegistry[] = [];
let lines: string[] = [];

beforeEach(async () => {
  server = await new FakeRegistry().start();
  open = [];
  lines = [];
});

afterEach(async () => {
  for (const registry of open) registry.close();
  await server.stop();
});

function aRegistry(options: Partial<SchemaRegistryOptions> = {}): SchemaRegistry {
  const none = () => undefined;
  const said = (level: string) => (_: unknown, message: string) => void lines.push(`${level}: ${message}`);
  const logger: Logger = { debug: none, info: said('info'), warn: said('warn'), error: none };
  const registry = new SchemaRegistry({
    url: server.url,
    timeoutMs: 5_000,
    cacheSize: 16,
    logger,
    nowMs: () => 0,
    ...options,
  });
  open.push(registry);
  return registry;
}

describe('a schema registry', () => {
  it('is asked once for an id, however many ask', async () => {
    server.schemas.set(7, { schema: SCHEMA });
    const registry = aRegistry();
    expect(registry.known(7)).toBeUndefined();
    const answers = await Promise.all([registry.ask(7), registry.ask(7), registry.ask(7)]);
    const answer = { kind: 'schema', id: 7, language: 'AVRO', text: SCHEMA };
    expect(answers).toEqual([answer, answer, answer]);
    expect(registry.known(7)).toEqual(answer);
    await registry.ask(7);
    expect(server.asked).toEqual(['/schemas/ids/7']);
  });

  it('is asked under the path of its address, with its user', async () => {
    const registry = aRegistry({ url: `${server.url}/apis/ccompat/v7`, username: 'key', password: 's3cret' });
    await registry.ask(3);
    expect(server.asked).toEqual(['/apis/ccompat/v7/schemas/ids/3']);
    expect(server.credentials).toEqual([`Basic ${Buffer.from('key:s3cret').toString('base64')}`]);
  });

  it('says which language a schema is of', async () => {
    server.schemas.set(1, { schema: '{}', schemaType: 'JSON' });
    server.schemas.set(2, { schema: 'message A {}', schemaType: 'PROTOBUF' });
    const registry = aRegistry();
    expect(await registry.ask(1)).toMatchObject({ kind: 'schema', language: 'JSON' });
    expect(await registry.ask(2)).toMatchObject({ kind: 'schema', language: 'PROTOBUF' });
  });

  it('refuses an id that it does not have, a schema in pieces, and one that is too large', async () => {
    server.schemas.set(1, { schema: SCHEMA, references: [{ name: 'a', subject: 'a', version: 1 }] });
    server.schemas.set(2, { schema: 'x'.repeat(2_000_000) });
    const registry = aRegistry();
    expect(await registry.ask(9)).toMatchObject({ kind: 'refused', id: 9, code: 'unknown_schema' });
    expect(await registry.ask(1)).toMatchObject({ kind: 'refused', code: 'incompatible_schema' });
    expect(await registry.ask(2)).toMatchObject({ kind: 'refused', code: 'incompatible_schema' });
  });

  it('asks again for what was refused, after a while', async () => {
    let nowMs = 0;
    const registry = aRegistry({ nowMs: () => nowMs });
    await registry.ask(7);
    server.schemas.set(7, { schema: SCHEMA });
    nowMs = 29_999;
    expect(await registry.ask(7)).toMatchObject({ kind: 'refused' });
    nowMs = 30_000;
    expect(await registry.ask(7)).toMatchObject({ kind: 'schema' });
    nowMs = 1e12;
    expect(registry.known(7)).toMatchObject({ kind: 'schema' });
  });

  it.each(FAILING)('is asked until it answers while it is %s, and one warning says so', async (behaviour) => {
    server.schemas.set(7, { schema: SCHEMA });
    server.behaviour = behaviour;
    const registry = aRegistry();
    const answer = registry.ask(7);
    await server.requests(3);
    server.behaviour = 'well';
    expect(await answer).toMatchObject({ kind: 'schema', text: SCHEMA });
    expect(lines).toEqual([
      expect.stringContaining('warn: the schema registry gives no answer'),
      expect.stringContaining('info: '),
    ]);
  });

  it('is asked until it answers while nothing listens', async () => {
    server.schemas.set(7, { schema: SCHEMA });
    const registry = aRegistry();
    await server.stop();
    const answer = registry.ask(7);
    await expect.poll(() => lines.length).toBe(1);
    await server.start();
    expect(await answer).toMatchObject({ kind: 'schema' });
  });

  it('is asked again when an answer takes too long', async () => {
    server.schemas.set(7, { schema: SCHEMA });
    server.behaviour = 'slow';
    const registry = aRegistry({ timeoutMs: 100 });
    const answer = registry.ask(7);
    await server.requests(2);
    server.behaviour = 'well';
    expect(await answer).toMatchObject({ kind: 'schema' });
  });

  it('keeps so many answers, those that were used last', async () => {
    const registry = aRegistry({ cacheSize: 2 });
    for (const id of [1, 2]) await registry.ask(id);
    registry.known(1);
    await registry.ask(3);
    expect([1, 2, 3].filter((id) => registry.known(id) !== undefined)).toEqual([1, 3]);
  });

  it('gives up what it is asked when it is closed', async () => {
    server.behaviour = 'failing';
    const registry = aRegistry();
    const answer = registry.ask(7);
    await server.requests(1);
    registry.close();
    await expect(answer).rejects.toMatchObject({ code: 'aborted' });
  });

  it('tells nobody the credentials in its address', async () => {
    server.behaviour = 'failing';
    const told: unknown[] = [];
    const none = () => undefined;
    const logger = { debug: none, info: none, error: none, warn: (fields: unknown) => void told.push(fields) };
    const registry = aRegistry({ logger, username: 'ann', password: 'hunter2' });
    registry.ask(7).catch(none);
    await expect.poll(() => told.length).toBe(1);
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });
});
