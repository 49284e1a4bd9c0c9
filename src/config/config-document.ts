import type { JsonObject } from '../domain/json.ts';
import type { FactKind, InputForm, MatchRule, PolicyLimits, ResultForm } from '../domain/policy.ts';
import type { PolicyMode } from '../domain/verdict.ts';
import type { Config } from './config.ts';

/** `tollgate.yaml` after validation: every default filled in, paths as they were written. */
export interface ConfigDocument extends Omit<Config, 'path' | 'policies'> {
  readonly policies: readonly PolicyEntry[];
}

/** One entry of `policies` as it is written. Validation has seen to it that exactly one engine is named. */
export interface PolicyEntry {
  readonly name: string;
  readonly inspector?: string;
  readonly with?: JsonObject;
  readonly opa?: OpaEntry;
  readonly extism?: JsonObject;
  readonly pack?: string;
  readonly match: MatchRule;
  readonly mode: PolicyMode;
  readonly needs: readonly FactKind[];
  readonly limits: PolicyLimits;
  readonly result?: ResultForm;
  readonly input?: InputForm;
  readonly gate?: boolean;
}

export interface OpaEntry {
  readonly bundle?: string;
  readonly wasm?: string;
  readonly data?: string;
  readonly entrypoint?: string;
}
