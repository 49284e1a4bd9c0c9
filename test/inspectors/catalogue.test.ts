import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { INSPECTORS, NOT_BUILT_YET } from '../../src/inspectors/catalogue.ts';

/** The built-in inspectors that the contract names, section 6. */
const CONTRACT = `egress repetition loop adversary tool_acl pii budget prompt_injection deny_tool deny_keyword
  deny_tool_param allow_tool_param deny_tool_param_matching rate_limit_tool require_state tier capability permission
  guardrails`.split(/\s+/);

describe('the catalogue', () => {
  it('holds every inspector of the contract once, built or not', () => {
    expect([...INSPECTORS.keys(), ...NOT_BUILT_YET].sort()).toEqual([...CONTRACT].sort());
  });

  it.each([...INSPECTORS.values()])('$name goes by its own name and has a schema that compiles', (kind) => {
    expect(INSPECTORS.get(kind.name)).toBe(kind);
    expect(() => new Ajv2020({ strict: true }).compile(kind.optionsSchema)).not.toThrow();
  });

  it.each([
    ['egress', {}, true],
    ['egress', { strict: true, allowHosts: ['a.b', '10.0.0.1', '[::1]'], tools: ['x'] }, true],
    ['egress', { allowHosts: [''] }, false],
    ['egress', { allowHosts: ['https://a.b/'] }, false],
    ['egress', { allowHosts: ['*.a.b'] }, false],
    ['egress', { strickt: true }, false],
    ['repetition', { max: 0 }, true],
    ['repetition', { max: -1 }, false],
    ['repetition', { max: 1.5 }, false],
  ])('%s with %j fits: %j', (name, options, fits) => {
    const schema = INSPECTORS.get(name)?.optionsSchema ?? false;
    expect(new Ajv2020({ strict: true }).validate(schema, options)).toBe(fits);
  });
});
