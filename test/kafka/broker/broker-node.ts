import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answersApiVersions } from './answers.ts';
import { type Jars, javaCommand } from './jars.ts';
import { NodeProcess } from './node-process.ts';
import { type Properties, propertiesText } from './server-properties.ts';

const READY_TIMEOUT_MS = 60_000;

/** What nodes are started from. */
export interface Installation {
  readonly jars: Jars;
  /** A data directory as Kafka's own tool formats it, for node 1 of a cluster that never was; each node gets a copy. */
  readonly formatted: string;
  /** Flags for an archive of loaded classes, or none. */
  readonly archiveFlags: readonly string[];
}

/** A node before its first start. `directory` is empty and the node's own. */
export interface NodeSetup {
  readonly installation: Installation;
  readonly directory: string;
  readonly port: number;
  readonly properties: Properties;
}

/**
 * One Kafka node.
 *
 * 1. Its data outlives `kill`; `stop` ends it for good.
 * 2. It ends with this process, however that ends (`NodeProcess`).
 */
export class BrokerNode {
  readonly #port: number;
  readonly #process: NodeProcess;

  constructor({ installation, directory, port, properties }: NodeSetup) {
    const data = join(directory, 'data');
    const file = join(directory, 'server.properties');
    cpSync(installation.formatted, data, { recursive: true });
    nameNode(join(data, 'meta.properties'), properties['node.id'] ?? '');
    writeFileSync(file, propertiesText({ ...properties, 'log.dirs': data }));
    const flags = ['-Xms128m', '-Xmx512m', ...installation.archiveFlags];
    this.#port = port;
    this.#process = new NodeProcess(directory, javaCommand(installation.jars, flags, ['kafka.Kafka', file]));
  }

  /** Resolves when it answers. Rejects with the end of its log when it ends instead, or says nothing for a minute. */
  async start(): Promise<void> {
    this.#process.start();
    const checkAlive = () => {
      if (!this.#process.isRunning) throw new Error('it ended');
    };
    try {
      await answersApiVersions(this.#port, checkAlive, AbortSignal.timeout(READY_TIMEOUT_MS));
    } catch (error) {
      const log = this.#process.logTail();
      await this.#process.end('KILL');
      throw new Error(`the broker did not start: ${error}\n${log}`, { cause: error });
    }
  }

  /** Of the process whose child it is. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** kill -9: resolves when it is dead. */
  kill(): Promise<void> {
    return this.#process.end('KILL');
  }

  /** SIGSTOP: it keeps its connections and answers nothing, until `resume`. */
  suspend(): void {
    this.#process.send('STOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.#process.send('CONT');
  }

  /** Lets it close its files; resolves when it has ended. */
  shutDown(): Promise<void> {
    return this.#process.end('TERM');
  }

  /** Kills it and removes its directory. */
  stop(): Promise<void> {
    return this.#process.stop();
  }
}

/** A formatted directory says whose it is; the identifier is 16 random bytes, as Kafka makes it. */
function nameNode(path: string, id: string): void {
  if (!existsSync(path)) throw new Error(`no formatted directory: ${path}`);
  const directoryId = randomBytes(16).toString('base64url');
  const lines = readFileSync(path, 'utf8').split('\n');
  const named = lines.map((line) => {
    if (line.startsWith('node.id=')) return `node.id=${id}`;
    return line.startsWith('directory.id=') ? `directory.id=${directoryId}` : line;
  });
  writeFileSync(path, named.join('\n'));
}
