import { once } from 'node:events';
import { type Agent, get as getPlain, type IncomingMessage, Agent as PlainAgent } from 'node:http';
import { get as getSecure, Agent as SecureAgent } from 'node:https';

/** How an HTTP server is reached. */
export interface HttpOptions {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Authorities to trust in place of the system's, as PEM text. */
  readonly ca?: string | undefined;
  /** From the request to the end of the answer. */
  readonly timeoutMs: number;
}

/** An answer; `body` is undefined when it was longer than the caller takes. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string | undefined;
}

/** Requests at a time; more wait for a connection. */
const MAX_SOCKETS = 4;

/**
 * GET requests to one server over connections that are kept. Node's own `fetch` takes no authorities. Redirects are answers
 * like others: credentials go nowhere else.
 */
export class HttpGet {
  readonly #options: HttpOptions;
  readonly #isSecure: boolean;
  readonly #agent: Agent;

  constructor(base: URL, options: HttpOptions) {
    this.#options = options;
    this.#isSecure = base.protocol === 'https:';
    const kept = { keepAlive: true, maxSockets: MAX_SOCKETS };
    const { ca } = options;
    this.#agent = this.#isSecure
      ? new SecureAgent({ ...kept, ...(ca === undefined ? {} : { ca }) })
      : new PlainAgent(kept);
  }

  /** Rejects when there is no whole answer in time, or the signal aborts. */
  async text(url: URL, accept: string, maxBytes: number, signal: AbortSignal): Promise<HttpAnswer> {
    const { username, password, timeoutMs } = this.#options;
    const auth = username === undefined ? {} : { auth: `${username}:${password ?? ''}` };
    const timeout = AbortSignal.timeout(timeoutMs);
    const end = AbortSignal.any([signal, timeout]);
    const options = { agent: this.#agent, headers: { accept }, signal: end, ...auth };
    try {
      const request = this.#isSecure ? getSecure(url, options) : getPlain(url, options);
      // One that fails again after it has failed, or was answered, is nobody's concern.
      request.on('error', () => undefined);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return await wholeAnswer(response, maxBytes);
    } catch (thrown) {
      if (timeout.aborted && !signal.aborted) throw new Error(`no answer within ${timeoutMs} ms`, { cause: thrown });
      throw thrown;
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Rejects when the answer is cut off. One that is too long is left: its connection ends. */
async function wholeAnswer(response: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return { status, body: undefined };
    chunks.push(chunk);
  }
  return { status, body: Buffer.concat(chunks).toString('utf8') };
}
