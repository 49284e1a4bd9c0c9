import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configSchema } from '../../src/config/config.schema.ts';
import { environmentKeys } from '../../src/config/environment.ts';
import { INSPECTORS } from '../../src/inspectors/catalogue.ts';
import { ROOT } from './markdown.ts';

const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');

it('the page of the configuration is what its schema says', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'docs/write-configuration.mjs')], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
});

it('the page of the configuration has every variable, and every option of every inspector', () => {
  const kinds = [...INSPECTORS.values()];
  const variables = [...environmentKeys(configSchema(kinds)).keys()];
  const options = kinds.flatMap(({ optionsSchema }) => Object.keys(optionsSchema.properties ?? {}));
  expect(variables.length).toBeGreaterThan(50);
  expect([...variables, ...options].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
