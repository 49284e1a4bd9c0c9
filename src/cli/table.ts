import Table from 'cli-table3';
import { type Channel, printable } from './terminal.ts';

/** No frame: columns apart by two blanks, so that a table reads the same in a pipe as on a terminal. */
const NO_FRAME = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A table as text, its last line ended. Cells may hold what others wrote: control characters are made visible. */
export function formatTable(channel: Channel, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: head.map((title) => channel.colors.bold(title)),
    chars: NO_FRAME,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map((cell) => oneLine(cell))));
  const lines = table.toString().split('\n');
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function oneLine(cell: string): string {
  return printable(cell).replaceAll('\n', ' ').replaceAll('\t', ' ');
}
