import { TollgateError } from '../domain/errors.ts';
import { type Finding, findings } from './doctor-checks.ts';
import { stopSignal } from './stop-signal.ts';
import { type Channel, printable, type Terminal } from './terminal.ts';

export interface DoctorFlags {
  readonly config: string;
  readonly json: boolean;
}

/** The action of `tollgate doctor`. Throws with the code of the first check that failed; all have been printed then. */
export async function examine({ config, json }: DoctorFlags, terminal: Terminal): Promise<void> {
  const stop = stopSignal();
  const found: Finding[] = [];
  try {
    for await (const finding of findings(config, terminal.env, stop.signal)) {
      found.push(finding);
      if (!json) terminal.out.write(findingText(terminal.out, finding));
    }
  } finally {
    stop.release();
  }
  const failed = found.filter(({ status }) => status === 'failed');
  if (json) terminal.out.write(`${JSON.stringify({ ok: failed.length === 0, checks: found.map(findingFacts) })}\n`);
  const first = failed[0]?.error;
  if (first === undefined) return;
  const names = failed.map(({ check }) => check).join(', ');
  throw new TollgateError(first.code, `not all is well: ${names}`, {
    where: config,
    next: first.next ?? 'do what stands beside it',
    cause: first,
  });
}

/** `ok       broker    cluster abc, 3 brokers`, and below it what there is to say in detail. */
function findingText({ colors }: Channel, { check, status, message, details }: Finding): string {
  const paint = { ok: colors.green, warning: colors.yellow, failed: colors.red, skipped: colors.dim }[status];
  const line = `${paint(status.padEnd(7))}  ${check.padEnd(8)}  ${printable(message)}\n`;
  return line + details.map((detail) => `${' '.repeat(DETAIL_INDENT)}${printable(detail)}\n`).join('');
}

/** Where the message of a line begins. */
const DETAIL_INDENT = 19;

function findingFacts({ check, status, message, details, error }: Finding) {
  return { check, status, message, details, ...(error === undefined ? {} : { code: error.code, next: error.next }) };
}
