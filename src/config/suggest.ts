/** Longest word that is compared; names of the configuration are shorter. */
const LONGEST = 64;

/**
 * The candidate that `word` was probably meant to be: at most a third of its letters away (edit distance), case aside.
 * Undefined when none is that close.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** `; did you mean "count"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const guess = closest(word, candidates);
  return guess === undefined ? '' : `; did you mean "${guess}"?`;
}

/** Insertions, deletions, changes and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = nextRow(before, row, a.slice(0, i), b);
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The row of distances of the prefix `a` to every prefix of `b`, from those of the prefixes one and two shorter. */
function nextRow(before: readonly number[], above: readonly number[], a: string, b: string): readonly number[] {
  const i = a.length;
  const row = [i];
  for (let j = 1; j <= b.length; j++) {
    const change = at(above, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
    const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    const swap = swapped ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY;
    row.push(Math.min(change, at(above, j) + 1, at(row, j - 1) + 1, swap));
  }
  return row;
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
