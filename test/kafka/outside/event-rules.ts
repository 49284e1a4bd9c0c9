import type { OutsideJson } from './strict-json.ts';

type Members = ReadonlyMap<string, OutsideJson>;

const OPTIONAL_IDS = ['tool', 'call_id', 'run_id', 'step_id', 'tenant_id', 'agent_id', 'parent_session_id'];
const AMOUNTS = ['input_tokens', 'output_tokens', 'cost_usd', 'duration_ms'];
const PHASES: readonly unknown[] = ['pre', 'mid', 'post'];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
/** ECMA-262, "Time Values and Time Range". */
const LAST_MS = 8.64e15;

/** The time of an event whose fields all obey the contract's section 1, milliseconds; undefined when one does not. */
export function fieldsFit(members: Members, types: readonly string[]): number | undefined {
  const type = members.get('type');
  const needsTool = type === 'tool_call' || type === 'tool_result';
  const fits =
    isText(members.get('event_id'), 128) &&
    isText(members.get('session_id'), 256) &&
    typeof type === 'string' &&
    types.includes(type) &&
    OPTIONAL_IDS.every((name) => !members.has(name) || isText(members.get(name), 256)) &&
    (!needsTool || members.has('tool')) &&
    (!members.has('phase') || PHASES.includes(members.get('phase'))) &&
    (!members.has('context') || members.get('context') instanceof Map) &&
    (!members.has('usage') || isUsage(members.get('usage'))) &&
    (!members.has('material') || isMaterial(members.get('material'))) &&
    ['mode', 'approval_profile'].every((name) => !members.has(name) || isText(members.get(name), 64)) &&
    (!members.has('approvals') || areApprovals(members.get('approvals')));
  return fits ? timeMs(members.get('occurred_at')) : undefined;
}

function isText(value: OutsideJson | undefined, most: number): boolean {
  return typeof value === 'string' && value.length > 0 && [...value].length <= most;
}

function isUsage(value: OutsideJson | undefined): boolean {
  if (!(value instanceof Map)) return false;
  const usage = value as Members;
  const isAmount = (amount: OutsideJson | undefined) =>
    typeof amount === 'number' && amount >= 0 && amount <= Number.MAX_SAFE_INTEGER;
  return (
    AMOUNTS.every((name) => !usage.has(name) || isAmount(usage.get(name))) &&
    (!usage.has('estimate') || typeof usage.get('estimate') === 'boolean')
  );
}

function isMaterial(value: OutsideJson | undefined): boolean {
  if (!(value instanceof Map)) return false;
  const material = value as Members;
  const base64 = material.get('content_base64');
  const isContent = material.has('content') ? typeof material.get('content') === 'string' : typeof base64 === 'string';
  return (
    isText(material.get('name'), 256) &&
    isText(material.get('kind'), 256) &&
    (!material.has('digest') || isText(material.get('digest'), 256)) &&
    material.has('content') !== material.has('content_base64') &&
    isContent &&
    (typeof base64 !== 'string' || BASE64.test(base64))
  );
}

function areApprovals(value: OutsideJson | undefined): boolean {
  if (!Array.isArray(value) || value.length > 64) return false;
  return value.every((item: OutsideJson) => item instanceof Map || isText(item, 256));
}

/** A time in either of its forms, milliseconds; undefined for anything else. */
export function timeMs(value: OutsideJson | undefined): number | undefined {
  const ms = typeof value === 'string' ? fromRfc3339(value) : value;
  return typeof ms === 'number' && Number.isInteger(ms) && ms >= 0 && ms <= LAST_MS ? ms : undefined;
}

function fromRfc3339(text: string): number | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const midnight = Date.UTC(year, month - 1, day);
  const isRealDay = new Date(midnight).getUTCDate() === day && new Date(midnight).getUTCMonth() === month - 1;
  if (!isRealDay) return undefined;
  const fraction = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000 + 1e-6);
  const zone = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * 60_000 * (match[8] === '-' ? -1 : 1);
  return midnight + ((hour * 60 + minute) * 60 + second) * 1000 + fraction - zone;
}
