import type { TollgateError } from '../domain/errors.ts';
import type { CommittedWork, PipelineObserver, PolicyListing } from '../domain/observer.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { Readiness } from './readiness.ts';

/** What operators can ask a process about: its metrics, its state, its policies. One a process. */
export class Operations implements PipelineObserver {
  readonly metrics: Metrics = createMetrics();
  readonly readiness = new Readiness();
  #listing: PolicyListing | undefined;

  /** The policies that judge; undefined until they are loaded. */
  get listing(): PolicyListing | undefined {
    return this.#listing;
  }

  policiesLoaded(listing: PolicyListing): void {
    this.#listing = listing;
    this.metrics.policiesLoaded(listing);
    this.readiness.policiesLoaded();
  }

  assigned(partitions: readonly number[]): void {
    this.readiness.assigned(partitions);
  }

  takingOver(partition: number): void {
    this.readiness.takingOver(partition);
  }

  running(partition: number, sessions: number): void {
    this.readiness.running(partition);
    this.metrics.sessionsRestored(partition, sessions);
  }

  revoked(partitions: readonly number[]): void {
    this.readiness.revoked(partitions);
    for (const partition of partitions) this.metrics.dropPartition(partition);
  }

  committed(work: readonly CommittedWork[], atMs: number): void {
    this.metrics.committed(work, atMs);
  }

  transaction(seconds: number, records: number): void {
    this.metrics.transaction(seconds, records);
  }

  workerRestarted(): void {
    this.metrics.workerRestarted();
  }

  failing(error: TollgateError): void {
    this.readiness.failing(error);
  }
}
