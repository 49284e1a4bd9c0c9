import { readFileSync } from 'node:fs';
import { isIP, connect as plainConnect, type Socket } from 'node:net';
import { isAbsolute } from 'node:path';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import { type ISocketFactory, type ISocketFactoryArgs, Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';
import { kafkaLog } from './client-log.ts';
import { mendConnection } from './mends/connection.ts';
import { mendDeadConnection } from './mends/dead-connection.ts';
import { mendRequestQueue } from './mends/request-queue.ts';
import { mendSeedBroker } from './mends/seed-broker.ts';

/** `ca`, `cert` and `key` are PEM text, or the absolute path of a file that holds it. */
export interface KafkaTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly serverName?: string | undefined;
  readonly rejectUnauthorized: boolean;
}

export interface KafkaLogin {
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
  readonly sasl?: KafkaLogin | undefined;
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
 * connections is a line in the log. Throws `config_invalid` when a file of `ssl` cannot be read.
 */
export function createKafka(options: KafkaClientOptions, logger: Logger): Kafka {
  mendConnection();
  mendRequestQueue();
  mendSeedBroker();
  mendDeadConnection();
  const { brokers, clientId, ssl, sasl, requestTimeoutMs, connectionTimeoutMs } = options;
  return new Kafka({
    brokers: [...brokers],
    clientId,
    requestTimeout: requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    connectionTimeout: connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
    retry: RETRY,
    socketFactory: options.socketFactory ?? openSocket,
    logLevel: logLevel.WARN,
    logCreator: () => kafkaLog(logger),
    ...(ssl === undefined || ssl === false ? {} : { ssl: ssl === true ? true : tlsOptions(ssl) }),
    ...(sasl === undefined ? {} : { sasl: sasl as SASLOptions }),
  });
}

/** As kafkajs's own, without Nagle's algorithm: a second small request must not wait for the first one's acknowledgement. */
function openSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
  // kafkajs passes on what it was given: also `true`, or nothing.
  const tls: unknown = ssl;
  const socket =
    tls === undefined || tls === null
      ? plainConnect({ host, port }, onConnect)
      : tlsConnect({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}

function tlsOptions({ ca, cert, key, passphrase, serverName, rejectUnauthorized }: KafkaTls): ConnectionOptions {
  return {
    rejectUnauthorized,
    ...(ca === undefined ? {} : { ca: pem(ca, 'ca') }),
    ...(cert === undefined ? {} : { cert: pem(cert, 'cert') }),
    ...(key === undefined ? {} : { key: pem(key, 'key') }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

function pem(textOrPath: string, member: string): string {
  if (!isAbsolute(textOrPath)) return textOrPath;
  try {
    return readFileSync(textOrPath, 'utf8');
  } catch (thrown) {
    throw new TollgateError(
      'config_invalid',
      `cannot read the file of kafka.ssl.${member}: ${(thrown as Error).message}`,
      {
        where: textOrPath,
        next: 'name a file that exists and may be read, or put the PEM text itself there',
        cause: thrown,
      },
    );
  }
}
