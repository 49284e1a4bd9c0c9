import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { packageFile } from '../../../src/codec/package-file.ts';
import type { Config, KafkaConfig } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load-config.ts';

/** A file of the demo and the topic that its lines go to. */
export interface FedTopic {
  readonly topic: string;
  readonly path: string;
}

/** The demo's configuration over topics, and what they are fed with. */
export interface GivenTopics {
  readonly config: Config & { readonly kafka: KafkaConfig };
  /** A topic a tenant: a session's events keep their order. */
  readonly events: readonly FedTopic[];
  readonly control: FedTopic;
}

interface DemoYaml {
  readonly files: { readonly partitions: number };
  readonly policies: readonly { readonly opa?: { readonly bundle: string } }[];
}

const EXAMPLE = packageFile('examples', 'demo', 'tollgate.yaml');

/** Writes the demo's configuration into `dir`, with topics in place of files, under names that nobody else has. */
export function giveTopics(brokers: readonly string[], dir: string): GivenTopics {
  const name = `tollgate-demo-${randomBytes(4).toString('hex')}`;
  const fed = (folder: string, file: string) => {
    return { topic: `${name}.${file}`, path: join(dirname(EXAMPLE), folder, `${file}.ndjson`) };
  };
  const events = [fed('events', 'tenant-a'), fed('events', 'tenant-b')];
  const control = fed('control', 'desk');
  const { files, policies, ...rest }: DemoYaml = parse(readFileSync(EXAMPLE, 'utf8'));
  const topics = {
    events: events.map(({ topic }) => topic),
    control: control.topic,
    decisions: `${name}.decisions`,
    audit: `${name}.audit`,
    deadLetter: `${name}.dead-letter`,
    sessions: `${name}.sessions`,
    partitions: files.partitions,
  };
  const document = {
    ...rest,
    kafka: { brokers, groupId: name, instanceId: 'demo' },
    topics,
    http: { port: 0 },
    log: { level: 'error' },
    policies: policies.map(({ opa, ...policy }) => {
      return opa === undefined ? policy : { ...policy, opa: { ...opa, bundle: resolve(dirname(EXAMPLE), opa.bundle) } };
    }),
  };
  const path = join(dir, 'tollgate.yaml');
  // JSON is accepted as YAML is.
  writeFileSync(path, `${JSON.stringify(document, undefined, 2)}\n`);
  const config = loadConfig(path, {});
  if (config.kafka === undefined) throw new Error('the configuration that was written has no `kafka`');
  return { config: { ...config, kafka: config.kafka }, events, control };
}
