import type { Event } from '../domain/event.ts';
import type { Json } from '../domain/json.ts';
import type { Facts, InputForm, PolicyView } from '../domain/policy.ts';
import type { Session } from '../domain/session.ts';
import { inputDocument } from './input-document.ts';

/** One event as policies see it. The input text of each form is built when first asked for, and shared by all. */
export class EventView implements PolicyView {
  readonly event: Event;
  readonly session: Session;
  readonly identity: string;
  readonly facts: Facts;
  /** Set by the judge before each policy's turn. */
  state: Json | undefined;
  readonly #texts: Partial<Record<InputForm, string>> = {};

  constructor(event: Event, session: Session, identity: string, facts: Facts) {
    this.event = event;
    this.session = session;
    this.identity = identity;
    this.facts = facts;
  }

  input(form: InputForm): string {
    const text = this.#texts[form] ?? inputDocument(form, this.event, this.session, this.identity, this.facts);
    this.#texts[form] = text;
    return text;
  }
}
