import { parseTime } from '../codec/parse-time.ts';

/** Which decisions of a replay are printed. Everything is judged: sessions are folded from their beginning. */
export interface PrintRule {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly runs?: readonly string[] | undefined;
  readonly sessions?: readonly string[] | undefined;
}

interface DecisionHead {
  readonly occurred_at?: string | number;
  readonly run_id?: string;
  readonly session_id: string;
}

/** True for a decision's text that the rule lets through; `until` is exclusive. */
export function createPrintFilter(rule: PrintRule): (text: string) => boolean {
  const { sinceMs, untilMs, runs, sessions } = rule;
  if ([sinceMs, untilMs, runs, sessions].every((part) => part === undefined)) return () => true;
  return (text) => {
    const head: DecisionHead = JSON.parse(text);
    const atMs = head.occurred_at === undefined ? undefined : parseTime(head.occurred_at);
    if (sinceMs !== undefined && (atMs === undefined || atMs < sinceMs)) return false;
    if (untilMs !== undefined && (atMs === undefined || atMs >= untilMs)) return false;
    if (runs !== undefined && (head.run_id === undefined || !runs.includes(head.run_id))) return false;
    return sessions === undefined || sessions.includes(head.session_id);
  };
}
