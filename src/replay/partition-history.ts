import type { RawRecord } from '../domain/record.ts';
import { type AuditBeginning, AuditTrail, readBeginning } from './audit-trail.ts';
import type { History, HistoryStretch, HistoryTopics } from './history.ts';
import { NO_REMARKS, type OrderRemarks } from './order-remarks.ts';
import { TopicHead } from './topic-head.ts';

type Records = AsyncGenerator<RawRecord, void>;

/** An offset that the audit trail names, and the topic that it is an offset of. */
interface Named {
  readonly head: TopicHead;
  readonly named: number;
}

/** In place of the source of an audit record that concerns the process. */
const NOWHERE = { topic: '', partition: -1, offset: -1 } as const;

/**
 * The records of one partition, of all topics, in the order in which a live run judged them.
 *
 * 1. Each topic's records keep their order, and each comes once.
 * 2. Where there is an audit topic they come as it names them. What was there before all that it names comes first, what
 *    it does not name comes last, both merged by (`occurred_at`, topic, offset); what it passed over comes before the next
 *    record of the topic that it names.
 * 3. The order depends on what the topics hold, not on how it is fetched. Of each topic one response is held.
 */
export class PartitionHistory {
  readonly partition: number;
  readonly #history: History;
  readonly #topics: HistoryTopics;
  readonly #signal: AbortSignal;
  /** What is still to be read, one after the other; undefined before the first `next`. */
  #stages: Records[] | undefined;
  #remarks: OrderRemarks = NO_REMARKS;

  constructor(history: History, topics: HistoryTopics, partition: number, signal: AbortSignal) {
    this.#history = history;
    this.#topics = topics;
    this.partition = partition;
    this.#signal = signal;
  }

  /** About what was read so far. */
  get remarks(): OrderRemarks {
    return this.#remarks;
  }

  /** The next records: `most` of them, fewer at the end, none behind it. */
  async next(most: number): Promise<readonly RawRecord[]> {
    this.#stages ??= await this.#open();
    const records: RawRecord[] = [];
    for (let stage = this.#stages[0]; stage !== undefined && records.length < most; stage = this.#stages[0]) {
      const { done, value } = await stage.next();
      if (done === true) this.#stages.shift();
      else records.push(value);
    }
    return records;
  }

  async #open(): Promise<Records[]> {
    const { events, control, audit } = this.#topics;
    const names = [...new Set(control === undefined ? events : [...events, control])].sort(byCodeUnits);
    const stretches = names.map((topic) => this.#history.stretch(topic, this.partition));
    const held = stretches.filter(({ from, to }) => from < to);
    const isOrderKnown = held.length <= 1;
    const trail = audit === undefined ? undefined : this.#history.stretch(audit, this.partition);
    const needsTrail = !isOrderKnown || stretches.some(({ from }) => from > 0);
    const beginning = trail !== undefined && needsTrail ? await this.#beginning(trail, held) : undefined;
    this.#remarks = { ...NO_REMARKS, cut: stretches.filter((stretch) => isCut(stretch, beginning)) };

    const heads = held.map((stretch) => {
      return new TopicHead(stretch, this.#history.read(stretch, this.#signal), stretch.topic === control);
    });
    if (isOrderKnown || trail === undefined || beginning === undefined) return [this.#merged(heads)];
    const order = new AuditTrail(this.#history.read(trail, this.#signal));
    return [this.#merged(heads, floorsOf(heads, beginning)), this.#audited(heads, order), this.#merged(heads)];
  }

  #beginning(trail: HistoryStretch, held: readonly HistoryStretch[]): Promise<AuditBeginning> {
    return readBeginning(this.#history, trail, new Set(held.map(({ topic }) => topic)), this.#signal);
  }

  /** Records by their times: all, or of each topic those below its floor. */
  async *#merged(heads: readonly TopicHead[], floors?: ReadonlyMap<string, number>): Records {
    for (;;) {
      for (const head of heads) if (!head.isFilled) await head.fill();
      const candidates = heads.filter(({ topic, current }) => {
        return current !== undefined && current.offset < (floors?.get(topic) ?? Number.POSITIVE_INFINITY);
      });
      const [first, ...others] = candidates;
      if (first === undefined) return;
      // Of one topic alone the order is known.
      if (others.length > 0) this.#count('merged');
      yield others.reduce((least, head) => (head.timeMs() < least.timeMs() ? head : least), first).take();
    }
  }

  /** Records as the audit trail names them, until it ends or nothing is left to be named. */
  async *#audited(heads: readonly TopicHead[], trail: AuditTrail): Records {
    for (let found = await this.#named(heads, trail); found !== undefined; found = await this.#named(heads, trail)) {
      const { head, named } = found;
      while (head.taken < named) {
        if (!head.isFilled) await head.fill();
        const offset = head.current?.offset ?? Number.POSITIVE_INFINITY;
        if (offset !== named) this.#count(offset < named ? 'merged' : 'missing');
        if (offset > named) break;
        yield head.take();
      }
    }
  }

  /** The next offset that the trail names of what is still to come. */
  async #named(heads: readonly TopicHead[], trail: AuditTrail): Promise<Named | undefined> {
    while (heads.some(({ hasEnded }) => !hasEnded)) {
      const place = await trail.next();
      if (place === undefined) return undefined;
      const { topic, partition, offset: named } = place.source ?? NOWHERE;
      const head = heads.find((other) => other.topic === topic);
      if (head === undefined || partition !== this.partition) continue;
      if (named > head.taken && named < head.end) return { head, named };
    }
    return undefined;
  }

  #count(what: 'merged' | 'missing'): void {
    this.#remarks = { ...this.#remarks, [what]: this.#remarks[what] + 1 };
  }
}

/** True when records of the stretch's topic were judged, or may have been, that are there no longer. */
function isCut({ topic, from }: HistoryStretch, beginning: AuditBeginning | undefined): boolean {
  if (from === 0) return false;
  if (beginning?.isWhole !== true) return true;
  return (beginning.first.get(topic) ?? from) < from;
}

/** Up to where a topic was judged before the audit trail begins; one that it never names, only where the trail was cut. */
function floorsOf(heads: readonly TopicHead[], { isWhole, first }: AuditBeginning): ReadonlyMap<string, number> {
  const unnamed = isWhole ? 0 : Number.POSITIVE_INFINITY;
  return new Map(heads.map(({ topic }) => [topic, first.get(topic) ?? unnamed]));
}

/** The order of `<` on strings: the same on every machine, unlike a locale's. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
