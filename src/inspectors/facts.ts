import type { Event } from '../domain/event.ts';
import type { FactKind, Facts } from '../domain/policy.ts';
import { findNetworkFacts } from './network-facts.ts';
import { findSensitiveFacts } from './sensitive-facts.ts';

const NO_FACTS: Facts = Object.freeze({});
const NETWORK_KINDS: readonly FactKind[] = ['hosts', 'urls', 'ips', 'commands'];

/**
 * What the policies of a set asked for, and only that. `hosts`, `urls`, `ips`, `commands` come from `params` and `result`;
 * `pii` and `secrets` from `params`, `result`, `context` and `material`. At most `MAX_FACTS` of a kind; linear in the event.
 */
export function findFacts(event: Event, needs: ReadonlySet<FactKind>): Facts {
  if (needs.size === 0) return NO_FACTS;
  const facts: { -readonly [Kind in keyof Facts]: Facts[Kind] } = {};
  if (NETWORK_KINDS.some((kind) => needs.has(kind))) {
    const { hosts, urls, ips, commands } = findNetworkFacts(event, needs.has('urls'), needs.has('ips'));
    if (needs.has('hosts')) facts.hosts = hosts;
    if (needs.has('urls')) facts.urls = urls;
    if (needs.has('ips')) facts.ips = ips;
    if (needs.has('commands')) facts.commands = commands;
  }
  if (needs.has('pii') || needs.has('secrets')) {
    const { pii, secrets } = findSensitiveFacts(event, needs.has('pii'), needs.has('secrets'));
    if (needs.has('pii')) facts.pii = pii;
    if (needs.has('secrets')) facts.secrets = secrets;
  }
  return facts;
}
