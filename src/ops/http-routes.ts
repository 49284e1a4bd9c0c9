import type { Operations } from './operations.ts';

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const METHODS: readonly (string | undefined)[] = ['GET', 'HEAD'];

type Route = (operations: Operations) => Answer | Promise<Answer>;

/** Everything that is served (contract section 8). */
const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/healthz', ({ readiness }) => state('ok', 'failing', readiness.failures())],
  ['/readyz', ({ readiness }) => state('ready', 'not_ready', readiness.obstacles())],
  ['/metrics', async ({ metrics }) => ({ status: 200, type: metrics.contentType, body: await metrics.render() })],
  ['/v1/policies', policies],
]);

/** Answers a request line. `target` is what the client wrote; a query is ignored. */
export async function answerTo(
  method: string | undefined,
  target: string | undefined,
  operations: Operations,
): Promise<Answer> {
  const [path = ''] = (target ?? '').split('?', 1);
  const route = ROUTES.get(path);
  if (route === undefined) return problem(404, `there is ${[...ROUTES.keys()].join(', ')}`);
  if (!METHODS.includes(method)) return { ...problem(405, 'GET and HEAD only'), headers: { allow: 'GET, HEAD' } };
  return await route(operations);
}

/** An answer that says what went wrong, in one line. */
export function problem(status: number, error: string): Answer {
  return json(status, { error });
}

function state(well: string, unwell: string, reasons: readonly string[]): Answer {
  return reasons.length === 0 ? json(200, { status: well }) : json(503, { status: unwell, reasons });
}

function policies({ listing }: Operations): Answer {
  return listing === undefined ? problem(503, 'policies are not loaded yet') : json(200, listing);
}

function json(status: number, value: object): Answer {
  return { status, type: JSON_TYPE, body: `${JSON.stringify(value)}\n` };
}
