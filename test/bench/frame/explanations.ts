/** Why a goal was missed and what was tried: by case, then by the name of the ratio. Shown while the goal is missed. */
export type Explanations = Readonly<Record<string, Readonly<Record<string, string>>>>;

const JUDGING_COSTS =
  'Judging is the limit: compare the CPU of lanes with that of (a). Of a lane’s time (V8’s profiler, the built program on the ' +
  'broker, one lane, busy machine) 27 % is the policy’s Wasm, 7 % garbage collection, 7 % SHA-256 (four digests an event: identity, ' +
  'session digest, decision id, audit chain), 8 % decoding with its limits, 8 % folding, 8 % encoding sessions, 6 % masking, ' +
  '5 % writing texts into buffers, 5 % the policy’s input, the rest in pieces below 4 %. The prototype that set the goals had no ' +
  'masking, facts, identities or reasons, and a policy with a quarter of the input.';
const TRIED =
  ' Tried and kept: policies are given only what they read (input 1,150 → 390 bytes, 12–14 % of judging), the memory of duplicates as one ' +
  'text (4 %), transactions ten times as far apart while the lanes are behind. Tried and dropped: other sizes of the young ' +
  'generation, a single-threaded collector (both slower), fewer settings checked in the guard (no gain), `opa build -O 1` (18 % less evaluation; ' +
  'it bakes the bundle’s data into the module, so that is left to the author of a policy).';
const END_TO_END = JUDGING_COSTS + TRIED;

export const EXPLANATIONS: Explanations = {
  'end-to-end': {
    'Tollgate against (a) passthrough: our client': END_TO_END,
    'Tollgate against (b) stock passthrough: unmodified kafkajs': 'As against (a): this one judges nothing either.',
    'Tollgate against (c) by the book: kafkajs and the OPA SDK':
      'This one evaluates the same policy, and does nothing else: no facts, no inspectors, no session, no audit record, no transaction. What ' +
      'those cost stands above.',
    'Tollgate against (d) OPA server: the same over HTTP keep-alive': 'As against (a).',
  },
};
