import { setTimeout } from 'node:timers/promises';
import { TollgateError } from '../../domain/errors.ts';
import type { Logger } from '../../domain/log.ts';
import type { RegisteredSchema } from '../../domain/registered-schema.ts';
import { HttpGet, type HttpOptions } from './http-get.ts';
import { registryAnswer } from './registry-answer.ts';

export interface SchemaRegistryOptions extends HttpOptions {
  /** `http://` or `https://`, with whatever path stands before `/schemas`. */
  readonly url: string;
  /** Most answers that are kept. */
  readonly cacheSize: number;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

const ACCEPT = 'application/vnd.schemaregistry.v1+json, application/json';
/** A schema of the greatest size that is compiled, each of its characters escaped. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** A schema that is not there may be registered; one that is there stays what it is. */
const REFUSAL_MS = 30_000;
const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 5_000;
const WARN_EVERY_MS = 30_000;

/**
 * What a schema registry says of ids.
 *
 * 1. An id is asked for once at a time, and until there is an answer: a registry that is down says nothing about a record.
 * 2. At most `cacheSize` answers are kept, those that were used last; whoever waits is given the answer itself.
 */
export class SchemaRegistry {
  readonly #options: SchemaRegistryOptions;
  readonly #base: URL;
  readonly #http: HttpGet;
  readonly #closing = new AbortController();
  readonly #known = new Map<number, { readonly answer: RegisteredSchema; readonly untilMs: number }>();
  readonly #asked = new Map<number, Promise<RegisteredSchema>>();
  #isDown = false;
  #warnedMs = Number.NEGATIVE_INFINITY;

  constructor(options: SchemaRegistryOptions) {
    this.#options = options;
    const { url } = options;
    this.#base = new URL(url.endsWith('/') ? url : `${url}/`);
    this.#http = new HttpGet(this.#base, options);
  }

  /** What is known of the id without asking. */
  known(id: number): RegisteredSchema | undefined {
    const found = this.#known.get(id);
    if (found === undefined) return undefined;
    this.#known.delete(id);
    if (found.untilMs <= this.#options.nowMs()) return undefined;
    this.#known.set(id, found);
    return found.answer;
  }

  /** The answer, however long it takes; rejects with `aborted` when the registry is closed. */
  ask(id: number): Promise<RegisteredSchema> {
    const known = this.known(id);
    if (known !== undefined) return Promise.resolve(known);
    const asked = this.#asked.get(id) ?? this.#askUntilAnswered(id).finally(() => this.#asked.delete(id));
    this.#asked.set(id, asked);
    return asked;
  }

  close(): void {
    this.#closing.abort(new TollgateError('aborted', 'the schema registry is asked no more'));
    this.#http.close();
  }

  async #askUntilAnswered(id: number): Promise<RegisteredSchema> {
    const { signal } = this.#closing;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, MAX_DELAY_MS)) {
      try {
        const url = new URL(`schemas/ids/${id}`, this.#base);
        const answer = registryAnswer(id, await this.#http.text(url, ACCEPT, MAX_ANSWER_BYTES, signal));
        this.#keep(answer);
        return answer;
      } catch (thrown) {
        signal.throwIfAborted();
        this.#failed(thrown);
        await setTimeout(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  #keep(answer: RegisteredSchema): void {
    const { cacheSize, nowMs, logger } = this.#options;
    const untilMs = answer.kind === 'schema' ? Number.POSITIVE_INFINITY : nowMs() + REFUSAL_MS;
    this.#known.set(answer.id, { answer, untilMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > cacheSize && oldest !== undefined) this.#known.delete(oldest);
    if (this.#isDown) logger.info({ url: this.#place }, 'the schema registry answers again');
    this.#isDown = false;
  }

  #failed(thrown: unknown): void {
    const { nowMs, logger } = this.#options;
    const at = nowMs();
    if (this.#isDown && at - this.#warnedMs < WARN_EVERY_MS) return;
    this.#isDown = true;
    this.#warnedMs = at;
    const fields = {
      url: this.#place,
      schemas: this.#asked.size,
      err: TollgateError.from(thrown, 'broker_unreachable'),
    };
    logger.warn(
      fields,
      'the schema registry gives no answer: partitions with records that need it wait, nothing is refused',
    );
  }

  /** Without the credentials that a URL may hold. */
  get #place(): string {
    return `${this.#base.origin}${this.#base.pathname}`;
  }
}
