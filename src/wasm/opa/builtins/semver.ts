import { type BuiltinTable, stringOperand } from './operands.ts';

interface SemanticVersion {
  readonly core: readonly [bigint, bigint, bigint];
  /** Empty for a release. */
  readonly preRelease: readonly string[];
}

const NUMBER = '(0|[1-9][0-9]{0,17})';
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const VERSION = new RegExp(`^v?${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?$`);
const DIGITS = /^[0-9]+$/;
const LEADING_ZERO = /^0[0-9]+$/;

/** Semantic Versioning 2.0.0 with OPA's one addition: a leading `v`. */
export const SEMVER_BUILTINS: BuiltinTable = {
  'semver.is_valid': ([text]) => typeof text === 'string' && parseVersion(text) !== undefined,
  'semver.compare': (operands) => compareVersions(versionOperand(operands, 0), versionOperand(operands, 1)),
};

function versionOperand(operands: Parameters<typeof stringOperand>[0], index: number): SemanticVersion {
  const version = parseVersion(stringOperand(operands, index));
  if (version === undefined) throw new SyntaxError(`operand ${index + 1} is not a semantic version`);
  return version;
}

function parseVersion(text: string): SemanticVersion | undefined {
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const [, major = '', minor = '', patch = '', tail] = match;
  const preRelease = tail === undefined ? [] : tail.split('.');
  if (preRelease.some((identifier) => LEADING_ZERO.test(identifier))) return undefined;
  return { core: [BigInt(major), BigInt(minor), BigInt(patch)], preRelease };
}

/** −1, 0 or 1: precedence by section 11 of the specification; build metadata does not count. */
function compareVersions(first: SemanticVersion, second: SemanticVersion): number {
  for (let i = 0; i < 3; i++) {
    const order = compare(first.core[i] as bigint, second.core[i] as bigint);
    if (order !== 0) return order;
  }
  // A release comes after all its pre-releases.
  if (first.preRelease.length === 0 || second.preRelease.length === 0) {
    return Math.sign(second.preRelease.length - first.preRelease.length);
  }
  return comparePreReleases(first.preRelease, second.preRelease);
}

function comparePreReleases(first: readonly string[], second: readonly string[]): number {
  const shared = Math.min(first.length, second.length);
  for (let i = 0; i < shared; i++) {
    const order = compareIdentifiers(first[i] as string, second[i] as string);
    if (order !== 0) return order;
  }
  return Math.sign(first.length - second.length);
}

/** Numbers compare as numbers and come before words; words compare by ASCII. */
function compareIdentifiers(first: string, second: string): number {
  const firstIsNumber = DIGITS.test(first);
  if (firstIsNumber !== DIGITS.test(second)) return firstIsNumber ? -1 : 1;
  return firstIsNumber ? compare(BigInt(first), BigInt(second)) : compare(first, second);
}

function compare<T extends bigint | string>(first: T, second: T): number {
  if (first === second) return 0;
  return first < second ? -1 : 1;
}
