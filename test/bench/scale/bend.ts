/** What one unit more costs from the step before to `at`. */
export interface CostStep {
  readonly at: number;
  readonly cost: number;
}

/** A unit that costs so much more than at the step before is where a curve bends. */
const BEND = 1.25;

/** The first step whose cost a unit is more than a quarter above that of the step before; undefined: none. */
export function bendOf(steps: readonly CostStep[]): CostStep | undefined {
  return steps.find(({ cost }, i) => {
    const before = steps[i - 1];
    return before !== undefined && cost > before.cost * BEND;
  });
}

/** What a unit more costs between totals: of the first total, a unit of all of it. */
export function marginalCosts(totals: readonly { readonly at: number; readonly total: number }[]): CostStep[] {
  return totals.map(({ at, total }, i) => {
    const before = totals[i - 1] ?? { at: 0, total: 0 };
    return { at, cost: (total - before.total) / (at - before.at) };
  });
}

/** `bends at 32 partitions (+40 %): because.`, or that it does not. */
export function bendText(what: string, unit: string, steps: readonly CostStep[], reason: string): string {
  const bend = bendOf(steps);
  const range = `${numberOf(steps[0]?.at)} to ${numberOf(steps.at(-1)?.at)} ${unit}`;
  if (bend === undefined)
    return `${what}: no bend from ${range}: no step costs over 25 % more a unit than the one before.`;
  const before = steps[steps.indexOf(bend) - 1] as CostStep;
  const percent = Math.round((bend.cost / before.cost - 1) * 100);
  return `${what}: bends at ${numberOf(bend.at)} ${unit} (+${percent} % a unit), looked at from ${range}. ${reason}`;
}

function numberOf(at: number | undefined): string {
  return (at ?? 0).toLocaleString('en-US');
}
