import { isIP, connect as plainConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { type ISocketFactory, Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import type { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';
import { kafkaLog } from './client-log.ts';
import { mendConnection } from './mends/connection.ts';
import { mendCoordinatorRefusal } from './mends/coordinator-refusal.ts';
import { mendDeadConnection } from './mends/dead-connection.ts';
import { mendLogin } from './mends/login.ts';
import { mendRequestQueue } from './mends/request-queue.ts';
import { mendSeedBroker } from './mends/seed-broker.ts';
import { type OAuthLogin, type OAuthProvider, oauthLogin } from './oauth-login.ts';
import { type KafkaTls, TlsFiles, type TlsSettings } from './tls.ts';

/** Login with a name and a password. */
export interface PasswordLogin {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** How brokers are reached. */
export interface KafkaClientOptions {
  /** `host:port` of some of the brokers. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean | KafkaTls | undefined;
  readonly sasl?: PasswordLogin | OAuthLogin | undefined;
  /** How long a broker may take for an answer. */
  readonly requestTimeoutMs?: number | undefined;
  readonly connectionTimeoutMs?: number | undefined;
  /** Opens the sockets in place of ours: for proxies in tests. */
  readonly socketFactory?: ISocketFactory | undefined;
}

const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTION_TIMEOUT_MS = 3_000;
const KEEP_ALIVE_MS = 60_000;
/** Some 8 s in all; who must wait longer tries again with a word to the log. */
const RETRY = { initialRetryTime: 50, maxRetryTime: 2_000, retries: 8 };

/**
 * A client of the brokers, with what is mended in kafkajs's connections. Connects to nothing yet. What goes wrong with
 * connections is a line in the log. Throws `config_invalid` when a file of `ssl` or `sasl` cannot be used.
 */
export function createKafka(options: KafkaClientOptions, logger: Logger): Kafka {
  mendConnection();
  mendRequestQueue();
  mendSeedBroker();
  mendDeadConnection();
  mendLogin();
  mendCoordinatorRefusal();
  const { brokers, clientId, ssl, sasl, requestTimeoutMs, connectionTimeoutMs } = options;
  const provider = sasl?.mechanism === 'oauthbearer' ? oauthLogin(sasl, logger) : undefined;
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    requestTimeout: requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    connectionTimeout: connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
    retry: RETRY,
    socketFactory: options.socketFactory ?? socketFactory(ssl, logger),
    logLevel: logLevel.WARN,
    logCreator: () => kafkaLog(logger),
    ...(ssl === undefined || ssl === false ? {} : { ssl: true }),
    ...saslOf(sasl, provider),
  });
  if (provider !== undefined) providers.set(kafka, provider);
  return kafka;
}

/** A copy: kafkajs writes into what it is given, and a configuration is frozen. */
function saslOf(sasl: KafkaClientOptions['sasl'], provider: OAuthProvider | undefined): Pick<KafkaConfig, 'sasl'> {
  if (sasl === undefined) return {};
  if (provider === undefined) return { sasl: { ...sasl } as SASLOptions };
  return { sasl: { mechanism: sasl.mechanism, authenticationProvider: provider.provide } };
}

/** Of clients that log in with tokens. */
const providers = new WeakMap<Kafka, OAuthProvider>();

/** Why this client has no token to log in with; undefined when it has, or needs none. kafkajs only tries again. */
export function loginFailure(kafka: Kafka): TollgateError | undefined {
  return providers.get(kafka)?.failure();
}

/** Certificates and keys stay here: kafkajs, which has a log of its own, is not given them. */
function socketFactory(ssl: boolean | KafkaTls | undefined, logger: Logger): ISocketFactory {
  if (ssl === undefined || ssl === false)
    return ({ host, port, onConnect }) => opened(plainConnect({ host, port }, onConnect));
  const files = new TlsFiles(ssl === true ? { rejectUnauthorized: true } : ssl, logger);
  return ({ host, port, onConnect }) => openTls({ host, port }, files.current(), onConnect);
}

function openTls(
  address: { readonly host: string; readonly port: number },
  tls: TlsSettings,
  onConnect: () => void,
): Socket {
  // An address is no server name (RFC 6066), but a certificate may name it.
  const named = isIP(address.host) === 0 ? { servername: address.host } : {};
  return opened(tlsConnect({ ...address, ...named, ...tls }, onConnect));
}

/** Without Nagle's algorithm: a second small request must not wait for the first one's acknowledgement. */
function opened(socket: Socket): Socket {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}
