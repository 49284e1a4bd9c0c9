import type { Answer } from '../domain/verdict.ts';
import { ALLOW } from './inspector.ts';

/** What a classifier that was asked about a call came back with. */
export type Review =
  | { readonly kind: 'objection'; readonly text: string }
  | { readonly kind: 'no_objection' }
  | { readonly kind: 'failed' };

/** A classifier's text is not ours: what a reason takes of it, in UTF-16 units. */
const MAX_OBJECTION = 512;

/**
 * The answer of the adversarial review (car-policy 0.13, `adversary`): blank rules allow, an objection denies with its
 * text. A classifier that failed denies; there it had no such case.
 */
export function adversaryAnswer(rules: string, review: Review): Answer {
  if (rules.trim() === '') return ALLOW;
  switch (review.kind) {
    case 'no_objection':
      return ALLOW;
    case 'objection':
      return {
        effect: 'deny',
        code: 'adversary.objection',
        reason: `adversary: ${review.text.slice(0, MAX_OBJECTION)}`,
      };
    case 'failed':
      return { effect: 'deny', code: 'adversary.no_review', reason: 'adversary: the review failed' };
  }
}
