/** Why a record cannot be read as an event. It is dead-lettered under this code (header `tollgate_error_code`). */
export type RejectionCode =
  | 'empty'
  | 'too_large'
  | 'invalid_utf8'
  | 'byte_order_mark'
  | 'invalid_json'
  | 'trailing_bytes'
  | 'too_deep'
  | 'too_many_values'
  | 'duplicate_key'
  | 'forbidden_key'
  | 'lone_surrogate'
  | 'number_out_of_range'
  | 'not_an_object'
  | 'missing_field'
  | 'wrong_type'
  | 'out_of_bounds'
  | 'unknown_type'
  | 'invalid_time'
  | 'clock_skew'
  | 'unknown_format'
  | 'unknown_schema'
  | 'incompatible_schema'
  | 'invalid_avro'
  | 'invalid_cloud_event'
  | 'envelope_mismatch'
  | 'quarantined';

/** Why an evaluation failed. The verdict is a deny that carries it (`error.code` of the decision). */
export type FaultCode =
  | 'invalid_event'
  | 'clock_skew'
  | 'event_id_conflict'
  | 'session_limit'
  | 'misrouted'
  | 'patch_conflict'
  | 'timeout'
  | 'worker_died'
  | 'trap'
  | 'memory_limit'
  | 'input_too_large'
  | 'no_result'
  | 'invalid_result'
  | 'missing_builtin'
  | 'builtin_failed'
  | 'state_too_large'
  | 'inspector_failed';

/** What can be wrong with Tollgate's surroundings: each maps to an exit code in `cli/exit-codes.ts`. */
export type FailureCode =
  | 'usage'
  | 'config_invalid'
  | 'policy_invalid'
  | 'not_built_yet'
  | 'check_failed'
  | 'input_unreadable'
  | 'output_unwritable'
  | 'position_contradicts'
  | 'commit_failed'
  | 'broker_unreachable'
  | 'broker_refused'
  | 'topology_invalid'
  | 'lane_failed'
  | 'aborted'
  | 'internal';

/** An evaluation that could not end in a verdict. Thrown by evaluators, caught by the judge, never weaker than deny. */
export class EvaluationFault extends Error {
  readonly code: FaultCode;
  constructor(code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EvaluationFault';
    this.code = code;
  }
}

/** What, where, and what to do next, for a failure of the world around Tollgate. */
export interface FailureDetails {
  /** The file, key, topic or record at fault. */
  readonly where?: string;
  /** What the reader of the message can do about it. */
  readonly next?: string;
  /** True when the same call may succeed later without anyone's help. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** The one error type that leaves a room. Its code is from a closed set; `from` makes one of anything thrown. */
export class TollgateError extends Error {
  readonly code: FailureCode;
  readonly where: string | undefined;
  readonly next: string | undefined;
  readonly retryable: boolean;

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TollgateError';
    this.code = code;
    this.where = details.where;
    this.next = details.next;
    this.retryable = details.retryable ?? false;
  }

  /** Total: whatever was thrown comes back as a TollgateError; what is not one already is `internal`, our own fault. */
  static from(thrown: unknown, code: FailureCode = 'internal'): TollgateError {
    if (thrown instanceof TollgateError) return thrown;
    if (thrown instanceof Error) return new TollgateError(code, thrown.message, { cause: thrown });
    return new TollgateError(code, String(thrown), { cause: thrown });
  }
}
