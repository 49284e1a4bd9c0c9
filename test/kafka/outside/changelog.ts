import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import avro from 'avsc';
import type { Head } from './chain-head.ts';
import type { OutsideRecord } from './outside-record.ts';
import { SESSIONS_META_KEY } from './run-records.ts';
import type { Findings } from './violation.ts';

/** What of a stored session is compared (`schemas/session-state.v1.avsc`). */
export interface StoredSession {
  readonly session_id: string;
  readonly seq: number;
  readonly digest: string;
  readonly started_at: number;
  readonly clock: number;
  readonly calls: number;
  readonly mode: string | null;
  readonly approval_profile: string | null;
  readonly effects: readonly { readonly effect: string; readonly count: number }[];
  readonly errors: number;
  readonly ended: boolean;
  readonly recent: Buffer;
}

/** A partition's meta record. */
export interface StoredMeta {
  readonly positions: Readonly<Record<string, number>>;
  readonly chain: Head;
  readonly clock_ms: number | null;
  readonly policy_revision: string;
}

/** What a partition's changelog says in the end. */
export interface Changelog {
  readonly sessions: ReadonlyMap<string, StoredSession>;
  readonly meta: StoredMeta | undefined;
}

const SCHEMA = join('schemas', 'session-state.v1.avsc');
const META_KEY = SESSIONS_META_KEY.toString('latin1');
const STATE_VERSION = 1;
const META_VERSION = 1;
const TYPE = avro.Type.forSchema(JSON.parse(readFileSync(schemaPath(), 'utf8')));

interface Latest {
  readonly offset: number;
  readonly value: Buffer | null;
}

/** Reads a partition's changelog, record by record; of each key only the latest is kept. */
export class ChangelogRead {
  readonly #place: string;
  readonly #findings: Findings;
  readonly #latest = new Map<string, Latest>();

  constructor(place: string, findings: Findings) {
    this.#place = place;
    this.#findings = findings;
  }

  take({ key, value, offset }: OutsideRecord): void {
    // A copy: the chunk that it was read in holds a hundred others.
    if (key !== null) this.#latest.set(key.toString('latin1'), { offset, value: value && Buffer.from(value) });
    else this.#findings.add('unreadable', `${this.#place}/${offset}`, 'a changelog record without key');
  }

  /** What was latest, decoded. What cannot be read is `unreadable`, of a meta record `meta_wrong`. */
  end(): Changelog {
    const sessions = new Map<string, StoredSession>();
    for (const [key, { value, offset }] of this.#latest) {
      if (value === null || key === META_KEY) continue;
      const session = decode(value);
      if (session?.session_id === Buffer.from(key, 'latin1').toString('utf8'))
        sessions.set(session.session_id, session);
      else {
        const place = `${this.#place}/${offset}`;
        this.#findings.add('unreadable', place, 'not the state of the session that its key names');
      }
    }
    return { sessions, meta: metaFrom(this.#latest.get(META_KEY), this.#place, this.#findings) };
  }
}

function metaFrom(record: Latest | undefined, place: string, findings: Findings): StoredMeta | undefined {
  if (record === undefined) return undefined;
  try {
    const json = JSON.parse(String(record.value)) as StoredMeta & { readonly v: number };
    if (json.v === META_VERSION && typeof json.positions === 'object' && typeof json.chain.hash === 'string')
      return json;
  } catch {
    // Said below.
  }
  findings.add('meta_wrong', `${place}/${record.offset}`, 'the meta record cannot be read');
  return undefined;
}

function decode(value: Buffer): StoredSession | undefined {
  if (value[0] !== STATE_VERSION) return undefined;
  try {
    return TYPE.fromBuffer(value.subarray(1)) as StoredSession;
  } catch {
    return undefined;
  }
}

/** The schema lies at the top of the tree, also when this file runs compiled. */
function schemaPath(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, SCHEMA))) {
    if (dirname(folder) === folder) throw new Error(`no ${SCHEMA} above this file`);
    folder = dirname(folder);
  }
  return join(folder, SCHEMA);
}
