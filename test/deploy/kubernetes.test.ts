import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { directoryOf } from '../config/config-fixture.ts';
import { loadDeployed, type Manifest, manifest, manifests, ROOT, textOf, yamlOf } from './given-deployment.ts';

/** `apiVersion kind` → the type of `kubernetes-types` that says what such an object may hold. */
const TYPES: Readonly<Record<string, string>> = {
  'apps/v1 StatefulSet': 'apps/v1',
  'batch/v1 Job': 'batch/v1',
  'networking.k8s.io/v1 NetworkPolicy': 'networking/v1',
  'policy/v1 PodDisruptionBudget': 'policy/v1',
  'v1 Namespace': 'core/v1',
  'v1 Service': 'core/v1',
  'v1 ServiceAccount': 'core/v1',
};
const KEDA: Readonly<Record<string, string>> = {
  ScaledObject: 'keda-scaledobjects.json',
  TriggerAuthentication: 'keda-triggerauthentications.json',
};
const OF_KUBERNETES = manifests().filter(({ apiVersion }) => !apiVersion.startsWith('keda.sh/'));
/** A patch is not whole, and need not hold what is required. */
const isPatch = ({ file, kind }: Manifest) =>
  file.startsWith('overlays/') && ['NetworkPolicy', 'ScaledObject'].includes(kind);

/** What the compiler says of these objects, each written as a literal of its type: unknown members, wrong types, missing ones. */
function typeErrors(objects: readonly Manifest[]): string {
  const lines = objects.map((object, index) => {
    const { file, ...rest } = object;
    const type = TYPES[`${object.apiVersion} ${object.kind}`];
    if (type === undefined) throw new Error(`${file}: nothing says what a ${object.kind} is`);
    const name = `import('kubernetes-types/${type}').${object.kind}`;
    const wanted = isPatch(object) ? `{ spec?: Partial<NonNullable<${name}['spec']>> } & Omit<${name}, 'spec'>` : name;
    return `// ${file}\nexport const o${index}: ${wanted} = ${JSON.stringify(rest, undefined, 1)};\n`;
  });
  const paths = { 'kubernetes-types/*': [join(ROOT, 'node_modules/kubernetes-types/*')] };
  const options = { strict: true, noEmit: true, module: 'NodeNext', target: 'ES2022', types: [], paths };
  const directory = directoryOf({
    'manifests.ts': lines.join('\n'),
    'tsconfig.json': JSON.stringify({ compilerOptions: options, files: ['manifests.ts'] }),
  });
  try {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', directory], {
      encoding: 'utf8',
    });
    return '';
  } catch (failed) {
    return (failed as { readonly stdout: string }).stdout;
  }
}

/** The API server drops what a resource's schema does not know; here it is refused. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return 'properties' in members && members.type === 'object' ? { additionalProperties: false, ...members } : members;
}

function kedaErrors(object: Manifest): string {
  const schema = yamlOf<{ properties: Record<string, unknown>; required: string[] }>(
    'test/deploy/schemas',
    KEDA[object.kind] ?? '',
  );
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const { spec } = closed(schema.properties) as { readonly spec: { readonly required?: readonly string[] } };
  const validate = ajv.compile(isPatch(object) ? { ...spec, required: [] } : spec);
  const { spec: given } = object as Manifest & { readonly spec: unknown };
  return validate(given) ? '' : JSON.stringify(validate.errors, undefined, 1);
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly volumes: readonly { readonly name: string }[];
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly volumeMounts: readonly { readonly name: string }[];
    readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  }[];
}

interface Workload {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}

/** What the pod's environment is, with something of its kind for what only a cluster knows. */
function environmentOf(file: string): NodeJS.ProcessEnv {
  const { env } = manifest<Workload>(file).spec.template.spec.containers[0] ?? { env: [] };
  const known: Readonly<Record<string, string>> = { MECHANISM: 'scram-sha-512', ID: 'tollgate-0' };
  return Object.fromEntries(
    env.map(({ name, value }) => [name, value ?? known[name.split('_').at(-1) ?? ''] ?? 'word']),
  );
}

describe('the manifests', () => {
  it('hold what Kubernetes knows, and nothing else', () => {
    expect(typeErrors(OF_KUBERNETES)).toBe('');
  });

  it.each([
    ['an unknown member', { spec: { clusterIp: 'None' } }],
    ['a wrong type', { spec: { clusterIP: 1 } }],
    ['a missing member', { spec: { ports: [{ name: 'http' }] } }],
  ])('would be refused for %s', (_, more) => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, file: 'x.yaml', ...more };
    expect(typeErrors([service])).toMatch(/error TS/);
  });

  it.each(manifests().filter(({ kind }) => kind in KEDA))('hold what KEDA knows: $file', (object) => {
    expect(kedaErrors(object)).toBe('');
    const wrong = { ...object, spec: { ...(object as unknown as { spec: object }).spec, replicas: 2 } };
    expect(kedaErrors(wrong)).toContain('additionalProperties');
  });

  it.each(['base', 'overlays/example', 'components/keda', 'components/topics'])(
    'of %s are all listed there',
    (folder) => {
      const {
        resources = [],
        patches = [],
        components = [],
      } = yamlOf<{
        readonly resources?: readonly string[];
        readonly patches?: readonly { readonly path: string }[];
        readonly components?: readonly string[];
      }>('deploy/kubernetes', folder, 'kustomization.yaml');
      const listed = [...resources, ...patches.map(({ path }) => path)];
      const files = manifests().flatMap(({ file }) =>
        file.startsWith(`${folder}/`) ? [file.slice(folder.length + 1)] : [],
      );
      expect(listed.filter((path) => path.endsWith('.yaml')).sort()).toEqual(files.sort());
      const others = [...listed, ...components].filter((path) => !path.endsWith('.yaml'));
      expect(others.filter((path) => !existsSync(join(ROOT, 'deploy/kubernetes', folder, path)))).toEqual([]);
    },
  );
});

describe.each([
  ['base', 'base/tollgate.yaml', 'components/keda/scaledobject.yaml'],
  ['overlays/example', 'overlays/example/tollgate.yaml', 'overlays/example/scaledobject.yaml'],
])('%s', (_, configFile, scaledFile) => {
  it('configures Tollgate with what it takes, the environment of its pods included', () => {
    const env = environmentOf('base/statefulset.yaml');
    const { kafka, http } = loadDeployed(env, 'deploy/kubernetes', configFile);
    expect(kafka).toMatchObject({ instanceId: 'tollgate-0', sasl: { mechanism: 'scram-sha-512' } });
    expect(http).toEqual({ host: '0.0.0.0', port: 8181 });
    loadDeployed(environmentOf('components/topics/job.yaml'), 'deploy/kubernetes', configFile);
  });

  it('scales up to its partitions, on the lag of its group at its brokers', () => {
    const { kafka, topics } = loadDeployed({}, 'deploy/kubernetes', configFile);
    const { spec } = manifest<{
      readonly spec: {
        readonly maxReplicaCount: number;
        readonly triggers: readonly { readonly metadata: Readonly<Record<string, string>> }[];
      };
    }>(scaledFile);
    expect(spec.maxReplicaCount).toBe(topics.partitions);
    expect(spec.triggers[0]?.metadata).toMatchObject({
      consumerGroup: kafka?.groupId,
      bootstrapServers: kafka?.brokers.join(','),
    });
  });
});

describe('the pods', () => {
  const { template } = manifest<Workload>('base/statefulset.yaml').spec;

  it('are given longer to stop than Tollgate takes at most', () => {
    const drainMs = Number(
      /DRAIN_TIMEOUT_MS = ([\d_]+)/.exec(textOf('src/pipeline/processor.ts'))?.[1]?.replaceAll('_', ''),
    );
    expect(template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(drainMs + 10_000);
  });

  it('have an instance id of their own, their name', () => {
    const id = template.spec.containers[0]?.env.find(({ name }) => name === 'TOLLGATE_KAFKA_INSTANCE_ID');
    expect(id?.valueFrom).toEqual({ fieldRef: { fieldPath: 'metadata.name' } });
  });

  it.each(['base/statefulset.yaml', 'components/topics/job.yaml'])('of %s mount what they declare', (file) => {
    const { volumes, containers } = manifest<Workload>(file).spec.template.spec;
    expect(containers[0]?.volumeMounts.map(({ name }) => name)).toEqual(volumes.map(({ name }) => name));
  });
});
