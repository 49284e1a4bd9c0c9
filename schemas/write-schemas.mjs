// Writes the JSON Schemas that are derived from the code. Needs a build: `npm run schemas` makes one first.
import { writeFileSync } from 'node:fs';
import { configSchema } from '../dist/config/config.schema.js';
import { INSPECTORS } from '../dist/inspectors/catalogue.js';

const schema = configSchema([...INSPECTORS.values()]);
writeFileSync(new URL('config.schema.json', import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
