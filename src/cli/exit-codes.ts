import type { FailureCode, TollgateError } from '../domain/errors.ts';

/** Exit codes of every command (contract section 7). */
export const EXIT = {
  done: 0,
  checkFailed: 1,
  usage: 2,
  inputUnreadable: 3,
  brokerUnreachable: 4,
  fault: 70,
  /** Interrupted before it was done: 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Total: the compiler refuses a failure code without an exit code. */
const BY_FAILURE: Readonly<Record<FailureCode, ExitCode>> = {
  check_failed: EXIT.checkFailed,
  usage: EXIT.usage,
  config_invalid: EXIT.usage,
  policy_invalid: EXIT.usage,
  not_built_yet: EXIT.usage,
  // What can be put right by who started the command: another directory, the repair that the message names.
  output_unwritable: EXIT.usage,
  position_contradicts: EXIT.usage,
  input_unreadable: EXIT.inputUnreadable,
  // What commits is the broker, or the directory that stands in for it.
  commit_failed: EXIT.brokerUnreachable,
  broker_unreachable: EXIT.brokerUnreachable,
  broker_refused: EXIT.brokerUnreachable,
  topology_invalid: EXIT.checkFailed,
  lane_failed: EXIT.fault,
  internal: EXIT.fault,
  aborted: EXIT.interrupted,
};

/** The exit code that a failure ends the process with. */
export function exitCodeOf(error: TollgateError): ExitCode {
  return BY_FAILURE[error.code];
}
