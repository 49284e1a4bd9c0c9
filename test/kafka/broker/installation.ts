import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BrokerNode, type Installation } from './broker-node.ts';
import { freePorts } from './free-ports.ts';
import { findJars, type Jars, javaCommand, makeOnce } from './jars.ts';
import { propertiesText, serverProperties } from './server-properties.ts';
import { warmUp } from './warm-up.ts';

const run = promisify(execFile);
/** Of the data directory that is copied; it means nothing. */
const CLUSTER_ID = 'dG9sbGdhdGUtdGVzdHMtMQ';

/**
 * Everything that a start needs, made at most once and kept in the cache: the jars, a formatted data directory (a second and more,
 * each time), and an archive of the classes that a broker loads (more than half of its start). Rejects as `findJars` does.
 */
export async function findInstallation(version: string): Promise<Installation> {
  const jars = await findJars(version);
  const formatted = join(jars.cache, 'formatted');
  if (!existsSync(formatted)) await makeOnce(formatted, (directory) => format(jars, directory));
  const archive = join(jars.cache, `classes-${jars.javaBuild}.jsa`);
  if (!existsSync(archive)) await makeOnce(archive, (directory) => recordClasses(jars, formatted, directory));
  return { jars, formatted, archiveFlags: [`-XX:SharedArchiveFile=${archive}`] };
}

async function format(jars: Jars, directory: string): Promise<string> {
  const data = join(directory, 'data');
  const file = join(directory, 'server.properties');
  const node = { id: 1, port: 1, controllerPort: 2 };
  writeFileSync(file, propertiesText({ ...serverProperties(node, [node]), 'log.dirs': data }));
  const [java = '', ...args] = javaCommand(
    jars,
    [],
    ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file],
  );
  await run(java, args);
  return data;
}

/** A broker that does a little of everything; at its orderly end Java writes down which classes it had loaded. */
async function recordClasses(jars: Jars, formatted: string, directory: string): Promise<string> {
  const archive = join(directory, 'classes.jsa');
  const own = join(directory, 'node');
  mkdirSync(own);
  const [port = 0, controllerPort = 0] = await freePorts(2);
  const address = { id: 1, port, controllerPort };
  const installation = { jars, formatted, archiveFlags: [`-XX:ArchiveClassesAtExit=${archive}`] };
  const properties = serverProperties(address, [address]);
  const node = new BrokerNode({ installation, directory: own, port, properties });
  try {
    await node.start();
    await warmUp([`127.0.0.1:${port}`]);
    await node.shutDown();
  } finally {
    await node.stop();
  }
  return archive;
}
