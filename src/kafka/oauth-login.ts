/**
 * SASL OAUTHBEARER (RFC 7628) as brokers speak it.
 *
 * kafkajs 2.2.4 brings its own, which takes a refusal for success: the broker says it in an answer without an error code, a
 * JSON object, and wants one byte more before it ends the login. What is sent instead makes it close the connection, again and
 * again, and nobody is told why. So the exchange is made here.
 */

import type { AuthenticationProviderArgs, Authenticator } from 'kafkajs';
import { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';
import { connectionError } from './kafkajs.ts';
import { pem, refuseNoCertificate } from './tls.ts';
import { requestToken, type TokenEndpoint } from './token-endpoint.ts';
import { type HeldToken, TokenSource } from './token-source.ts';

/** SASL OAUTHBEARER with the client credentials grant. `ca` is PEM text, or the absolute path of a file that holds it. */
export interface OAuthLogin extends TokenEndpoint {
  readonly mechanism: 'oauthbearer';
}

/** Control-A, which parts the members of a message. */
const SEPARATOR = '\u0001';
const SECTION = 'kafka.sasl';
const SIZE_BYTES = 4;
const MAX_QUOTED = 200;
const UNPRINTABLE = /[^\x20-\x7e]+/g;

/** A login for kafkajs, with one token for all its connections. */
export interface OAuthProvider {
  readonly provide: (args: AuthenticationProviderArgs) => Authenticator;
  /** Why there was no token when one was last asked for; undefined when there was. */
  readonly failure: () => TollgateError | undefined;
}

/** Throws `config_invalid` when the file of `ca` cannot be read or holds no certificate; it is read again for each token. */
export function oauthLogin(login: OAuthLogin, logger: Logger): OAuthProvider {
  endpointOf(login);
  const tokens = new TokenSource({ request: async () => requestToken(endpointOf(login)), logger });
  let failure: TollgateError | undefined;
  const token = async (broker: string) => {
    try {
      const held = await tokens.token();
      failure = undefined;
      return held;
    } catch (thrown) {
      failure = TollgateError.from(thrown);
      throw passedOn(failure, broker);
    }
  };
  return {
    provide: ({ host, port, saslAuthenticate }) => ({
      authenticate: async () => {
        const broker = `${host}:${port}`;
        const held = await token(broker);
        await logIn(held, { broker, saslAuthenticate, refuse: (value) => tokens.refuse(value) });
      },
    }),
    failure: () => failure,
  };
}

function endpointOf(login: OAuthLogin): TokenEndpoint {
  if (login.ca === undefined) return login;
  const ca = pem(login.ca, 'ca', SECTION);
  refuseNoCertificate(ca, 'ca', login.ca, SECTION);
  return { ...login, ca };
}

interface Place {
  readonly broker: string;
  readonly saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'];
  readonly refuse: (value: string) => void;
}

/** Throws `broker_refused` for a token that the broker does not take. */
async function logIn({ value, isFresh }: HeldToken, { broker, saslAuthenticate, refuse }: Place): Promise<void> {
  const first = `n,,${SEPARATOR}auth=Bearer ${value}${SEPARATOR}${SEPARATOR}`;
  const refusal = await saslAuthenticate({ request: message(first), response: ANSWER });
  if (refusal === undefined || refusal === '') return;
  refuse(value);
  await saslAuthenticate({ request: message(SEPARATOR) }).catch(() => undefined);
  const text = refusal.replace(UNPRINTABLE, ' ').slice(0, MAX_QUOTED);
  const error = new TollgateError('broker_refused', `SASL OAUTHBEARER: the broker refused the token: ${text}`, {
    where: `broker ${broker}`,
    next: 'check `kafka.sasl` (audience, scope) against what the brokers expect of a token: issuer, audience, keys',
    // One that was kept may be of keys that were changed since; another one is asked for.
    retryable: !isFresh,
  });
  throw passedOn(error, broker);
}

/** kafkajs tries its own errors of connections again; ours is found by `kafkaError` as the cause. */
function passedOn(error: TollgateError, broker: string): Error {
  if (!error.retryable) return Object.assign(error, { retriable: false });
  return Object.assign(connectionError(error.message, broker, 'ECONNREFUSED'), { cause: error });
}

/** kafkajs writes BYTES: a length, then these. */
function message(text: string): { readonly encode: () => Buffer } {
  const bytes = Buffer.from(text);
  const size = Buffer.alloc(SIZE_BYTES);
  size.writeInt32BE(bytes.length);
  return { encode: () => Buffer.concat([size, bytes]) };
}

const ANSWER = {
  decode: (bytes: Buffer): Buffer => bytes.subarray(SIZE_BYTES),
  parse: (bytes: Buffer): string => bytes.toString('utf8'),
};
