import type { OrderRemarks } from '../replay/order-remarks.ts';
import type { ReplayPlan } from './replay-plan.ts';

/** Partitions whose beginning is gone that are named one by one. */
const SHOWN_CUTS = 5;

/** What is about to be read, in lines for standard error. */
export function startNotes({ topics, inputs, chosen, recorded, leftOut }: ReplayPlan, records: number): string {
  const { events, control, audit } = topics;
  const read = [...events, ...(control === undefined ? [] : [`${control} (control)`])].join(', ');
  const notes = [`judging ${read}: ${records} offsets in ${chosen.length} partitions, as committed now`];
  if (inputs.length > 1) notes.push(orderNote(audit));
  if (recorded.kind === 'topic') notes.push(`time limits that were hit are taken from ${recorded.topic}`);
  if (leftOut.length > 0) notes.push(`left out, though a live run judges it too: ${leftOut.join(', ')}`);
  return textOf(notes);
}

function orderNote(audit: string | undefined): string {
  if (audit !== undefined) return `the order of topics is that of ${audit}`;
  return 'there is no audit topic: the topics are merged by occurred_at, topic and offset, which a live run may not have done';
}

/** What was found on the way, in lines for standard error. */
export function remarkNotes({ merged, missing, cut }: OrderRemarks, audit: string | undefined): string {
  const notes: string[] = [];
  if (merged > 0) {
    const why = audit === undefined ? '' : ` that ${audit} does not name`;
    notes.push(`${merged} records${why} were merged by occurred_at, topic and offset`);
  }
  if (missing > 0) notes.push(`${missing} records that ${audit} names are gone: their sessions are partial`);
  if (cut.length > 0) {
    const shown = cut
      .slice(0, SHOWN_CUTS)
      .map(({ topic, partition, from }) => `${topic}/${partition} begins at ${from}`);
    const more = cut.length > SHOWN_CUTS ? `, and ${cut.length - SHOWN_CUTS} more` : '';
    notes.push(`sessions that began earlier are partial: ${shown.join(', ')}${more}`);
  }
  return textOf(notes);
}

function textOf(notes: readonly string[]): string {
  return notes.map((note) => `${note}\n`).join('');
}
