import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { directoryOf } from '../config/config-fixture.ts';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where deploy/Dockerfile puts the program: paths of policies in the configurations begin with it. */
const IMAGE = '/opt/tollgate';
/** Where pods have the Secret of the brokers' certificates. */
const TLS_SECRET = '/etc/tollgate-tls';

/** A file of the repository, as text. */
export function textOf(...path: readonly string[]): string {
  return readFileSync(join(ROOT, ...path), 'utf8');
}

/** A YAML file of the repository, with its anchors and `<<` resolved, as plain data. */
export function yamlOf<T>(...path: readonly string[]): T {
  return parse(textOf(...path), { merge: true });
}

/** Part of what `docker-compose.yml` says of a service. */
export interface ComposeService {
  readonly image: string;
  readonly build?: object;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly volumes?: readonly (string | { readonly source: string; readonly target: string })[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly profiles?: readonly string[];
  readonly stop_grace_period?: string;
}

/** `docker-compose.yml`. */
export function compose(): {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
} {
  return yamlOf('docker-compose.yml');
}

/** A service by its name. */
export function service(name: string): ComposeService {
  const found = compose().services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

/** An object of the Kubernetes API, as far as tests look into any of them. */
export interface Manifest {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** Every manifest and patch under `deploy/kubernetes`, less the files that are kustomize's own. */
export function manifests(): readonly Manifest[] {
  const files = readdirSync(join(ROOT, 'deploy/kubernetes'), { recursive: true, encoding: 'utf8' }).sort();
  const yaml = files.filter((path) => path.endsWith('.yaml') && !/(?:kustomization|tollgate)\.yaml$/.test(path));
  return yaml.flatMap((file) =>
    parseAllDocuments(textOf('deploy/kubernetes', file)).map((document) => ({ ...document.toJS(), file })),
  );
}

/** The one manifest of a file. */
export function manifest<T>(file: string): T & Manifest {
  const found = manifests().find((each) => each.file === file);
  if (found === undefined) throw new Error(`there is no ${file}`);
  return found as T & Manifest;
}

/**
 * A configuration as the image would see it: written elsewhere, with the image's folder being the repository, and somebody's
 * certificate in place of the Secret's.
 */
export function localConfigFile(...path: readonly string[]): string {
  const text = textOf(...path)
    .replaceAll(IMAGE, ROOT.replace(/\/$/, ''))
    .replaceAll(TLS_SECRET, './tls');
  const files = { 'tollgate.yaml': text, 'tls/ca.crt': rootCertificates[0] ?? '' };
  return join(directoryOf(files), 'tollgate.yaml');
}

/** The same, loaded as `tollgate run` loads it, with this environment. */
export function loadDeployed(env: NodeJS.ProcessEnv, ...path: readonly string[]): Config {
  return loadConfig(localConfigFile(...path), env);
}
