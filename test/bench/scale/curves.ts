import type { BenchResult, Figure } from '../bench-case.ts';
import { bendText, type CostStep, marginalCosts } from './bend.ts';
import { REASONS } from './reasons.ts';
import type { SessionsCost } from './sessions.ts';

/** Growth of memory, changelog and restore with the number of sessions. At least one step. */
export function sessionCurves(costs: readonly SessionsCost[]): BenchResult {
  const curve = (pick: (cost: SessionsCost) => number) =>
    marginalCosts(costs.map((cost) => ({ at: cost.sessions, total: pick(cost) })));
  const memory = curve(({ judgedBytes }) => judgedBytes);
  const restore = curve(({ restoreMs }) => restoreMs * 1000);
  const judging = costs.map(({ sessions, usPerEvent }) => ({ at: sessions, cost: usPerEvent }));
  const each = (what: string, unit: string, pick: (cost: SessionsCost) => number): Figure[] =>
    costs.map((cost) => ({ name: `${countOf(cost.sessions)} sessions: ${what}`, value: pick(cost), unit }));
  return {
    figures: [
      ...each('heap a session', 'bytes', (cost) => cost.judgedBytes / cost.sessions),
      ...each('resident memory a session', 'bytes', (cost) => cost.residentBytes / cost.sessions),
      ...each('changelog a session', 'bytes', (cost) => cost.changelogBytes / cost.sessions),
      ...each('restore in one thread', 'ms', ({ restoreMs }) => restoreMs),
      ...each('judging, one thread', 'µs an event', ({ usPerEvent }) => usPerEvent),
      ...each('judging: collections', 'µs an event', ({ collectorUsPerEvent }) => collectorUsPerEvent),
    ],
    ratios: [
      growth('memory of one more session, most / fewest', memory),
      growth('restoring one more session, most / fewest', restore),
      growth('judging an event, most sessions / fewest', judging),
    ],
    notes: [
      bendText('Memory', 'sessions', memory, REASONS.memory),
      bendText('Restore', 'sessions', restore, REASONS.restore),
      bendText('Judging', 'sessions', judging, REASONS.judging),
      'Sessions have about eight calls each, and one more of each when their memory is taken; judging is timed once 20,000 events were judged. Resident memory has rubbish in it that was not collected yet; in a process the sessions are spread over its lanes.',
    ],
  };
}

/** Cost of an event with so many partitions in a batch of 512. */
export function partitionCurve(steps: readonly CostStep[]): BenchResult {
  return {
    figures: steps.map(({ at, cost }) => {
      return { name: `${at} ${at === 1 ? 'partition' : 'partitions'}, one thread`, value: cost, unit: 'µs an event' };
    }),
    ratios: [growth('an event, most partitions / one', steps)],
    notes: [
      bendText('Partitions', 'partitions', steps, REASONS.partitions),
      'Partitions: batches of 512 events, an equal share of each partition in every batch.',
    ],
  };
}

/** What more lanes give: `rates` are events a second, from one lane up. */
export function laneCurve(rates: readonly { readonly lanes: number; readonly rate: number }[]): BenchResult {
  const steps = rates.map(({ lanes, rate }) => ({ at: lanes, cost: (lanes * 1e6) / rate }));
  const one = rates[0]?.rate ?? Number.NaN;
  return {
    figures: rates.map(({ lanes, rate }) => {
      return { name: `${lanes} ${lanes === 1 ? 'lane' : 'lanes'}`, value: rate, unit: 'events/s' };
    }),
    ratios: rates.slice(1).map(({ lanes, rate }) => {
      return { name: `${lanes} lanes / 1 lane`, value: rate / one, higherIsBetter: true };
    }),
    notes: [bendText('Lanes (time of a lane an event)', 'lanes', steps, REASONS.lanes)],
  };
}

function growth(name: string, steps: readonly CostStep[]) {
  const value = (steps.at(-1)?.cost ?? Number.NaN) / (steps[0]?.cost ?? Number.NaN);
  return { name, value, higherIsBetter: false };
}

/** `1,000,000`. */
export function countOf(count: number): string {
  return count.toLocaleString('en-US');
}
