import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/config.schema.ts';
import { loadConfig, loadPolicyConfig } from '../../src/config/load-config.ts';
import { INSPECTORS, NOT_BUILT_YET } from '../../src/inspectors/catalogue.ts';
import { directoryOf } from './config-fixture.ts';

/** The inspectors of the contract, section 6. */
const CONTRACT =
  'egress repetition loop adversary tool_acl pii budget prompt_injection deny_tool deny_keyword deny_tool_param ' +
  'allow_tool_param deny_tool_param_matching rate_limit_tool require_state tier capability permission guardrails';

describe('loading a configuration', () => {
  it('takes every built-in inspector with its default options', () => {
    const policies = [...INSPECTORS.keys()].map((name) => ({ name, inspector: name, with: {} }));
    const directory = directoryOf({ 'c.json': JSON.stringify({ policies }) });
    const config = loadPolicyConfig(join(directory, 'c.json'), {});
    expect(config.policies.map((policy) => policy.name)).toEqual([...INSPECTORS.keys()]);
  });

  it('tells the inspectors that are not built from those that do not exist, for every name of the contract', () => {
    expect([...INSPECTORS.keys(), ...NOT_BUILT_YET].sort()).toEqual(CONTRACT.split(' ').sort());
  });

  it.each([
    ['is not there', 'nope.yaml', 'there is no configuration file'],
    ['is a directory', '.', 'the configuration is a directory'],
  ])('says so when the file %s', (_, name, message) => {
    const path = join(directoryOf({}), name);
    expect(() => loadConfig(path, {})).toThrowError(
      expect.objectContaining({ code: 'config_invalid', message, where: path }),
    );
  });

  it('says what to do next', () => {
    const path = join(directoryOf({ 'c.yaml': 'a: 1\nb: 2\npolicies: []\n' }), 'c.yaml');
    expect(() => loadPolicyConfig(path, {})).toThrowError(
      expect.objectContaining({ next: 'correct these 3, then start again' }),
    );
  });

  it('holds to the schema that is published', () => {
    const published: unknown = JSON.parse(
      readFileSync(new URL('../../schemas/config.schema.json', import.meta.url), 'utf8'),
    );
    expect(published, 'run `npm run schemas`').toEqual(configSchema([...INSPECTORS.values()]));
  });
});
