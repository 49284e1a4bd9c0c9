/**
 * Why a goal was missed and what was tried: by case, then by the name of the ratio. Shown while the goal is missed, so that none may
 * refer to another. Ratios that are missed for the same reason have the same text; the page has it once.
 */
export type Explanations = Readonly<Record<string, Readonly<Record<string, string>>>>;

const JUDGING_COSTS =
  'Judging is the limit: compare the CPU of lanes with that of (a). Of judging (V8’s profiler, one thread, 64 µs an event) 27 % is the policy’s Wasm, ' +
  '8 % garbage collection, 8 % SHA-256 (four digests an event: identity, session digest, decision id, audit chain), 9 % decoding with its limits, ' +
  '6 % folding, 7 % writing sessions, 8 % masking, 7 % writing texts into buffers, 5 % the policy’s input, the rest in pieces below 4 %. The prototype ' +
  'that set the goals had no masking, facts, identities or reasons, and a policy with a quarter of the input.';
const TRIED =
  ' Tried and kept: policies are given only what they read (input 1,150 → 390 bytes, 12–14 % of judging), the memory of duplicates as one ' +
  'text (4 %), transactions ten times as far apart while the lanes are behind, sessions written as Avro by hand (5 %), sessions of one shape and usage folded in place (5 %), ' +
  'a guard that looks up what it compares once (24 % of its evaluation; it is everybody’s, so that (c) gains more by it than Tollgate). Tried and dropped: other sizes of ' +
  'the young generation, a single-threaded collector (no clear gain with 10,000 sessions), `opa build -O 1` (18 % less evaluation; it bakes the bundle’s data into the module, so that is left to the author ' +
  'of a policy), binaryen on the module (11 %, 16 % with its heaviest inlining; a tool of 100 MB), V8’s inlining of Wasm (20 %; experimental in Node 20, on by default in 24), canonical JSON and ' +
  'quoting by hand, results hashed as bytes in place of texts, result buffers handed back to lanes (each below 1 %, or lost in noise).';
const END_TO_END = JUDGING_COSTS + TRIED;

const TRANSACTIONS =
  'Steps of transactions timed in an instrumented copy, CPU and run-queue wait of threads from schedstat. At 200/s a transaction takes 2.3 ms (produce 1.1, offsets 0.9, ' +
  'end 0.4), and nothing waits. At 2,000/s one holds some 22 events in 24 partitions of topics and takes 6 to 10 ms (produce 3 to 5, offsets 2 to 3, end 1 to 1.5); an event ' +
  'is fetched after 4 to 10 ms, and waits 7 ms for its lane and the transaction before. Both cores are full then: the broker takes 0.87 of one, Tollgate 0.75 (main thread 0.32, ' +
  'lanes 0.37: 90 transactions and some hundred batches a second, of a few events each), the load 0.22; threads wait for a processor twice as long as they run.';
const LATENCY_TRIED =
  ' Tried and kept: two producers in turn (begin 3.3 → 1.5 ms: no waiting for the last transaction’s markers), then the second transaction protocol (KIP-890; a transaction at ' +
  '200/s 4.4 → 2.3 ms, p50 at 2,000/s 43 → 29 ms under the same conditions, at 10,000/s 3.0 s → 0.2 to 1.2 s, judging made 15 % cheaper included). Tried and dropped: a lower priority of lanes (transactions half as long, but events wait for ' +
  'lanes instead: 50 to 150 ms at 2,000/s), pacing from 32 events on, fetches 5 or 10 ms apart (less processor time, the same latency). Not tried: the next transaction’s records on their ' +
  'way while the last one ends.';
const SMALL_TRANSACTIONS = TRANSACTIONS + LATENCY_TRIED;
const NO_PROCESSOR =
  'At this rate judging takes two thirds to three quarters of a processor (64 µs an event in one thread, 76 in two lanes beside the rest), and load, reader, broker and main thread ' +
  'more than the other one: a backlog that came into being is not worked off. ' +
  'While lanes are behind, transactions begin 100 ms apart, so that what they cost goes to the lanes.';

export const EXPLANATIONS: Explanations = {
  'end-to-end': {
    'Tollgate against (a) passthrough: our client': END_TO_END,
    'Tollgate against (b) stock passthrough: unmodified kafkajs': END_TO_END,
    'Tollgate against (c) by the book: kafkajs and the OPA SDK':
      'This one evaluates the same policy, and does nothing else: no facts, no inspectors, no session, no audit record, no transaction.',
    'Tollgate against (d) OPA server: the same over HTTP keep-alive': END_TO_END,
  },
  latency: {
    'p50 at 200/s against the floor': SMALL_TRANSACTIONS,
    'p50 at 2,000/s against 10 ms': SMALL_TRANSACTIONS,
    'p50 at 10,000/s against 15 ms': NO_PROCESSOR,
    'p99 at 10,000/s against 60 ms': NO_PROCESSOR,
    'p99 at 50 % of capacity against 150 ms': NO_PROCESSOR,
  },
};
