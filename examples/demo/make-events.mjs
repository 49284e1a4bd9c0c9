// Writes the events of the demo, the same bytes every time:
//   node examples/demo/make-events.mjs [DIR]      DIR/events and DIR/control; default: beside this script
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addIncidents } from './incidents.mjs';
import { codingSession, researchSession } from './ordinary-work.mjs';
import { createRandom, Session, Timeline } from './timeline.mjs';

const SEED = 2025;
const TENANTS = ['tenant-a', 'tenant-b'];

function makeFiles() {
  const random = createRandom(SEED);
  const timelines = new Map(TENANTS.map((tenant) => [tenant, new Timeline()]));
  const control = [];
  let sessions = 0;
  const tell = (tenant, agent, from) => {
    sessions++;
    const id = `s-${String(sessions).padStart(2, '0')}`;
    return new Session(timelines.get(tenant), random, { id, tenant, agent, from });
  };
  for (let i = 0; i < 12; i++) codingSession(tell('tenant-a', `agent-${1 + (i % 9)}`, 2 + i * 9), i, random);
  for (let i = 0; i < 6; i++) researchSession(tell('tenant-b', `agent-${10 + (i % 3)}`, 5 + i * 17), i, random);
  addIncidents(tell, control);
  return {
    'events/tenant-a.ndjson': String(timelines.get('tenant-a')),
    'events/tenant-b.ndjson': String(timelines.get('tenant-b')),
    'control/desk.ndjson': control.map((event) => `${JSON.stringify(event)}\n`).join(''),
  };
}

const out = process.argv[2] ?? dirname(fileURLToPath(import.meta.url));
for (const [name, text] of Object.entries(makeFiles())) {
  mkdirSync(dirname(join(out, name)), { recursive: true });
  writeFileSync(join(out, name), text);
}
