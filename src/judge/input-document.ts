import { EVENT_FIELDS } from '../codec/event-fields.ts';
import { jsonText } from '../codec/json-text.ts';
import type { JsonObject } from '../domain/json.ts';
import type { InputForm, InputReads, InputSource, InputWriter } from '../domain/policy.ts';
import { fieldsText } from './fields-text.ts';
import { fleetForgePayload } from './fleetforge-input.ts';
import { sessionFactsWriter } from './session-facts.ts';

const wholeSession = sessionFactsWriter();

type MemberWriter = (source: InputSource) => string | undefined;

/** What the host adds to the event's own fields, each as JSON text. */
const HOST_MEMBERS: Readonly<Record<string, MemberWriter>> = {
  input_identity: ({ identity }) => `"${identity}"`,
  trusted: ({ event }) => `${event.trusted}`,
  session: ({ session }) => wholeSession(session),
  facts: ({ facts }) => jsonText(facts as JsonObject),
  claims: ({ event }) => jsonText(event.claims),
  extra: ({ event }) => jsonText(event.extra),
};

/** Every member that `input` may have in Tollgate's own form; claims are not flat in it. */
export const INPUT_MEMBERS: readonly string[] = [
  ...EVENT_FIELDS.filter(({ claim }) => claim !== true).map(({ wire }) => wire),
  ...Object.keys(HOST_MEMBERS),
];

/*
 * Owns the writers made so far. Invariants:
 * 1. One writer a document, so that policies which want the same one share its text.
 * 2. There are as many as policies of the configuration at most.
 */
const writers = new Map<string, InputWriter>();

/**
 * What writes the `input` document (contract section 2), from parsed values, never spliced from raw bytes: the event's
 * fields flat at the top, then session, facts, claims, extra; or FleetForge's payload. With `reads` only the members in
 * it: a policy that reads no others gives the same answer, for less.
 */
export function inputWriter(form: InputForm, reads?: InputReads): InputWriter {
  const key = JSON.stringify([form, reads]);
  const known = writers.get(key);
  if (known !== undefined) return known;
  const writer = makeWriter(form, reads);
  writers.set(key, writer);
  return writer;
}

function makeWriter(form: InputForm, reads: InputReads | undefined): InputWriter {
  if (form === 'fleetforge') return fleetForgeDocument;
  return reads === undefined ? wholeDocument : partOfDocument(reads);
}

function fleetForgeDocument({ event }: InputSource): string {
  return jsonText(fleetForgePayload(event.context, event.runId ?? '', event.stepId ?? ''));
}

function wholeDocument(source: InputSource): string {
  const { fields, phase } = source.event;
  // Without its closing brace. `fields` is never empty: event_id is required.
  let text = fieldsText(fields).slice(0, -1);
  if (fields.params === undefined) text += ',"params":{}';
  if (fields.phase === undefined) text += `,"phase":"${phase}"`;
  for (const name in HOST_MEMBERS) text += `,"${name}":${HOST_MEMBERS[name]?.(source)}`;
  return `${text}}`;
}

/** Members are told by name, once a policy: an event that has none of them gives `{}`, which is an input like others. */
function partOfDocument(reads: InputReads): InputWriter {
  const members = INPUT_MEMBERS.filter((name) => Object.hasOwn(reads, name)).map((name) => ({
    head: `"${name}":`,
    write: memberWriter(name, reads[name]),
  }));
  return (source) => {
    let text = '';
    for (const { head, write } of members) {
      const value = write(source);
      if (value !== undefined) text += (text === '' ? head : `,${head}`) + value;
    }
    return `{${text}}`;
  };
}

function memberWriter(name: string, wanted: InputReads[string] | undefined): MemberWriter {
  if (name === 'session' && Array.isArray(wanted)) {
    const write = sessionFactsWriter(wanted);
    return ({ session }) => write(session);
  }
  if (name === 'phase') return ({ event }) => `"${event.phase}"`;
  if (name === 'params') return ({ event }) => jsonText(event.params);
  return HOST_MEMBERS[name] ?? fieldWriter(name);
}

function fieldWriter(name: string): MemberWriter {
  return ({ event: { fields } }) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return value === undefined ? undefined : jsonText(value);
  };
}
