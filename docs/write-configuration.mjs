// Writes docs/configuration.md from the schema of the configuration and those of the inspectors. Needs a build.
//   node docs/write-configuration.mjs           compare; exit 1 when the page is stale
//   node docs/write-configuration.mjs --write   write it (`npm run docs` builds first)
import { readFileSync, writeFileSync } from 'node:fs';
import { configSchema } from '../dist/config/config.schema.js';
import { environmentKeys } from '../dist/config/environment.js';
import { INSPECTORS, NOT_BUILT_YET } from '../dist/inspectors/catalogue.js';

const PAGE = new URL('configuration.md', import.meta.url);
/** Members of a policy that the schema takes, so that they are told from unknown ones, and that are refused. */
const REFUSED = new Set(['extism', 'pack']);

const schema = configSchema([...INSPECTORS.values()]);
const variables = new Map(Array.from(environmentKeys(schema), ([name, { path }]) => [path.join('.'), name]));

const INTRODUCTION = `# Configuration

<!-- Written by docs/write-configuration.mjs from the schema of the configuration. Not by hand: \`npm run docs\` writes it anew. -->

Every key of \`tollgate.yaml\`. \`tollgate init\` writes one to begin with, \`tollgate doctor\` checks it and what it names;
[schemas/config.schema.json](../schemas/config.schema.json) says the same as this page to editors and other tools.

\`\`\`yaml
files: { in: ./events, out: ./out }
policies:
  - { name: egress, inspector: egress, with: { strict: true } }
\`\`\`

- **Form.** YAML 1.2, or JSON. Paths are relative to the file. \`policies\` is required, and for \`tollgate run\` one of \`kafka\` and
  \`files\`; \`replay\` of files and \`eval\` need nothing else.
- **Environment.** A variable wins over the file: \`TOLLGATE_LIMITS_MAX_EVENT_BYTES=65536\`. Lists are separated by commas or written as
  JSON; objects and lists of objects are JSON. An empty variable counts as unset; one that begins with \`TOLLGATE_\` and is no key is refused.
- **Variables.** \`\${NAME}\` and \`\${NAME:-default}\` are filled into values, \`$\${\` stands for the characters themselves. Inside \`{ }\` and
  \`[ ]\` of YAML they need quotes.
- **Errors.** An unknown key, a wrong type, a missing file: exit code 2, all of them at once, each with its line:
  \`tollgate.yaml:12:5 policies[0].with.strict: expected a boolean, got "yes"\`.
- **Secrets** are never shown, in no message and no log.

In the tables, bounds are included, text is never empty, and what is _required_ is so where the key around it is there.
`;

/** Fits into a cell of a table. */
function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function code(value) {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function bounds({ minimum, maximum }) {
  if (minimum === undefined && maximum === undefined) return '';
  if (maximum === undefined) return `, at least ${minimum}`;
  return minimum === undefined ? `, at most ${maximum}` : `, ${minimum} to ${maximum}`;
}

function listOf({ items = {}, minItems, maxItems, uniqueItems }) {
  const limits = [
    minItems === undefined ? '' : `, at least ${minItems}`,
    maxItems === undefined ? '' : `, at most ${maxItems}`,
    uniqueItems ? ', each once' : '',
  ];
  return `list of ${items.properties === undefined ? typeOf(items) : 'objects'}${limits.join('')}`;
}

/** What a value may be, in words. */
function typeOf(member) {
  if (member.enum !== undefined) return member.enum.map(code).join(', ');
  if (Array.isArray(member.type)) return member.type.map((type) => typeOf({ ...member, type })).join(' or ');
  if (member.type === 'array') return listOf(member);
  if (member.type !== 'string') return `${member.type ?? 'any value'}${bounds(member)}`;
  const longest = member.maxLength === undefined ? '' : `, at most ${member.maxLength} characters`;
  return (member.pattern === undefined ? 'text' : `text like ${code(member.pattern)}`) + longest;
}

/** Keys below `member` that hold a value, with the path from `member` on. */
function* rowsOf(member, path = []) {
  const required = new Set(member.required);
  for (const [name, below] of Object.entries(member.properties ?? {})) {
    const here = [...path, name];
    const isGroup = below.properties !== undefined;
    yield { path: here, member: below, isRequired: required.has(name) };
    if (isGroup) yield* rowsOf(below, here);
  }
}

function presetOf({ member, isRequired }) {
  if (isRequired) return 'required';
  if (member.default === undefined) return '';
  return member.properties === undefined ? code(member.default) : '';
}

/** Of the schemas' `oneOf`, each branch requires one member. */
function choiceOf({ oneOf = [] }) {
  const names = oneOf.flatMap(({ required = [] }) => required);
  return names.length === 0 ? '' : ` Exactly one of ${names.map(code).join(', ')}.`;
}

function descriptionOf(member, name) {
  const secret = member.writeOnly ? ' Secret.' : '';
  const refused = REFUSED.has(name) ? ' Not built yet: refused.' : '';
  return `${member.description ?? ''}${choiceOf(member)}${secret}${refused}`;
}

function table(rows, prefix) {
  const isSettable = rows.some(({ path }) => variables.has([...prefix, ...path].join('.')));
  const head = ['key', 'type', 'default', ...(isSettable ? ['environment'] : []), 'what it is'];
  const lines = rows.map((row) => {
    const { path, member } = row;
    const variable = variables.get([...prefix, ...path].join('.'));
    const name = path.join('.');
    const cells = [code(name), typeOf(member), presetOf(row)];
    if (isSettable) cells.push(variable === undefined ? '' : code(variable));
    return [...cells, descriptionOf(member, name)];
  });
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
}

function section(title, description, rows, prefix) {
  return `## ${title}\n\n${description}\n\n${table(rows, prefix)}\n`;
}

function policySections(policies) {
  const inspectors = [...INSPECTORS.values()].map(({ name, optionsSchema }) => {
    return `### ${name}\n\n${optionsSchema.description}\n\n${table([...rowsOf(optionsSchema)], ['policies'])}\n`;
  });
  return [
    section(
      'policies',
      `${policies.description} Required; ${typeOf(policies)}; from the environment as JSON in ${code(variables.get('policies'))}. ` +
        'Exactly one of `inspector` and `opa` says how an entry is evaluated; `result`, `input` and `gate` go with `opa`, `with` goes with `inspector`.',
      [...rowsOf(policies.items)],
      ['policies', '*'],
    ),
    `## Inspectors\n\nWhat \`with\` takes, by inspector. Known and not built yet, refused by name: ${NOT_BUILT_YET.map(code).join(', ')}.\n`,
    ...inspectors,
  ];
}

function page() {
  const members = Object.entries(schema.properties);
  const isPlain = ([, member]) => member.properties === undefined && member.items?.properties === undefined;
  const required = new Set(schema.required);
  const plain = members
    .filter(isPlain)
    .map(([name, member]) => ({ path: [name], member, isRequired: required.has(name) }));
  const grouped = members.filter((entry) => !isPlain(entry));
  const sections = grouped.flatMap(([name, member]) => {
    if (name === 'policies') return policySections(member);
    const variable = code(variables.get(name));
    return [
      section(
        name,
        `${member.description} As a whole from the environment, as JSON: ${variable}.`,
        [...rowsOf(member)],
        [name],
      ),
    ];
  });
  return [INTRODUCTION, section('Top level', 'Keys that stand for themselves.', plain, []), ...sections].join('\n');
}

const made = page();
if (process.argv.includes('--write')) writeFileSync(PAGE, made);
else if (readFileSync(PAGE, 'utf8') !== made) {
  process.stderr.write('docs/configuration.md is not what the schema says: run `npm run docs`\n');
  process.exitCode = 1;
}
