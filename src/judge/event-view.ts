import type { Event } from '../domain/event.ts';
import type { Json } from '../domain/json.ts';
import type { Facts, InputWriter, PolicyView } from '../domain/policy.ts';
import type { Session } from '../domain/session.ts';

/** One event as policies see it. The input text of each writer is made when first asked for, and shared by all. */
export class EventView implements PolicyView {
  readonly event: Event;
  readonly session: Session;
  readonly identity: string;
  readonly facts: Facts;
  /** Set by the judge before each policy's turn. */
  state: Json | undefined;
  /** Texts of the first writer, which is mostly the only one, and of the others. */
  #writer: InputWriter | undefined;
  #text = '';
  #others: Map<InputWriter, string> | undefined;

  constructor(event: Event, session: Session, identity: string, facts: Facts) {
    this.event = event;
    this.session = session;
    this.identity = identity;
    this.facts = facts;
  }

  input(writer: InputWriter): string {
    if (this.#writer === writer) return this.#text;
    if (this.#writer !== undefined) return this.#otherText(writer);
    this.#text = writer(this);
    this.#writer = writer;
    return this.#text;
  }

  #otherText(writer: InputWriter): string {
    this.#others ??= new Map();
    const text = this.#others.get(writer) ?? writer(this);
    this.#others.set(writer, text);
    return text;
  }
}
