import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageFile } from '../../../src/codec/package-file.ts';

const run = promisify(execFile);
/** Where the files lie that are no code: compiled, too, this code finds them in the repository. */
const HERE = ['test', 'kafka', 'broker'];
const MIN_JAVA = 17;
/** Each has its list of artifacts beside this file, `kafka-VERSION.pom.xml`; the first one is taken unless asked otherwise. */
const VERSIONS = ['4.3.1', '3.9.2'];
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
/** Programs here live for seconds: simple compiler, simple collector, nothing shared for tools to watch. */
const QUICK_START = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+PerfDisableSharedMem', '-Xshare:auto'];
const DOWNLOAD_TIMEOUT_MS = 300_000;

/** A Kafka that can be started: what `java` needs, and the folder of the cache for what is made from it. */
export interface Jars {
  readonly java: string;
  /** Jar files in a fixed order: a class archive holds only for the class path that it was made with. */
  readonly classPath: string;
  readonly cache: string;
  /** Eight hexadecimal digits that differ between Java installations of different builds. */
  readonly javaBuild: string;
}

/** The version that tests run against: `KAFKA_TESTS_VERSION`, or the newest that is known. */
export function kafkaVersion(): string {
  const version = process.env.KAFKA_TESTS_VERSION ?? VERSIONS[0] ?? '';
  if (!VERSIONS.includes(version)) throw new Error(`KAFKA_TESTS_VERSION is one of ${VERSIONS.join(', ')}`);
  return version;
}

/**
 * Apache Kafka's jars, in `KAFKA_TESTS_CACHE` or the user's cache directory; fetched by one Maven call when they are not there yet.
 * Rejects without Java 17, and without Maven or its repository when there is something to fetch.
 */
export async function findJars(version: string): Promise<Jars> {
  const { java, build } = await findJava();
  const libs = kafkaLibs(version);
  const cache = dirname(libs);
  if (!existsSync(libs)) await fetchJars(version, cache, libs);
  const names = readdirSync(libs).filter((name) => name.endsWith('.jar'));
  const classPath = names.sort().map((name) => join(libs, name));
  return { java, classPath: classPath.join(':'), cache, javaBuild: build };
}

/** The folder of a version's jars, which are there once `findJars` has resolved. */
export function kafkaLibs(version: string): string {
  return join(cacheDirectory(), `kafka-${version}`, 'libs');
}

/** The command of a program among the jars, `main` being its class and arguments. Warnings go to its standard output. */
export function javaCommand(jars: Jars, flags: readonly string[], main: readonly string[]): readonly string[] {
  const file = (name: string) => packageFile(...HERE, name);
  const logging = [`-Dlog4j2.configurationFile=${file('log4j2.properties')}`];
  const loggingOfKafka3 = [`-Dlog4j.configuration=file:${file('log4j.properties')}`];
  return [jars.java, ...QUICK_START, ...logging, ...loggingOfKafka3, ...flags, '-cp', jars.classPath, ...main];
}

/** Makes `path` whole or not at all: `make` fills a directory beside it. Who comes second keeps what the first one made. */
export async function makeOnce(path: string, make: (directory: string) => Promise<string>): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const directory = mkdtempSync(`${path}.`);
  try {
    const made = await make(directory);
    if (!existsSync(path)) renameSync(made, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function fetchJars(version: string, cache: string, libs: string): Promise<void> {
  process.stderr.write(`Fetching Apache Kafka ${version} with Maven, once, into ${cache}\n`);
  const pom = packageFile(...HERE, `kafka-${version}.pom.xml`);
  await makeOnce(libs, async (directory) => {
    const output = join(directory, 'libs');
    const args = ['-B', '-q', '-f', pom, COPY_DEPENDENCIES, '-DincludeScope=runtime', `-DoutputDirectory=${output}`];
    await run('mvn', args, { timeout: DOWNLOAD_TIMEOUT_MS });
    return output;
  });
}

async function findJava(): Promise<{ readonly java: string; readonly build: string }> {
  const home = process.env.JAVA_HOME;
  const java = home === undefined ? 'java' : join(home, 'bin', 'java');
  const { stderr } = await run(java, ['-version']);
  const major = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
  if (major < MIN_JAVA) throw new Error(`Java ${MIN_JAVA} or later is needed, this is ${stderr.split('\n', 1)[0]}`);
  return { java, build: createHash('sha256').update(stderr).digest('hex').slice(0, 8) };
}

function cacheDirectory(): string {
  return process.env.KAFKA_TESTS_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tollgate');
}
