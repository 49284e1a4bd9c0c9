import { parser } from '@prometheus-io/lezer-promql';

/** What a PromQL expression asks for. */
export interface Asked {
  /** Metric → labels that its matchers name. */
  readonly metrics: ReadonlyMap<string, ReadonlySet<string>>;
  /** Labels that results are grouped or matched by. */
  readonly grouping: ReadonlySet<string>;
}

/** Reads an expression with Prometheus' own grammar for editors. Throws for what is not PromQL. */
export function readPromql(text: string): Asked {
  const metrics = new Map<string, Set<string>>();
  const grouping = new Set<string>();
  const said = (node: { readonly from: number; readonly to: number }) => text.slice(node.from, node.to);
  parser.parse(text).iterate({
    enter: ({ type, node }) => {
      if (type.isError) throw new SyntaxError(`no PromQL at ${node.from}: ${text}`);
      if (type.name !== 'LabelName') return;
      const selector = ancestor(node, 'VectorSelector')?.getChild('Identifier');
      if (selector === undefined || selector === null) grouping.add(said(node));
      else labelsOf(metrics, said(selector)).add(said(node));
    },
    leave: ({ type, node }) => {
      const name = type.name === 'VectorSelector' ? node.getChild('Identifier') : null;
      if (name !== null) labelsOf(metrics, said(name));
    },
  });
  return { metrics, grouping };
}

type Node = ReturnType<typeof parser.parse>['topNode'];

function ancestor(node: Node, name: string): Node | undefined {
  for (let at = node.parent; at !== null; at = at.parent) {
    if (at.type.name === name) return at;
  }
  return undefined;
}

function labelsOf(metrics: Map<string, Set<string>>, name: string): Set<string> {
  const labels = metrics.get(name) ?? new Set();
  metrics.set(name, labels);
  return labels;
}
