import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the registry behaves. `slow` answers nothing, and holds the connection. */
export type Behaviour = 'well' | 'failing' | 'proxy page' | 'garbage' | 'no rights' | 'slow' | 'cutting off';

/** What a registry has under an id: the members of its answer. */
export interface RegisteredEntry {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly object[];
}

/**
 * A schema registry over HTTP, with the answers that Confluent documents for `GET /schemas/ids/{id}`. It can fail in the ways
 * that real ones and what stands before them do.
 */
export class FakeRegistry {
  behaviour: Behaviour = 'well';
  readonly schemas = new Map<number, RegisteredEntry>();
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  readonly credentials: (string | undefined)[] = [];
  readonly #server: Server;
  #port = 0;
  readonly #waiters: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      this.credentials.push(request.headers.authorization);
      this.#answer(request.url ?? '', response);
      for (const { count, resolve } of this.#waiters) if (this.asked.length >= count) resolve();
    });
  }

  /** Listens, on the port it had before if it was there once. */
  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Resolves once so many requests have come. */
  async requests(count: number): Promise<void> {
    if (this.asked.length >= count) return;
    await new Promise<void>((resolve) => this.#waiters.push({ count, resolve }));
  }

  #answer(path: string, response: ServerResponse): void {
    const json = (status: number, body: unknown) =>
      response
        .writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
        .end(JSON.stringify(body));
    const page = (status: number) => response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Nope</h1>');
    switch (this.behaviour) {
      case 'failing':
        json(500, { error_code: 50001, message: 'Error in the backend data store' });
        return;
      case 'no rights':
        json(401, { error_code: 401, message: 'Unauthorized' });
        return;
      case 'proxy page':
        page(404);
        return;
      case 'garbage':
        page(200);
        return;
      case 'cutting off':
        response.writeHead(200, { 'content-length': 100 }).write('{"schema');
        response.destroy();
        return;
      case 'slow':
        return;
      case 'well': {
        const id = /^\/schemas\/ids\/(\d+)$/.exec(path)?.[1];
        const entry = this.schemas.get(Number(id));
        if (entry === undefined) json(404, { error_code: 40403, message: 'Schema not found' });
        else json(200, entry);
      }
    }
  }
}
