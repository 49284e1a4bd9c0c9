import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certified } from './certificates.ts';
import { TOKEN_CLAIMS } from './secured-broker.ts';

/** The one client that is given tokens. Both parts have characters that must be encoded. */
export const CLIENT = { clientId: 'toll gate', clientSecret: 's3cret+/:%&' } as const;

/** What the next answers are like. */
export interface TokenMood {
  /** In place of a token. */
  status: number | 'silent' | undefined;
  /** Of the token, in seconds. */
  lifetimeS: number;
  /** What the answer says of it; undefined: the truth. */
  saidS: number | undefined;
  /** Over those that brokers expect. */
  claims: Readonly<Record<string, unknown>>;
}

/** What a client asked for. */
export interface TokenRequest {
  readonly form: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
}

/**
 * A token endpoint, `/token`, and the key set that brokers hold its tokens against, `/jwks`. Tokens are JWTs, RS256, for the
 * user `chief`.
 */
export class TokenServer {
  readonly mood: TokenMood = { status: undefined, lifetimeS: 600, saidS: undefined, claims: {} };
  readonly requests: TokenRequest[] = [];
  readonly #servers: Server[] = [];
  readonly #keyId = randomBytes(4).toString('hex');
  readonly #keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

  constructor() {
    this.#keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  }

  /** Resolves with the beginning of its URLs: `http://127.0.0.1:1234`. */
  listen(): Promise<string> {
    return this.#listen('http', createServer(this.#listener()));
  }

  listenTls(certified: Certified): Promise<string> {
    return this.#listen('https', createTlsServer(certified, this.#listener()));
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #listen(scheme: string, server: Server): Promise<string> {
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #listener(): RequestListener {
    return (request, response) => {
      if (request.url === '/jwks') answer(response, 200, { keys: [this.#publicKey()] });
      else this.#token(request, response).catch(() => response.destroy());
    };
  }

  async #token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = Object.fromEntries(new URLSearchParams(await textOf(request)));
    const { authorization } = request.headers;
    this.requests.push({ form, authorization });
    const { status, lifetimeS, saidS = lifetimeS } = this.mood;
    if (status === 'silent') return;
    if (status !== undefined) answer(response, status, { error: 'temporarily_unavailable' });
    else if (!isClient(authorization)) {
      const error_description = `the secret of ${authorization ?? 'nobody'} is not right`;
      answer(response, 401, { error: 'invalid_client', error_description });
    } else answer(response, 200, { access_token: this.#sign(lifetimeS), token_type: 'Bearer', expires_in: saidS });
  }

  #sign(lifetimeS: number): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: 'chief', iat: now, exp: now + lifetimeS, ...TOKEN_CLAIMS, ...this.mood.claims };
    const parts = [{ alg: 'RS256', typ: 'JWT', kid: this.#keyId }, claims];
    const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${text}.${createSign('RSA-SHA256').update(text).sign(this.#keys.privateKey, 'base64url')}`;
  }

  #publicKey(): object {
    return { ...this.#keys.publicKey.export({ format: 'jwk' }), kid: this.#keyId, alg: 'RS256', use: 'sig' };
  }
}

function isClient(authorization: string | undefined): boolean {
  const [scheme, text = ''] = authorization?.split(' ') ?? [];
  const [id = '', secret = ''] = Buffer.from(text, 'base64').toString().split(':').map(decodeURIComponent);
  return scheme === 'Basic' && id === CLIENT.clientId && secret === CLIENT.clientSecret;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
