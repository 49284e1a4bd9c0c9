import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeConfig } from '../../src/config/describe-config.ts';
import { accepted, read, SHORTEST } from './config-fixture.ts';

describe('avro and schemaRegistry', () => {
  it('are absent, or have defaults', () => {
    expect(accepted({ yaml: SHORTEST })).toMatchObject({ avro: { schemas: [] } });
    expect(accepted({ yaml: SHORTEST })).not.toHaveProperty('schemaRegistry');
    const config = accepted({ yaml: `${SHORTEST}schemaRegistry: { url: "https://registry:8081/apis/v7" }\n` });
    expect(config.schemaRegistry).toEqual({ url: 'https://registry:8081/apis/v7', timeoutMs: 5000, cacheSize: 256 });
  });

  it('name files beside the configuration', () => {
    const files = { 'old.avsc': '{}', 'ca.pem': '' };
    const yaml = `${SHORTEST}avro: { schemas: [old.avsc] }\nschemaRegistry: { url: "http://r", ca: ca.pem }\n`;
    const { config, directory } = read({ yaml, files });
    expect(config?.avro.schemas).toEqual([join(directory, 'old.avsc')]);
    expect(config?.schemaRegistry?.ca).toBe(join(directory, 'ca.pem'));
  });

  it('are refused with files that are not there, whatever the configuration is for', () => {
    const yaml = `${SHORTEST}avro: { schemas: [nope.avsc] }\nschemaRegistry: { url: "http://r", ca: nope.pem }\n`;
    expect(read({ yaml, purpose: 'policies' }).problems).toEqual([
      expect.stringContaining('avro.schemas[0]: there is no such file'),
      expect.stringContaining('schemaRegistry.ca: there is no such file'),
    ]);
  });

  it.each([
    'registry:8081',
    'ftp://registry',
    'http://',
    'http://ann:pw@registry',
    'http://registry?x=1',
    'http://a b',
  ])('refuse the address %s', (url) => {
    const { problems } = read({ yaml: `${SHORTEST}schemaRegistry: { url: "${url}" }\n` });
    expect(problems).toEqual([expect.stringContaining('schemaRegistry.url')]);
  });

  it('can be set by the environment, and the password is never shown', () => {
    const env = { TOLLGATE_SCHEMA_REGISTRY_URL: 'http://r', TOLLGATE_SCHEMA_REGISTRY_PASSWORD: 'hunter2' };
    const config = accepted({ yaml: SHORTEST, env });
    expect(config.schemaRegistry).toMatchObject({ url: 'http://r', password: 'hunter2' });
    expect(JSON.stringify(describeConfig(config))).not.toContain('hunter2');
  });
});
