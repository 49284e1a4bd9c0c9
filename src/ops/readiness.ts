import type { TollgateError } from '../domain/errors.ts';

/** Partitions that one reason names; of more their number is told. */
const MAX_NAMED = 16;

/**
 * Owns what a process knows about its own state.
 *
 * 1. Ready means: policies are loaded, an assignment of partitions was given (an empty one counts), every partition of it
 *    is being judged, and nothing is failing or stopping.
 * 2. Failing is for good: the process is going to end.
 */
export class Readiness {
  readonly #partitions = new Map<number, 'running' | 'taking over'>();
  #hasPolicies = false;
  #hasAssignment = false;
  #isStopping = false;
  #failure: TollgateError | undefined;

  policiesLoaded(): void {
    this.#hasPolicies = true;
  }

  /** Partitions that were ours before, and were not revoked, stay as they are. */
  assigned(partitions: readonly number[]): void {
    this.#hasAssignment = true;
    for (const partition of partitions) {
      if (!this.#partitions.has(partition)) this.#partitions.set(partition, 'taking over');
    }
  }

  takingOver(partition: number): void {
    if (this.#partitions.has(partition)) this.#partitions.set(partition, 'taking over');
  }

  running(partition: number): void {
    if (this.#partitions.has(partition)) this.#partitions.set(partition, 'running');
  }

  revoked(partitions: readonly number[]): void {
    for (const partition of partitions) this.#partitions.delete(partition);
    if (this.#partitions.size === 0) this.#hasAssignment = false;
  }

  stopping(): void {
    this.#isStopping = true;
  }

  failing(error: TollgateError): void {
    this.#failure ??= error;
  }

  /** Why the process is not healthy; empty while it is. */
  failures(): readonly string[] {
    return this.#failure === undefined ? [] : [`${this.#failure.code}: ${this.#failure.message}`];
  }

  /** Why the process is not ready; empty when it is. */
  obstacles(): readonly string[] {
    const waiting = [...this.#partitions].filter(([, state]) => state !== 'running').map(([partition]) => partition);
    return [
      ...this.failures(),
      ...(this.#isStopping ? ['the process is stopping'] : []),
      ...(this.#hasPolicies ? [] : ['policies are not loaded yet']),
      ...(this.#hasAssignment ? [] : ['no partitions are assigned yet']),
      ...(waiting.length === 0 ? [] : [`being taken over: ${named(waiting)}`]),
    ];
  }
}

function named(partitions: readonly number[]): string {
  if (partitions.length > MAX_NAMED) return `${partitions.length} partitions`;
  const numbers = [...partitions].sort((a, b) => a - b).join(', ');
  return `partition${partitions.length === 1 ? '' : 's'} ${numbers}`;
}
