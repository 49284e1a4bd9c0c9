import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { DOCKERFILE } from './dockerfile.ts';
import { type ComposeService, compose, loadDeployed, ROOT, service, yamlOf } from './given-deployment.ts';

const SERVICES = Object.entries(compose().services);
/** A name, and a version to the last digit. */
const PINNED = /^[a-z./-]+:v?\d+\.\d+\.\d+$/;

/** The service's own check, or the image's. */
function hasHealthcheck({ healthcheck, build }: ComposeService): boolean {
  return healthcheck === undefined ? build !== undefined && DOCKERFILE.healthcheck.length > 0 : !healthcheck.disable;
}

function bindSources({ volumes = [] }: ComposeService): readonly string[] {
  return volumes.flatMap((volume) => (typeof volume === 'string' ? [] : [volume.source]));
}

function environmentOf({ environment = {} }: ComposeService): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
}

describe('docker-compose.yml', () => {
  it('is what the Compose Specification says', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(yamlOf<object>('test/deploy/schemas/compose-spec.json'));
    expect(validate(yamlOf('docker-compose.yml')), JSON.stringify(validate.errors, undefined, 1)).toBe(true);
    expect(validate({ services: { tollgate: { imag: 'tollgate' } } })).toBe(false);
  });

  it.each(SERVICES)('takes an exact version for %s, or builds it', (_, { image, build }) => {
    if (build === undefined) expect(image).toMatch(PINNED);
    else expect(build).toEqual({ context: '.', dockerfile: 'deploy/Dockerfile' });
  });

  it.each(SERVICES)('mounts for %s only what is there', (_, each) => {
    expect(bindSources(each).filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
    const named = (each.volumes ?? []).flatMap((volume) => (typeof volume === 'string' ? [volume.split(':')[0]] : []));
    expect(Object.keys(compose().volumes)).toEqual(expect.arrayContaining(named));
  });

  it.each(SERVICES)('opens ports of %s on loopback only', (_, { ports = [] }) => {
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it.each(SERVICES)('lets %s wait for what can tell that it is ready', (_, { depends_on = {} }) => {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      if (condition === 'service_completed_successfully') expect(name).toBe('topics');
      else expect([name, condition, hasHealthcheck(service(name))]).toEqual([name, 'service_healthy', true]);
    }
  });

  it('configures Tollgate with what it takes', () => {
    const config = loadDeployed(environmentOf(service('tollgate')), 'deploy/compose/tollgate.yaml');
    expect(config.kafka).toMatchObject({ brokers: ['kafka:19092'], instanceId: 'tollgate-0' });
    expect(service('kafka').environment?.KAFKA_ADVERTISED_LISTENERS).toContain('INNER://kafka:19092');
  });

  it('gives Tollgate longer to stop than it takes at most', () => {
    const seconds = Number(/^(\d+)s$/.exec(service('tollgate').stop_grace_period ?? '')?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(25);
  });

  it('scrapes the address that Tollgate listens at, and evaluates the alerts', () => {
    const { scrape_configs, rule_files } = yamlOf<{
      readonly rule_files: readonly string[];
      readonly scrape_configs: readonly {
        readonly job_name: string;
        readonly static_configs: readonly { readonly targets: readonly string[] }[];
      }[];
    }>('deploy/prometheus/prometheus.yml');
    expect(scrape_configs).toMatchObject([{ job_name: 'tollgate', static_configs: [{ targets: ['tollgate:8181'] }] }]);
    const mounted = (service('prometheus').volumes ?? []).map((each) =>
      typeof each === 'string' ? each : each.target,
    );
    expect(mounted).toEqual(expect.arrayContaining([...rule_files]));
  });

  it('provisions the dashboards from where they are mounted', () => {
    const { providers } = yamlOf<{ readonly providers: readonly { readonly options: { readonly path: string } }[] }>(
      'deploy/grafana/provisioning/dashboards/tollgate.yml',
    );
    const mounted = (service('grafana').volumes ?? []).map((each) => (typeof each === 'string' ? each : each.target));
    expect(mounted).toContain(providers[0]?.options.path);
  });
});
