import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { TollgateError } from '../domain/errors.ts';
import { TLS_CODE } from './advice.ts';

/** Where tokens come from: the client credentials grant (RFC 6749, section 4.4). */
export interface TokenEndpoint {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Space separated. */
  readonly scope?: string | undefined;
  /** Of the token; some servers ask for it. */
  readonly audience?: string | undefined;
  /** PEM text of the authorities that the endpoint's certificate is held against; absent: the system's. */
  readonly ca?: string | undefined;
}

/** A token, and how long it is good for. */
export interface IssuedToken {
  readonly value: string;
  readonly lifetimeMs: number;
}

/** For the whole of one request: whoever logs in waits for it, and sends no heartbeats meanwhile. */
const TIMEOUT_MS = 4_000;
/** Tokens are a few KiB. */
const MAX_ANSWER_BYTES = 131_072;
/** Where the answer does not say (`expires_in` is only recommended): asked for again soon. */
const UNKNOWN_LIFETIME_MS = 300_000;
const MAX_QUOTED = 200;
/** The characters of a bearer token (RFC 6750, section 2.1); any other would end up in the login's own syntax. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;
const UNPRINTABLE = /[^\x20-\x7e]+/g;
const NEXT_FOR_SILENCE = 'see that the token endpoint is up and that `kafka.sasl.tokenUrl` names it';
const NEXT_FOR_REFUSAL = 'check `kafka.sasl`: clientId, clientSecret, scope and audience';
const TOO_MANY_REQUESTS = 429;
const REQUEST_TIMEOUT = 408;
const SERVER_ERRORS = 500;

/**
 * Asks for a token, once. Throws `broker_unreachable`, retryable, when the endpoint does not answer in 4 s or says that it
 * cannot now; `broker_refused` when it will not give one, or gives what is none. No secret is in any message.
 */
export async function requestToken(endpoint: TokenEndpoint): Promise<IssuedToken> {
  const { status, text } = await post(endpoint);
  const answer = parse(text);
  if (status === TOO_MANY_REQUESTS || status === REQUEST_TIMEOUT || status >= SERVER_ERRORS) {
    throw silent(endpoint, `the token endpoint answered ${status}`);
  }
  if (status !== 200) throw refused(endpoint, `the token endpoint answered ${status}${reasonOf(answer, endpoint)}`);
  const { access_token: value, expires_in: seconds } = answer;
  if (typeof value !== 'string' || !TOKEN.test(value)) {
    throw refused(endpoint, 'the token endpoint gave no bearer token', 'see that `kafka.sasl.tokenUrl` is its URL');
  }
  const lifetime = Number(seconds);
  return { value, lifetimeMs: lifetime > 0 ? lifetime * 1000 : UNKNOWN_LIFETIME_MS };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function post(endpoint: TokenEndpoint): Promise<Answer> {
  const body = formOf(endpoint);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const { tokenUrl, ca } = endpoint;
      const options = {
        method: 'POST',
        signal,
        headers: {
          authorization: `Basic ${credentialsOf(endpoint)}`,
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
          accept: 'application/json',
        },
      };
      const request = tokenUrl.startsWith('https:')
        ? httpsRequest(tokenUrl, { ...options, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) }, resolve)
        : httpRequest(tokenUrl, options, resolve);
      request.once('error', reject);
      request.end(body);
    });
    return { status: response.statusCode ?? 0, text: await textOf(response) };
  } catch (thrown) {
    if (thrown instanceof TollgateError) throw thrown;
    if (TLS_CODE.test(String((thrown as NodeJS.ErrnoException).code))) {
      const message = `the token endpoint's certificate does not verify: ${(thrown as Error).message}`;
      throw refused(endpoint, message, 'check `kafka.sasl.ca` and the host name in `kafka.sasl.tokenUrl`');
    }
    const why = signal.aborted ? `no answer within ${TIMEOUT_MS} ms` : (thrown as Error).message;
    throw silent(endpoint, `the token endpoint cannot be reached: ${why}`, thrown);
  }
}

function formOf({ scope, audience }: TokenEndpoint): string {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== undefined) form.set('scope', scope);
  if (audience !== undefined) form.set('audience', audience);
  return form.toString();
}

/** Both parts are encoded before they are joined (RFC 6749, section 2.3.1). */
function credentialsOf({ clientId, clientSecret }: TokenEndpoint): string {
  return Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new RangeError(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** `: invalid_client, Bad credentials` as the server says it, less what must not be shown. */
function reasonOf(answer: Readonly<Record<string, unknown>>, { clientSecret }: TokenEndpoint): string {
  const said = [answer.error, answer.error_description].filter((part) => typeof part === 'string' && part !== '');
  if (said.length === 0) return '';
  const text = said.join(', ').replaceAll(clientSecret, '<hidden>').replace(UNPRINTABLE, ' ');
  return `: ${text.slice(0, MAX_QUOTED)}`;
}

function silent({ tokenUrl }: TokenEndpoint, message: string, cause?: unknown): TollgateError {
  return new TollgateError('broker_unreachable', message, {
    where: tokenUrl,
    next: NEXT_FOR_SILENCE,
    retryable: true,
    cause,
  });
}

function refused({ tokenUrl }: TokenEndpoint, message: string, next = NEXT_FOR_REFUSAL): TollgateError {
  return new TollgateError('broker_refused', message, { where: tokenUrl, next });
}
