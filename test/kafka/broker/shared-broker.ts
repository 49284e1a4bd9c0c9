/**
 * What a run's tests are told. `none`: no broker could be had, and `reason` says what was tried and what to install.
 * `canStartMore`: brokers of a test's own can be started (`start-broker.ts`), whatever the shared one came from.
 */
export type SharedBroker =
  | {
      readonly kind: 'broker';
      readonly brokers: readonly string[];
      readonly from: 'environment' | 'docker' | 'jars';
      readonly canStartMore: boolean;
    }
  | { readonly kind: 'none'; readonly reason: string; readonly required: boolean };

declare module 'vitest' {
  interface ProvidedContext {
    readonly kafka: SharedBroker;
  }
}
