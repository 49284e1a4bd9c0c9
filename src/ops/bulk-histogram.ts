import type { Metric, Registry } from 'prom-client';

/** Name, one line of help, and upper bounds of the buckets, ascending; one more bucket takes the rest. */
export interface BulkHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly bounds: readonly number[];
}

/**
 * A histogram without labels for what is observed once an event. prom-client's own makes objects for each observation
 * (0.12 µs); this one adds to an array (0.01 µs). It writes its values in the form that prom-client's registry takes from
 * any metric (`get`), so that the text is prom-client's.
 */
export class BulkHistogram {
  readonly name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor({ name, help, bounds }: BulkHistogramOptions, registry: Registry) {
    this.name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
    // The registry calls `name` and `get` only; the type asks for one of its own four classes.
    registry.registerMetric(this as unknown as Metric);
  }

  observe(value: number): void {
    const { length } = this.#bounds;
    let bucket = 0;
    while (bucket < length && value > (this.#bounds[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += value;
  }

  get(): object {
    let total = 0;
    const buckets = [...this.#bounds, '+Inf'].map((le, bucket) => {
      total += this.#counts[bucket] as number;
      return { metricName: `${this.name}_bucket`, labels: { le }, value: total };
    });
    const values = [
      ...buckets,
      { metricName: `${this.name}_sum`, labels: {}, value: this.#sum },
      { metricName: `${this.name}_count`, labels: {}, value: total },
    ];
    return { name: this.name, help: this.#help, type: 'histogram', aggregator: 'sum', values };
  }
}
