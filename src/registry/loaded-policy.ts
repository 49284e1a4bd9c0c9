import type { JsonObject } from '../domain/json.ts';
import type { InputForm, InputReads, PolicyHead, ResultForm } from '../domain/policy.ts';

/** How a policy is evaluated, as it crosses to a worker thread: structured clone takes all of it, modules included. */
export type LoadedEngine =
  | { readonly kind: 'inspector'; readonly inspector: string; readonly options: JsonObject }
  | LoadedOpa;

export interface LoadedOpa {
  readonly kind: 'opa';
  /** Compiled once; every lane instantiates it for itself. */
  readonly module: WebAssembly.Module;
  /** The whole `data` document. */
  readonly dataText: string;
  /** Absent for a bare module for which none was named: then the module must have exactly one. */
  readonly entrypoint?: string;
  readonly result: ResultForm;
  readonly input: InputForm;
  /** What it reads of `input`; absent when that is not known. */
  readonly reads?: InputReads;
  readonly gate: boolean;
  readonly maxAnswerBytes: number;
}

/** A policy whose files were read and checked; `buildPolicy` makes it ready to judge. */
export interface LoadedPolicy {
  readonly head: PolicyHead;
  readonly engine: LoadedEngine;
}
