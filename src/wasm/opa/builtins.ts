import { TollgateError } from '../../domain/errors.ts';
import { DIGEST_BUILTINS } from './builtins/digests.ts';
import type { Builtin } from './builtins/operands.ts';
import { RANDOM_BUILTINS } from './builtins/random.ts';
import { SEMVER_BUILTINS } from './builtins/semver.ts';
import { SPRINTF_BUILTINS } from './builtins/sprintf.ts';
import { TEXT_BUILTINS } from './builtins/text.ts';
import { TIME_BUILTINS } from './builtins/time.ts';

/** What Tollgate gives a module beside what OPA compiles into it. All are functions of their operands, clock and seed. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  Object.entries({
    ...DIGEST_BUILTINS,
    ...RANDOM_BUILTINS,
    ...SEMVER_BUILTINS,
    ...SPRINTF_BUILTINS,
    ...TEXT_BUILTINS,
    ...TIME_BUILTINS,
  }),
);

/** Why a builtin is not there although OPA has it; what is absent here is merely not built. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^(?:http\.send|net\.lookup_ip_addr)$/, 'it reaches the network, so replay could not repeat it'],
  [/^opa\.runtime$/, 'it depends on the process, so replay could not repeat it'],
  [
    /^regex\./,
    'it would match outside the module, where no bound holds; regex.match and regex.find_all_string_submatch_n run inside',
  ],
  [/^json\.(?:match|verify)_schema$/, 'it may fetch remote schemas'],
  [/^(?:trace|internal\.print|print)$/, 'a policy has no output but its result'],
];

/**
 * The functions that a module's `builtins()` map (name → id) asks for, by id. Throws `policy_invalid` that names all
 * those which are not there: a rule whose builtin is missing would silently never fire.
 */
export function resolveBuiltins(wanted: ReadonlyMap<string, number>, where: string): ReadonlyMap<number, NamedBuiltin> {
  const found = new Map<number, NamedBuiltin>();
  const missing: string[] = [];
  for (const [name, id] of wanted) {
    const call = BUILTINS.get(name);
    if (call === undefined) missing.push(`${name} (${refusal(name)})`);
    else found.set(id, { name, call });
  }
  if (missing.length === 0) return found;
  throw new TollgateError(
    'policy_invalid',
    `the policy uses builtins that Tollgate does not have: ${missing.join('; ')}`,
    {
      where,
      next: 'rewrite the rules without them, or pass what they would find out in the event or in data',
    },
  );
}

export interface NamedBuiltin {
  readonly name: string;
  readonly call: Builtin;
}

function refusal(name: string): string {
  return REFUSALS.find(([pattern]) => pattern.test(name))?.[1] ?? 'not built here';
}
