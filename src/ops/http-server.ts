import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';
import { type Answer, answerTo, problem } from './http-routes.ts';
import type { Operations } from './operations.ts';

/** A scraper, a prober and a person or two; what exceeds it is turned away at once. */
const MAX_CONNECTIONS = 64;
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192,
} as const;
/** Time a connection may be silent, also one that does not read its answer. */
const SOCKET_TIMEOUT_MS = 30_000;

/** Where to listen, for whom, and how long. */
export interface HttpOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** The configuration that says so, for messages. */
  readonly configPath: string;
  readonly operations: Operations;
  readonly logger: Logger;
  /** Closes the server, and every connection with it. */
  readonly signal: AbortSignal;
}

/**
 * Serves health, readiness, metrics and the list of policies until the signal aborts; resolves with the address, as
 * `http://host:port`, once it listens. Throws `config_invalid` when it cannot listen there.
 */
export async function serveHttp(options: HttpOptions): Promise<string> {
  const { operations, logger, signal } = options;
  const server = createServer(LIMITS, (request, response) => {
    answerTo(request.method, request.url, operations)
      .catch((thrown: unknown) => {
        logger.error({ err: TollgateError.from(thrown), path: request.url }, 'request failed');
        return problem(500, 'the request failed; the log says why');
      })
      .then((answer) => send(answer, request, response))
      .catch((thrown: unknown) => logger.error({ err: TollgateError.from(thrown) }, 'answer failed'));
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(SOCKET_TIMEOUT_MS);
  await listen(server, options);
  server.on('error', (error) => logger.warn({ err: error }, 'HTTP server'));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
  return urlOf(server);
}

function send({ status, type, body, headers }: Answer, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function listen(server: Server, { host, port, configPath }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(listenFailure(error, host, port, configPath));
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

const PORT_CODES: readonly (string | undefined)[] = ['EADDRINUSE', 'EACCES'];

function listenFailure(cause: NodeJS.ErrnoException, host: string, port: number, configPath: string): TollgateError {
  const isPort = PORT_CODES.includes(cause.code);
  const why = cause.code === 'EADDRINUSE' ? 'another process listens there' : (cause.code ?? cause.message);
  return new TollgateError('config_invalid', `cannot serve health and metrics at ${host}:${port}: ${why}`, {
    where: `${configPath}: ${isPort ? 'http.port' : 'http.host'}`,
    next: isPort
      ? 'give each process a port of its own (`http.port`, TOLLGATE_HTTP_PORT); 0 takes a free one'
      : 'give an address of this machine (`http.host`, TOLLGATE_HTTP_HOST)',
    cause,
  });
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
