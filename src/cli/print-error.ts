import type { TollgateError } from '../domain/errors.ts';
import { type Channel, printable } from './terminal.ts';

/**
 * Says what is wrong, where, and what to do next. Problems of a configuration keep their lines to themselves, as
 * editors and `grep` take them: `file:line:column`. Our own faults come with their stack.
 */
export function printError(channel: Channel, error: TollgateError): void {
  const { bold, dim, red } = channel.colors;
  const lines = isList(error) ? [printable(error.message)] : [`${red(bold('error:'))} ${printable(error.message)}`];
  if (error.where !== undefined) lines.push(`${dim('where:')} ${printable(error.where)}`);
  if (error.code === 'internal') lines.push(printable(stackOf(error)));
  const next = error.next ?? DEFAULT_NEXT[error.code];
  if (next !== undefined) lines.push(`${dim('next:')}  ${printable(next)}`);
  channel.write(`${lines.join('\n')}\n`);
}

const DEFAULT_NEXT: Readonly<Partial<Record<TollgateError['code'], string>>> = {
  usage: 'see tollgate --help',
  internal: 'this is a fault of Tollgate itself: please report it, with the lines above',
};

function isList(error: TollgateError): boolean {
  return error.code === 'config_invalid' && error.where === undefined;
}

/** The cause's own stack says where it happened; that of the wrapper only where it was caught. */
function stackOf(error: TollgateError): string {
  const source = error.cause instanceof Error ? error.cause : error;
  return source.stack ?? source.message;
}
