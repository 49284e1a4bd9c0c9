import { API_KEY } from '../../kafka/proxy.ts';
import type { ActiveRule, ProxyAction } from '../../kafka/proxy-rules.ts';
import type { ProxiedShape, Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { rowOf } from './proxy-row.ts';

/** The requests that a commit, its input and the membership consist of. */
const REQUESTS = {
  Produce: API_KEY.produce,
  AddPartitionsToTxn: API_KEY.addPartitionsToTxn,
  AddOffsetsToTxn: API_KEY.addOffsetsToTxn,
  TxnOffsetCommit: API_KEY.txnOffsetCommit,
  EndTxn: API_KEY.endTxn,
  Fetch: API_KEY.fetch,
  JoinGroup: API_KEY.joinGroup,
} as const;

type RequestName = keyof typeof REQUESTS;
type FaultName = 'request cut' | 'answer cut' | 'delayed' | 'delivered late';

interface FaultForm {
  readonly cluster: 'one-proxied' | 'three-proxied';
  readonly action: (random: () => number) => ProxyAction;
}

/** Longer than a member's session and a transaction's timeout, sometimes. */
const MOST_DELAY_MS = 6_000;
/** Some arrive in the midst of the next transaction, some when everything has long been done again. */
const LATE_MS = { least: 300, most: 9_000 };

const FORMS: Readonly<Record<FaultName, FaultForm>> = {
  'request cut': { cluster: 'one-proxied', action: () => ({ kind: 'refuse' }) },
  'answer cut': { cluster: 'one-proxied', action: () => ({ kind: 'swallow' }) },
  delayed: {
    cluster: 'one-proxied',
    action: (random) => ({ kind: 'delay', delayMs: Math.round(random() ** 2 * MOST_DELAY_MS) }),
  },
  'delivered late': {
    cluster: 'three-proxied',
    action: (random) => {
      const span = LATE_MS.most - LATE_MS.least;
      return { kind: 'late', delayMs: Math.round(LATE_MS.least + random() ** 2 * span) };
    },
  },
};

const ONLY_FIRST: ReadonlySet<RequestName> = new Set(['AddPartitionsToTxn', 'AddOffsetsToTxn']);
const IN_BOTH: ReadonlySet<RequestName> = new Set(['Produce', 'TxnOffsetCommit', 'EndTxn']);

/** What a transaction can be most in doubt about: whether it ended, whether its offsets count, and writes of the dead. */
const IN_SHORT: ReadonlySet<string> = new Set([
  'EndTxn: answer cut',
  'TxnOffsetCommit: answer cut',
  'Produce: delivered late',
  'EndTxn: delivered late',
  'AddPartitionsToTxn: answer cut',
]);
const FAULTS = { short: 4, long: 12 };
/**
 * So many requests pass, at most, before the next fault: which one of a commit's, or of a rebalance's, is then chance. On a busy
 * machine a small load is a dozen transactions.
 */
const MOST_SPARED = { short: 3, long: 12 };
/** A request that does not come in this time will not: what asks has the whole load behind it. */
const FAULT_LIMIT_MS = 30_000;

/** Each request in each form of fault: the whole table. Those of a commit twice, where both transaction protocols have them. */
export const requestFaults: readonly Scenario[] = Object.keys(REQUESTS).flatMap((name) => {
  const request = name as RequestName;
  const faults = Object.keys(FORMS) as FaultName[];
  const protocols = ([1, 2] as const).filter((protocol) => isSent(request, protocol));
  return protocols.flatMap((protocol) => faults.map((fault) => scenarioOf(request, fault, protocol)));
});

/** The second protocol adds nothing beforehand; who fetches and joins knows nothing of protocols, and needs no second row. */
function isSent(request: RequestName, protocol: 1 | 2): boolean {
  return protocol === 1 ? ONLY_FIRST.has(request) || IN_BOTH.has(request) : !ONLY_FIRST.has(request);
}

function scenarioOf(request: RequestName, fault: FaultName, protocol: 1 | 2): Scenario {
  const name = `${request}: ${fault}${protocol === 1 && IN_BOTH.has(request) ? ', first protocol' : ''}`;
  const cluster = clusterOf(request, fault, protocol);
  // Fetch and JoinGroup belong to neither.
  const expected = IN_BOTH.has(request) || ONLY_FIRST.has(request) ? protocol : undefined;
  return {
    name,
    group: 'network',
    cluster,
    records: { short: 4_000, long: 40_000 },
    eventsPerSecond: { short: 700, long: 4_000 },
    inShort: IN_SHORT.has(name),
    play: (stage) =>
      request === 'JoinGroup' ? disturbJoins(stage, fault) : disturbCommits(stage, request, fault, expected),
  };
}

/** The second protocol is used where one node leads everything: of three nodes with several leaders it would not be. */
function clusterOf(request: RequestName, fault: FaultName, protocol: 1 | 2): ProxiedShape {
  const { cluster } = FORMS[fault];
  if (protocol === 1) return `${cluster}-first`;
  return IN_BOTH.has(request) ? 'one-proxied' : cluster;
}

/** Two processes work; one fault after another, each when some of the load was judged since the last one. */
async function disturbCommits(
  stage: Stage,
  request: RequestName,
  fault: FaultName,
  protocol: 1 | 2 | undefined,
): Promise<void> {
  const { run, progress, isShort, records, note, found } = stage;
  const isAnythingAdded = noteAdding(stage);
  run.start('a');
  run.start('b');
  const faults = isShort ? FAULTS.short : FAULTS.long;
  await progress.more(1);
  let happened = 0;
  for (let i = 0; i < faults && progress.settled() < records; i++) {
    const rule = addRule(stage, REQUESTS[request], fault);
    if (await happens(rule, stage)) happened++;
    await progress.more(Math.floor(records / (faults + 2)));
  }
  note('requests disturbed', happened);
  if (happened === 0) found('not_as_expected', request, 'the load ended before any request was disturbed');
  if (protocol !== undefined && isAnythingAdded() !== (protocol === 1)) {
    found('not_as_expected', request, `the transactions were not those of protocol ${protocol}`);
  }
}

/** Whether partitions were added to any transaction since then: only the first protocol has requests for that. */
function noteAdding(stage: Stage): () => boolean {
  let isAdded = false;
  const look = () => {
    isAdded = true;
    return false;
  };
  rowOf(stage).add({ apiKey: API_KEY.addPartitionsToTxn, action: { kind: 'delay', delayMs: 0 }, when: look });
  return () => isAdded;
}

/** A third process comes and goes, so that all of them join again; one of the joins that follow is disturbed. */
async function disturbJoins(stage: Stage, fault: FaultName): Promise<void> {
  const { run, progress, isShort, records, note, found, random } = stage;
  run.start('a');
  run.start('b');
  const faults = isShort ? FAULTS.short / 2 : FAULTS.long / 2;
  await progress.more(1);
  let happened = 0;
  for (let i = 0; i < faults && progress.settled() < records; i++) {
    const rule = addRule(stage, REQUESTS.JoinGroup, fault, 2);
    const guest = run.start('c');
    // All may be judged before the guest has come up: it joins all the same.
    const hasJoined = await isReached(rule, stage.signal);
    if (hasJoined) happened++;
    await progress.more(Math.floor(records / (faults + 2)));
    await (hasJoined && random() < 0.5 ? guest.stop() : guest.kill());
  }
  note('requests disturbed', happened);
  if (happened === 0) found('not_as_expected', 'JoinGroup', 'no join was disturbed');
}

/** One request, to whichever node, after some that are spared. */
function addRule(
  stage: Stage,
  apiKey: number,
  fault: FaultName,
  mostSpared = stage.isShort ? MOST_SPARED.short : MOST_SPARED.long,
): ActiveRule {
  const { random } = stage;
  let spared = Math.floor(random() * mostSpared);
  return rowOf(stage).add({ apiKey, action: FORMS[fault].action(random), once: true, when: () => spared-- <= 0 });
}

/** Whether the fault came to pass; a rule that nothing fell under before all was judged is taken away. */
async function happens(rule: ActiveRule, { progress, records, signal }: Stage): Promise<boolean> {
  const enough = new AbortController();
  const settled = progress.until(records).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([isReached(rule, AbortSignal.any([enough.signal, signal])), settled]);
  } finally {
    enough.abort();
    rule.remove();
    signal.throwIfAborted();
  }
}

async function isReached(rule: ActiveRule, signal: AbortSignal): Promise<boolean> {
  try {
    await rule.reached(1, AbortSignal.any([AbortSignal.timeout(FAULT_LIMIT_MS), signal]));
    return true;
  } catch {
    return false;
  } finally {
    rule.remove();
  }
}
