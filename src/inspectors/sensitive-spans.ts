import { findPii } from './pii-spans.ts';
import { findSecrets } from './secret-spans.ts';
import type { Span } from './span.ts';
import { featuresOf } from './text-features.ts';

/**
 * The text with each secret and each piece of PII replaced by its kind in brackets (`[email]`); the same string when it
 * holds none. Linear in the text; what overlaps is replaced as one.
 */
export function maskSensitive(text: string): string {
  const features = featuresOf(text);
  if (features === undefined) return text;
  const spans: Span[] = [];
  findSecrets(text, features, spans);
  findPii(text, features, spans);
  return spans.length === 0 ? text : replaceSpans(text, spans);
}

/** Overlapping spans go as one, under the kind of the one that begins first (of two that do, the longer). */
function replaceSpans(text: string, spans: Span[]): string {
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  let masked = '';
  let done = 0;
  for (const { kind, start, end } of spans) {
    if (start >= done) masked += `${text.slice(done, start)}[${kind}]`;
    done = Math.max(done, end);
  }
  return masked + text.slice(done);
}
