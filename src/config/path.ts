/** A place in the configuration: member names and list indices from the root. */
export type Path = readonly (string | number)[];

/** Which part of a place a position means: its key, or its value. */
export type Spot = 'key' | 'value';

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `policies[0].with.strict`; the root is the empty string. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (PLAIN_NAME.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** True for an object that is neither null nor a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own member or entry of `value` under `step`, or undefined. */
function childOf(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return value[Number(step)];
  return isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** What lies at `path` under `value`, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(childOf, value);
}

/** Reads a JSON Pointer against the value it points into, so that list indices come back as numbers. */
export function parsePointer(pointer: string, root: unknown): Path {
  const path: (string | number)[] = [];
  let value = root;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const step = Array.isArray(value) ? Number(name) : name;
    path.push(step);
    value = childOf(value, step);
  }
  return path;
}
