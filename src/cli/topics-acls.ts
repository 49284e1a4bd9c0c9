import { loadConfig } from '../config/load-config.ts';
import { TollgateError } from '../domain/errors.ts';
import { ACL_JOBS, type Acl, type AclJob, aclsFor } from '../kafka/topology/acls.ts';
import { printable, type Terminal } from './terminal.ts';

export interface AclFlags {
  readonly config: string;
  readonly job: string;
  readonly principal: string;
  readonly json: boolean;
}

const RESOURCE_FLAGS = { TOPIC: '--topic', GROUP: '--group', TRANSACTIONAL_ID: '--transactional-id' } as const;
/** What a shell takes as it stands. */
const PLAIN_WORD = /^[A-Za-z0-9_.,:/=@+-]+$/;
const QUOTE = /'/g;

/** The action of `tollgate topics acls`. Asks no broker. Throws `usage` for a job that there is not, and as `loadConfig`. */
export function listAcls(flags: AclFlags, terminal: Terminal): void {
  const job = jobOf(flags.job);
  const config = loadConfig(flags.config, terminal.env);
  const { kafka } = config;
  if (kafka === undefined) {
    throw new TollgateError('config_invalid', 'this configuration reads files: there are no access control lists', {
      where: config.path,
      next: 'give one with `kafka: { brokers: […] }`',
    });
  }
  const acls = aclsFor(job, { settings: config, groupId: kafka.groupId });
  const { principal, json } = flags;
  const text = json
    ? `${JSON.stringify({ job, principal, acls: acls.map(factsOf) })}\n`
    : commands(acls, principal, kafka);
  terminal.out.write(text);
}

function jobOf(name: string): AclJob {
  const job = ACL_JOBS.find((known) => known === name);
  if (job !== undefined) return job;
  throw new TollgateError('usage', `--for takes ${ACL_JOBS.join(', ')}, not ${printable(name)}`);
}

/** One command a resource, for the tool that comes with Kafka. */
function commands(
  acls: readonly Acl[],
  principal: string,
  { brokers }: { readonly brokers: readonly string[] },
): string {
  const byResource = new Map<string, { readonly acl: Acl; readonly operations: string[] }>();
  for (const acl of acls) {
    const place = `${acl.resource} ${acl.name}`;
    const found = byResource.get(place);
    if (found === undefined) byResource.set(place, { acl, operations: [acl.operation] });
    else found.operations.push(acl.operation);
  }
  const head = ['kafka-acls.sh', '--bootstrap-server', brokers.join(','), '--add', '--allow-principal', principal];
  const lines = Array.from(byResource.values(), ({ acl, operations }) => {
    const rights = operations.flatMap((operation) => ['--operation', toolName(operation)]);
    const pattern = acl.pattern === 'PREFIXED' ? ['--resource-pattern-type', 'prefixed'] : [];
    return [...head, ...rights, RESOURCE_FLAGS[acl.resource], acl.name, ...pattern].map(shellWord).join(' ');
  });
  return `${lines.join('\n')}\n`;
}

/** `DESCRIBE_CONFIGS` is `DescribeConfigs` there. */
function toolName(operation: string): string {
  const words = operation.split('_').map((word) => `${word.slice(0, 1)}${word.slice(1).toLowerCase()}`);
  return words.join('');
}

function shellWord(text: string): string {
  return PLAIN_WORD.test(text) ? text : `'${text.replace(QUOTE, `'\\''`)}'`;
}

function factsOf({ resource, name, pattern, operation, key, why, isOptional }: Acl) {
  return {
    resource_type: resource.toLowerCase(),
    name,
    pattern_type: pattern.toLowerCase(),
    operation: operation.toLowerCase(),
    key,
    why,
    optional: isOptional,
  };
}
