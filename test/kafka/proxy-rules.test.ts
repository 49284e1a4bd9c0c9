import { describe, expect, it } from 'vitest';
import { RuleBook } from './proxy-rules.ts';

const REFUSE = { kind: 'refuse' } as const;
const SWALLOW = { kind: 'swallow' } as const;
const NEVER = new AbortController().signal;

describe('the rules of the proxy', () => {
  it('take hold of requests of their key, until they are removed', () => {
    const rules = new RuleBook();
    const rule = rules.add({ apiKey: 0, action: REFUSE });
    expect(rules.take(1)).toBeUndefined();
    expect(rules.take(0)?.action).toBe(REFUSE);
    expect(rules.take(0)?.action).toBe(REFUSE);
    rule.remove();
    expect(rules.take(0)).toBeUndefined();
  });

  it('take hold of one request with `once`, also before it was carried out; then the next rule has its turn', () => {
    const rules = new RuleBook();
    const first = rules.add({ apiKey: 0, action: SWALLOW, once: true });
    rules.add({ apiKey: 0, action: REFUSE });
    const taken = rules.take(0);
    expect(taken?.action).toBe(SWALLOW);
    expect(first.hits).toBe(0);
    expect(rules.take(0)?.action).toBe(REFUSE);
    taken?.done();
    expect(first.hits).toBe(1);
  });

  it('take hold of every third request of any key, when asked to', () => {
    const rules = new RuleBook();
    rules.add({ apiKey: 'any', action: REFUSE, every: 3 });
    const taken = [0, 1, 0, 1, 0, 1].map((apiKey) => rules.take(apiKey) !== undefined);
    expect(taken).toEqual([false, false, true, false, false, true]);
  });

  it('pass those by that whoever made them does not want, and keep `once` for another', () => {
    const rules = new RuleBook();
    const wanted = [false, true];
    rules.add({ apiKey: 0, action: REFUSE, once: true, when: () => wanted.shift() ?? true });
    const taken = [0, 0, 0].map((apiKey) => rules.take(apiKey) !== undefined);
    expect(taken).toEqual([false, true, false]);
  });

  it('say when they were carried out often enough', async () => {
    const rules = new RuleBook();
    const rule = rules.add({ apiKey: 0, action: REFUSE });
    const twice = rule.reached(2, NEVER);
    rules.take(0)?.done();
    rules.take(0)?.done();
    await twice;
    await rule.reached(2, NEVER);
    expect(rule.hits).toBe(2);
  });

  it('let a wait be given up, before it begins or while it lasts', async () => {
    const rule = new RuleBook().add({ apiKey: 0, action: REFUSE });
    const controller = new AbortController();
    const waiting = rule.reached(1, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(rule.reached(1, controller.signal)).rejects.toThrow('enough');
  });
});
