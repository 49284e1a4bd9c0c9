/** One sample of Prometheus text. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with everything that the text says of it. */
export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) (.+)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
/** `Nan` is prom-client's; Prometheus reads it in any case. */
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN|Nan)$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/**
 * Reads Prometheus text (0.0.4), strictly: each metric is announced by HELP and TYPE before its samples, once; samples of
 * a metric stand together; no series comes twice; counters are ≥ 0; buckets grow up to `+Inf`, which is the count.
 */
export function parsePrometheus(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const reader = new Reader();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, helped, help] = HELP.exec(line) ?? [];
    const [, typed, type] = TYPE.exec(line) ?? [];
    if (helped !== undefined) reader.begin(helped, help ?? '');
    else if (typed !== undefined) reader.setType(typed, type ?? '');
    else reader.add(readSample(line));
  }
  for (const [name, family] of reader.families) checkFamily(name, family);
  return reader.families;
}

/** The metric that is being read, and those before it. */
class Reader {
  readonly families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  readonly #seen = new Set<string>();
  #name = '';
  #help = '';

  begin(name: string, help: string): void {
    if (this.families.has(name)) throw new Error(`twice: ${name}`);
    this.#name = name;
    this.#help = help;
  }

  setType(name: string, type: string): void {
    if (name !== this.#name || this.families.has(name)) throw new Error(`out of place: ${name}`);
    this.families.set(name, { type, help: this.#help, samples: [] });
  }

  add(sample: Sample): void {
    const family = this.families.get(this.#name);
    const names = (SUFFIXES[family?.type ?? ''] ?? ['']).map((suffix) => `${this.#name}${suffix}`);
    if (!names.includes(sample.name)) throw new Error(`out of place: ${sample.name}`);
    const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (this.#seen.has(key)) throw new Error(`twice: ${key}`);
    this.#seen.add(key);
    family?.samples.push(sample);
  }
}

function readSample(line: string): Sample {
  const [, name, labels, value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined || !VALUE.test(value)) throw new Error(`no sample: ${line}`);
  const number = value.endsWith('Inf') ? Number(value.replace('Inf', 'Infinity')) : Number(value);
  return { name, labels: readLabels(labels ?? '', line), value: number };
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name, value, end] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined || name in labels) throw new Error(`bad labels: ${line}`);
    if (end === ',' && LABEL.lastIndex === text.length) throw new Error(`bad labels: ${line}`);
    labels[name] = value.replaceAll('\\n', '\n').replaceAll('\\"', '"').replaceAll('\\\\', '\\');
  }
  return labels;
}

function checkFamily(name: string, { type, samples }: Family): void {
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} is below 0`);
  if (type !== 'histogram') return;
  const series = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _, ...rest } = sample.labels;
    const key = JSON.stringify(rest);
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const [key, members] of series) {
    const buckets = members.filter((sample) => sample.name.endsWith('_bucket'));
    const bounds = buckets.map(({ labels }) => (labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le)));
    const grows = (values: readonly number[], least: number) =>
      values.every((value, i) => i === 0 || value - (values[i - 1] as number) >= least);
    const count = members.find((sample) => sample.name.endsWith('_count'))?.value;
    const isWell =
      bounds.at(-1) === Number.POSITIVE_INFINITY &&
      grows(bounds, Number.MIN_VALUE) &&
      grows(
        buckets.map(({ value }) => value),
        0,
      ) &&
      buckets.at(-1)?.value === count &&
      members.some((sample) => sample.name.endsWith('_sum'));
    if (!isWell) throw new Error(`${name}${key} is no histogram`);
  }
}

/** The value of one series; undefined when the text has none. */
export function sampleOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  const samples = [...families.values()].flatMap((family) => family.samples);
  return samples.find(
    (sample) => sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted,
  )?.value;
}
