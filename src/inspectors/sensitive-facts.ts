import type { Event } from '../domain/event.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { isJsonObject } from '../domain/json.ts';
import type { LocatedFact } from '../domain/policy.ts';
import { isSecretMember } from './assigned-secrets.ts';
import { MAX_FACTS } from './bounded-set.ts';
import { findPii } from './pii-spans.ts';
import { findSecrets } from './secret-spans.ts';
import type { Span } from './span.ts';
import { featuresOf, type TextFeatures } from './text-features.ts';

/** Where PII and secrets lie. A kind is named once a place. */
export interface SensitiveFacts {
  readonly pii: readonly LocatedFact[];
  readonly secrets: readonly LocatedFact[];
}

/** Numbers from here on may be a payment card's. */
const SMALLEST_CARD = 1e12;

/** PII and secrets in the payload of an event, each with a JSON Pointer into its wire form. */
export function findSensitiveFacts(event: Event, wantsPii: boolean, wantsSecrets: boolean): SensitiveFacts {
  const scan = new SensitiveScan(wantsPii, wantsSecrets);
  scan.root('params', event.params);
  scan.root('result', event.result);
  scan.root('context', event.context);
  scan.root('material', event.fields.material);
  return scan;
}

/*
 * Owns the place in one event and what was found there. Invariants:
 * 1. `#path` names the value that is being read; every entry that is pushed is popped.
 * 2. A list that holds MAX_FACTS takes no more, and what only it wanted is no longer looked for.
 */
class SensitiveScan implements SensitiveFacts {
  readonly pii: LocatedFact[] = [];
  readonly secrets: LocatedFact[] = [];
  readonly #wantsPii: boolean;
  readonly #wantsSecrets: boolean;
  readonly #path: string[] = [];

  constructor(wantsPii: boolean, wantsSecrets: boolean) {
    this.#wantsPii = wantsPii;
    this.#wantsSecrets = wantsSecrets;
  }

  root(name: string, value: Json | undefined): void {
    if (value !== undefined) this.#member(name, value);
  }

  #member(name: string | number, value: Json): void {
    this.#path.push(String(name));
    this.#value(value);
    this.#path.pop();
  }

  #value(value: Json): void {
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number' || typeof value === 'bigint') this.#number(value);
    else if (Array.isArray(value)) for (const [index, item] of value.entries()) this.#member(index, item);
    else if (isJsonObject(value)) this.#members(value);
  }

  #members(object: JsonObject): void {
    for (const name of Object.keys(object)) {
      const value = object[name] ?? null;
      this.#path.push(name);
      this.#text(name);
      if (typeof value === 'string' && value !== '' && isSecretMember(name)) this.#add(this.secrets, 'password');
      this.#value(value);
      this.#path.pop();
    }
  }

  #number(value: number | bigint): void {
    if (value >= SMALLEST_CARD) this.#text(String(value));
  }

  #text(text: string): void {
    const features = featuresOf(text);
    if (features === undefined) return;
    if (this.#wantsPii) this.#find(text, features, findPii, this.pii);
    if (this.#wantsSecrets) this.#find(text, features, findSecrets, this.secrets);
  }

  #find(text: string, features: TextFeatures, find: typeof findPii, facts: LocatedFact[]): void {
    if (facts.length === MAX_FACTS) return;
    const spans: Span[] = [];
    find(text, features, spans);
    for (const { kind } of spans) this.#add(facts, kind);
  }

  #add(facts: LocatedFact[], kind: string): void {
    if (facts.length === MAX_FACTS || (facts === this.secrets && !this.#wantsSecrets)) return;
    const path = pointerOf(this.#path);
    if (!facts.some((fact) => fact.kind === kind && fact.path === path)) facts.push({ kind, path });
  }
}

const TILDE = /~/g;
const SLASH = /\//g;

/** RFC 6901. */
function pointerOf(path: readonly string[]): string {
  return path.map((name) => `/${name.replace(TILDE, '~0').replace(SLASH, '~1')}`).join('');
}
