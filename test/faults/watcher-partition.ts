import { ChainWalk, printOf } from '../kafka/outside/audit-trail.ts';
import type { Head } from '../kafka/outside/chain-head.ts';
import { type OutsideRecord, type Place, placeFrom, placeText } from '../kafka/outside/outside-record.ts';
import type { RunTopics } from '../kafka/outside/run-records.ts';
import type { Findings } from '../kafka/outside/violation.ts';
import { Decided } from './watcher-decided.ts';
import { type Half, type Meeting, Pairing } from './watcher-pairing.ts';

/**
 * What a reader of one partition may see at any moment, checked as it comes. Holds no record: offsets and prints of what
 * one topic shows before the other, and a line a session.
 *
 * 1. The audit records are one chain from the first on. 2. Those of a topic's inputs are, one by one and in order, the committed
 * inputs: none is left out, none comes twice, none is unknown. Whichever topic is read faster waits for the other. 3. The
 * decisions are, one by one and in order, those inside the audit records; the dead letters those of the rejections.
 * 4. A session's decisions continue its seq and digest, or begin anew.
 */
export class WatchedPartition {
  readonly #chain: ChainWalk;
  readonly #partition: number;
  readonly #topics: RunTopics;
  readonly #findings: Findings;
  readonly #decided: Decided;
  readonly #judged = new Map<string, Pairing>();
  readonly #rejected = new Map<string, Pairing>();
  readonly #decisions: Pairing;
  /** Highest offset seen, by what was seen and topic. */
  readonly #last = new Map<string, number>();

  constructor(partition: number, topics: RunTopics, findings: Findings) {
    this.#partition = partition;
    this.#topics = topics;
    this.#findings = findings;
    this.#chain = new ChainWalk({ topic: topics.audit, partition }, findings);
    this.#decided = new Decided(findings);
    this.#decisions = new Pairing((meeting) => this.#meet(meeting, 'audit record', 'decision'));
    for (const topic of [...topics.events, topics.control]) {
      this.#judged.set(topic, new Pairing((meeting) => this.#meet(meeting, 'committed record', 'audit record')));
      this.#rejected.set(topic, new Pairing((meeting) => this.#meet(meeting, 'rejection in the audit', 'dead letter')));
    }
  }

  /** The end of the chain as far as it was seen. */
  get head(): Head {
    return this.#chain.head;
  }

  input(topic: string, offset: number): void {
    this.#judged.get(topic)?.left({ topic, offset, print: '' });
  }

  /** Says whether it settles one more input. */
  audit(record: OutsideRecord): boolean {
    const place = `${this.#topics.audit}/${this.#partition}/${record.offset}`;
    const entry = this.#chain.next(record);
    if (entry === undefined) return false;
    const half = this.#halfOf(entry.source, entry.decision, 'audit record', place);
    if (half === undefined) return false;
    this.#judged.get(half.topic)?.right({ ...half, print: '' });
    if (entry.kind === 'event_rejected') this.#rejected.get(half.topic)?.left({ ...half, print: '' });
    if (entry.decision !== undefined) this.#decisions.left(half);
    return true;
  }

  decision({ offset, value, headers }: OutsideRecord): void {
    const place = `${this.#topics.decisions}/${this.#partition}/${offset}`;
    const source = placeFrom(headers.get('tollgate_source'));
    if (source === undefined || value === null) {
      this.#findings.add('unreadable', place, 'a decision that names no input');
      return;
    }
    const half = this.#halfOf(source, printOf(value), 'decision', place);
    if (half === undefined) return;
    this.#decided.take(value, place);
    this.#decisions.right(half);
  }

  deadLetter(source: Place, place: string): void {
    const half = this.#halfOf(source, '', 'dead letter', place);
    if (half !== undefined) this.#rejected.get(half.topic)?.right(half);
  }

  /** Whether as many audit records were seen, and nothing waits for its other half. */
  isEvenAt(index: number): boolean {
    const pairings = [this.#decisions, ...this.#judged.values(), ...this.#rejected.values()];
    return this.head.index >= index && pairings.every((pairing) => pairing.isEven);
  }

  /** Nothing more will come: what still waits for its other half has none. `head` is where the chain ends in the end. */
  end(head?: Head): void {
    if (head !== undefined && (head.index !== this.head.index || head.hash !== this.head.hash)) {
      const what = `seen while running to ${this.head.index}, in the end it is another chain, of ${head.index}`;
      this.#findings.add('chain_broken', `${this.#topics.audit}/${this.#partition}`, what);
    }
    this.#tellWaiting(this.#decisions, 'audit record', 'decision');
    for (const [topic, pairing] of this.#judged) {
      for (const { offset } of pairing.waiting().right)
        this.#findings.add('unfounded', this.#text(topic, offset), 'it was judged, and is no committed record');
    }
    for (const pairing of this.#rejected.values()) this.#tellWaiting(pairing, 'rejection in the audit', 'dead letter');
  }

  /** Undefined for what must not be paired: of another partition, of no input, or not after the one before it. */
  #halfOf(source: Place | undefined, print: string | undefined, what: string, place: string): Half | undefined {
    if (source === undefined) return undefined;
    const { topic, partition, offset } = source;
    const text = placeText(source);
    if (partition !== this.#partition || !this.#judged.has(topic)) {
      this.#findings.add('misplaced', place, `a ${what} of ${text}`);
      return undefined;
    }
    const key = `${what} ${topic}`;
    const last = this.#last.get(key) ?? -1;
    if (offset > last) {
      this.#last.set(key, offset);
      return { topic, offset, print: print ?? '' };
    }
    const sentence = `its second ${what}, or one that comes late: offset ${last} of its topic had one before`;
    this.#findings.add('doubled', text, sentence);
    return undefined;
  }

  #meet(meeting: Meeting, left: string, right: string): void {
    if (meeting.kind === 'pair') return;
    if (meeting.kind === 'crossed') {
      const a = this.#text(meeting.left.topic, meeting.left.offset);
      const b = this.#text(meeting.right.topic, meeting.right.offset);
      this.#findings.add('reordered', a, `its ${left} stands where the ${right} of ${b} stands`);
      return;
    }
    if (meeting.kind === 'missing') {
      this.#tellMissing(
        meeting.half,
        meeting.missing === 'left' ? left : right,
        meeting.missing,
        'a later one has one',
      );
      return;
    }
    const { topic, offset } = meeting.left;
    this.#findings.add('audit_differs', this.#text(topic, offset), `its ${left} does not hold its ${right}`);
  }

  #tellWaiting(pairing: Pairing, left: string, right: string): void {
    const waiting = pairing.waiting();
    for (const half of waiting.left) this.#tellMissing(half, right, 'right', 'nothing more comes');
    for (const half of waiting.right) this.#tellMissing(half, left, 'left', 'nothing more comes');
  }

  /** An input always comes first: an output without it is unfounded, everything else that is missing is lost. */
  #tellMissing({ topic, offset }: Half, what: string, side: 'left' | 'right', why: string): void {
    const text = this.#text(topic, offset);
    const isUnfounded = side === 'left' && what === 'committed record';
    if (isUnfounded) this.#findings.add('unfounded', text, 'it was judged, and is no committed record');
    else this.#findings.add('lost', text, `it has no ${what}, and ${why}`);
  }

  #text(topic: string, offset: number): string {
    return placeText({ topic, partition: this.#partition, offset });
  }
}
