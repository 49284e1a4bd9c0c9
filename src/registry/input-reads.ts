import type { InputReads } from '../domain/policy.ts';
import { INPUT_MEMBERS } from '../judge/input-document.ts';
import { SESSION_FACTS } from '../judge/session-facts.ts';
import type { BundleFiles } from './bundle-archive.ts';

/**
 * What matters in a Rego text, in the order in which it stands: comments, raw texts and texts (to step over them), the
 * start of a template (code inside a text), and `input` with the constant path behind it.
 */
const TOKEN =
  /#[^\n]*|`[^`]*`|(?<template>\$["`])|"(?:[^"\\\n]|\\.)*"|(?<![\w.])input\b(?<path>(?:\.[A-Za-z_]\w*|\["(?:[^"\\\n]|\\.)*"\])*)/g;
const PRINTABLE = /[\x20-\x7e]/;
const STEP = /\.([A-Za-z_]\w*)|\[("(?:[^"\\\n]|\\.)*")\]/g;

/** The only member of `input` whose own members are told apart: the host writes it, so that it is known what it may hold. */
const SESSION = 'session';

type Reads = Map<string, Set<string> | true>;

/**
 * Which members of `input` a policy can read, found in the Rego it was built from; undefined when that cannot be known
 * (no Rego; `input` used as a value, with a computed member or inside a template). What is not read need not be written
 * for the policy: on a typical event that is two thirds of its input.
 *
 * A module that was not built from this Rego would still name what it reads: every name that stands in it counts as read.
 */
export function inputReads(regoFiles: BundleFiles, moduleBytes: Buffer): InputReads | undefined {
  if (regoFiles.size === 0) return undefined;
  const reads: Reads = new Map();
  for (const bytes of regoFiles.values()) {
    if (!addReads(reads, bytes.toString('utf8'))) return undefined;
  }
  const moduleText = moduleBytes.toString('latin1');
  for (const name of INPUT_MEMBERS)
    if (!(reads.get(name) instanceof Set) && isNamed(name, moduleText)) reads.set(name, true);
  const facts = reads.get(SESSION);
  if (facts instanceof Set) for (const name of SESSION_FACTS) if (isNamed(name, moduleText)) facts.add(name);
  return Object.fromEntries([...reads].map(([name, members]) => [name, members === true || [...members].sort()]));
}

/** False when the text reads `input` in a way that tells nothing. */
function addReads(reads: Reads, rego: string): boolean {
  for (const { groups } of rego.matchAll(TOKEN)) {
    if (groups?.template !== undefined) return false;
    if (groups?.path === undefined) continue;
    const [name, member] = stepsOf(groups.path) ?? [];
    if (name === undefined) return false;
    const known = reads.get(name);
    if (member === undefined || name !== SESSION) reads.set(name, true);
    else if (known !== true) reads.set(name, (known ?? new Set()).add(member));
  }
  return true;
}

/** Undefined for a text that is none of JSON's: OPA's compiler would refuse it, so that this is not what it compiled. */
function stepsOf(path: string): string[] | undefined {
  try {
    return [...path.matchAll(STEP)].map(([, name, quoted]) => name ?? (JSON.parse(quoted as string) as string));
  } catch {
    return undefined;
  }
}

/** OPA's compiler puts the texts of a policy into the module one after another, each with a zero byte behind it. */
function isNamed(name: string, moduleText: string): boolean {
  for (let at = moduleText.indexOf(`${name}\0`); at >= 0; at = moduleText.indexOf(`${name}\0`, at + 1)) {
    if (!PRINTABLE.test(moduleText.charAt(at - 1))) return true;
  }
  return false;
}
