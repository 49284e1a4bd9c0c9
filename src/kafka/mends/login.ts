/**
 * Logging in: in time, with nothing in between, and for what it is when it fails.
 *
 * Brokers end a login after a while (KIP-368: `connections.max.reauth.ms`, or the life of a token) and close a connection on
 * which it is not renewed. kafkajs 2.2.4 renews it 10 s before the end: with a login that lasts no longer, that is before
 * every single request, and brokers refuse a second login within a second of the first. A request that found the login
 * good is encoded asynchronously: it may be written behind the beginning of the next login, where the broker takes nothing
 * else, and closes the connection. And a connection that breaks during a login is reported as a wrong password, which
 * nobody tries again.
 */

import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { connectionPrototype, privateKey } from '../kafkajs.ts';

interface LoginState {
  /** As `process.hrtime` gives it; null before the first login. */
  readonly authenticatedAt: [number, number] | null;
  /** A Long, in milliseconds; 0: for ever. */
  readonly sessionLifetime: { toString(): string };
}

interface Authenticator {
  readonly connection: { send(request: unknown): Promise<unknown> };
  /** In milliseconds, as text; the connection takes it over after the login. */
  sessionLifetime: string;
  authenticate(): Promise<void>;
}

/** The part of a login's life after which it is renewed; Kafka's own clients take from 0.85 to 0.95. */
const RENEW_AFTER = 0.85;

/** What kafkajs throws when nobody answered, in place of a refusal. */
const UNANSWERED: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
]);

let isMended = false;

/** Mends the connections of this process. May be called again. */
export function mendLogin(): void {
  if (isMended) return;
  isMended = true;
  const connection = connectionPrototype() as unknown as Record<symbol, (this: LoginState) => boolean>;
  connection[privateKey(connection, 'private:Connection:shouldReauthenticate')] = isDue;
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/broker/saslAuthenticator') as {
    readonly prototype: Authenticator;
  };
  const { authenticate } = prototype;
  prototype.authenticate = async function authenticateApart(this: Authenticator): Promise<void> {
    // Whoever asks from now on waits for this login; who asked before is written by then.
    await setImmediate();
    const { watched, failure } = watchedBy(this);
    try {
      await authenticate.call(watched);
    } catch (thrown) {
      const { error } = failure;
      throw error instanceof Error && UNANSWERED.has(error.name) ? error : thrown;
    }
    this.sessionLifetime = watched.sessionLifetime;
  };
}

/** True where a login must be renewed before anything else is sent. */
function isDue(this: LoginState): boolean {
  const lifetimeMs = Number(this.sessionLifetime.toString());
  if (lifetimeMs === 0) return false;
  if (this.authenticatedAt === null) return true;
  const [seconds, nanoseconds] = process.hrtime(this.authenticatedAt);
  return seconds * 1e3 + nanoseconds / 1e6 >= lifetimeMs * RENEW_AFTER;
}

/** The same login, with the last failure of a request kept as it was thrown. */
function watchedBy(login: Authenticator): { readonly watched: Authenticator; readonly failure: { error?: unknown } } {
  const failure: { error?: unknown } = {};
  const send = async (request: unknown) => {
    try {
      return await login.connection.send(request);
    } catch (thrown) {
      failure.error = thrown;
      throw thrown;
    }
  };
  const connection = Object.create(login.connection, { send: { value: send } });
  return { watched: Object.create(login, { connection: { value: connection } }) as Authenticator, failure };
}
