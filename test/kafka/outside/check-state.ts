import type { StoredSession } from './changelog.ts';
import type { Judged, JudgedSession } from './judge-again.ts';
import type { Findings } from './violation.ts';

/** Bytes of one event in a stored session's `recent`: a hash of its id, then the SHA-256 of its content, cut. */
const RECENT_BYTES = 24;
const ID_BYTES = 8;

/** The changelog holds every session of the fold, as the fold has it, and no other. */
export function checkState(
  { sessions }: Judged,
  stored: ReadonlyMap<string, StoredSession>,
  place: string,
  findings: Findings,
): void {
  for (const [sessionId, session] of sessions) {
    const state = stored.get(sessionId);
    const where = `${place} ${JSON.stringify(sessionId)}`;
    if (state === undefined) {
      findings.add('state_missing', where, 'the changelog has no state of it');
      continue;
    }
    const [wanted, found] = [wantedOf(session), foundIn(state)];
    const differing = Object.keys(wanted).filter((name) => wanted[name] !== found[name]);
    for (const name of differing) {
      findings.add('state_wrong', where, `${name}: expected ${wanted[name]}, found ${found[name]}`);
    }
  }
  for (const sessionId of stored.keys()) {
    if (!sessions.has(sessionId)) {
      findings.add('state_unfounded', `${place} ${JSON.stringify(sessionId)}`, 'no event of it was judged');
    }
  }
}

type Facts = Readonly<Record<string, string | number | boolean | null>>;

function wantedOf({ folded, effects, errors }: JudgedSession): Facts {
  return {
    seq: folded.seq,
    digest: folded.digest,
    started_at: folded.startedAtMs,
    clock: folded.clockMs,
    calls: folded.calls,
    mode: folded.mode ?? null,
    approval_profile: folded.approvalProfile ?? null,
    ended: folded.ended,
    effects: effectsText([...effects]),
    errors,
    recent: folded.recent.map(({ content }) => content.slice(0, 2 * (RECENT_BYTES - ID_BYTES))).join(),
  };
}

function foundIn(state: StoredSession): Facts {
  const { seq, digest, started_at, clock, calls, mode, approval_profile, ended, errors } = state;
  return {
    ...{ seq, digest, started_at, clock, calls, mode, approval_profile, ended, errors },
    effects: effectsText(state.effects.map(({ effect, count }) => [effect, count])),
    recent: contentsOf(state.recent).join(),
  };
}

function effectsText(effects: readonly (readonly [string, number])[]): string {
  return effects
    .filter(([, count]) => count > 0)
    .map(([effect, count]) => `${effect} ${count}`)
    .sort()
    .join();
}

function contentsOf(recent: Buffer): readonly string[] {
  const contents: string[] = [];
  for (let at = 0; at < recent.length; at += RECENT_BYTES) {
    contents.push(recent.toString('hex', at + ID_BYTES, at + RECENT_BYTES));
  }
  return contents;
}
