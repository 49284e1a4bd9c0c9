/** Several reasons of one policy as one: each once, in the order of their code units (sets have none), joined by `"; "`. */
export function joinReasons(messages: readonly string[]): string {
  return [...new Set(messages)].sort().join('; ');
}
