import type { BenchCase, BenchOptions, BenchResult, Figure, Ratio } from '../bench-case.ts';
import { apart } from '../frame/apart.ts';
import { findOpa } from './opa-program.ts';
import type { RulesCost, RulesInput } from './rules.ts';

const COUNTS = [1, 10, 100, 1_000] as const;

/** One evaluation, and what many rules add to an event. */
export const evaluator: BenchCase = {
  name: 'evaluator',
  title: 'Evaluator: instances, engines, many rules',
  run: async (options) => {
    const parts = [
      await runApart('./reuse.js', 'measureReuse', options),
      await runApart('./go-engine.js', 'measureGoEngine', options),
      await manyRules(options),
    ];
    return {
      figures: parts.flatMap(({ figures }) => figures),
      ratios: parts.flatMap(({ ratios }) => ratios),
      notes: parts.flatMap(({ notes }) => notes),
    };
  },
};

function runApart(module: string, name: string, options: BenchOptions): Promise<BenchResult> {
  return apart({ module: new URL(module, import.meta.url).href, name, input: undefined }, options);
}

type Costs = ReadonlyMap<number, RulesCost>;

async function manyRules(options: BenchOptions): Promise<BenchResult> {
  const opa = findOpa();
  const policies = await costs('policies', opa, options);
  const inOne = opa === undefined ? undefined : await costs('one policy', opa, options);
  const skipped = [
    'NOT MEASURED: many rules in one Rego policy. There is no opa to build it with (`npm run policies`).',
  ];
  return {
    figures: [...policyFigures(policies), ...(inOne === undefined ? [] : oneFigures(inOne))],
    ratios: [
      { ...growth('1,000 policies / 10 policies', policies), goal: { atMost: 2 } },
      ...(inOne === undefined ? [] : [growth('1,000 rules in one policy / 10 rules', inOne)]),
    ],
    notes: [
      'Many policies: each has `match.tools` of its own, and events call ten of the tools, so that one policy is asked an event (with one policy, of one event in ten). The policy is a cheap one: what finding it costs shows. An event is everything that a lane does with it.',
      ...(inOne === undefined ? skipped : ['Many rules in one Rego policy cannot be routed: OPA looks at them all.']),
    ],
  };
}

async function costs(form: RulesInput['form'], opa: string | undefined, options: BenchOptions): Promise<Costs> {
  const found = new Map<number, RulesCost>();
  const module = new URL('./rules.js', import.meta.url).href;
  for (const rules of COUNTS) {
    const input: RulesInput = { rules, form, opa };
    const cost = await apart<RulesCost>({ module, name: 'measureRules', input }, options);
    options.log(
      `${rules} rules as ${form}: ${cost.usPerEvent.toFixed(1)} µs an event, ready in ${cost.readyMs.toFixed(0)} ms`,
    );
    found.set(rules, cost);
  }
  return found;
}

function policyFigures(found: Costs): Figure[] {
  const most = Math.max(...found.keys());
  const { readyMs, memoryMb } = costOf(found, most);
  return [
    ...[...found].map(([rules, cost]) => {
      return { name: `an event, ${numberOf(rules, 'policy', 'policies')}`, value: cost.usPerEvent, unit: 'µs' };
    }),
    { name: `${numberOf(most, 'policy', 'policies')} ready, one lane`, value: readyMs, unit: 'ms' },
    { name: `${numberOf(most, 'policy', 'policies')}, memory of one lane`, value: memoryMb, unit: 'MB' },
  ];
}

function oneFigures(found: Costs): Figure[] {
  return [...found].map(([rules, cost]) => {
    return { name: `an event, ${numberOf(rules, 'rule', 'rules')} in one policy`, value: cost.usPerEvent, unit: 'µs' };
  });
}

function growth(name: string, found: Costs): Ratio {
  return { name, value: costOf(found, 1_000).usPerEvent / costOf(found, 10).usPerEvent, higherIsBetter: false };
}

function costOf(found: Costs, rules: number): RulesCost {
  const cost = found.get(rules);
  if (cost === undefined) throw new Error(`${rules} rules were not measured`);
  return cost;
}

function numberOf(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
