import type { DecodeLimits } from '../codec/decode-event.ts';
import type { Decoding } from '../codec/decode-record.ts';
import { OutputAvro } from '../codec/output-avro.ts';
import { SessionCodec } from '../codec/session-codec.ts';
import { WriterSchemas } from '../codec/writer-schemas.ts';
import type { AuditConfig, Limits } from '../config/config.ts';
import { findFacts } from '../inspectors/facts.ts';
import { maskSensitive } from '../inspectors/sensitive-spans.ts';
import type { RecordedVerdicts } from '../judge/evaluate.ts';
import type { AuditMask } from '../judge/masked-event.ts';
import { compileMatch } from '../judge/match.ts';
import type { PolicySet } from '../judge/policy-set.ts';
import { compileRoutes } from '../judge/routes.ts';
import { buildPolicy } from '../registry/build-policy.ts';
import type { WorkerSetup } from './messages.ts';
import { NO_RECORD, ProgressWriter } from './progress.ts';

/** What a worker judges with: made once at its start, shared by all its partitions. */
export interface LaneContext {
  readonly set: PolicySet;
  readonly limits: Limits;
  readonly decoding: Decoding;
  /** Undefined where no audit records are made. */
  readonly mask: AuditMask | undefined;
  readonly codec: SessionCodec;
  /** Undefined where outputs are JSON. */
  readonly avro: OutputAvro | undefined;
  readonly progress: ProgressWriter;
  readonly partitions: number;
  readonly strictRouting: boolean;
  readonly recorded: ReadonlyMap<string, RecordedVerdicts>;
}

/** Builds every policy of the setup. The progress names each while it is built: a module can hang even then. */
export function createLaneContext(setup: WorkerSetup): LaneContext {
  const progress = new ProgressWriter(setup.progress);
  return {
    set: buildSet(setup, progress),
    limits: setup.limits,
    decoding: { limits: decodeLimits(setup.limits), schemas: new WriterSchemas(setup.writerSchemas) },
    mask: setup.audit === undefined ? undefined : auditMask(setup.audit),
    codec: new SessionCodec(),
    avro: setup.output === 'avro' ? new OutputAvro() : undefined,
    progress,
    partitions: setup.partitions,
    strictRouting: setup.strictRouting,
    recorded: setup.recorded,
  };
}

function auditMask({ maskKeys, maxStringLength }: AuditConfig): AuditMask {
  const options = { maskKeys: maskKeys.map((key) => key.toLowerCase()), maxStringLength };
  return { options, maskText: maskSensitive };
}

function decodeLimits(limits: Limits): DecodeLimits {
  const { maxEventBytes: maxBytes, maxJsonDepth: maxDepth, maxJsonValues: maxValues, maxClockSkewMs } = limits;
  return { maxBytes, maxDepth, maxValues, maxClockSkewMs };
}

function buildSet(setup: WorkerSetup, progress: ProgressWriter): PolicySet {
  const policies = setup.policies.map((loaded, index) => {
    progress.enter(NO_RECORD, index);
    return { policy: buildPolicy(loaded), matches: compileMatch(loaded.head.match) };
  });
  const needs = new Set(setup.policies.flatMap((loaded) => loaded.head.needs));
  return {
    policies,
    route: compileRoutes(policies),
    revision: setup.revision,
    defaultEffect: setup.defaultEffect,
    limits: setup.limits,
    findFacts: (event) => findFacts(event, needs),
  };
}
