/** One finding in a text: from `start` to before `end`, in UTF-16 units. */
export interface Span {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}
