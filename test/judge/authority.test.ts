import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { call, control, factsOf, type Given, inputOf, sessionAfter, step, T0 } from './history.ts';

const OPERATION = `sha256:${'ab'.repeat(32)}`;
const grant = (approval: Json, more = {}) => control('approval', { approvals: [approval], ...more });

describe('what the fleet claims', () => {
  const claims = { mode: 'admin', approval_profile: 'lax', approvals: ['NetworkAccess', { operation: OPERATION }] };

  it.each<readonly [string, Given]>([
    ['a tool call', call({}, claims)],
    ['a step', step(claims)],
    ['a session start', { fields: { type: 'session_start', ...claims }, trusted: false }],
    ['a session end', { fields: { type: 'session_end', ...claims }, trusted: false }],
  ])('grants nothing in %s, and is shown as input.claims', (_, claimed) => {
    const facts = factsOf([call(), claimed]);
    expect(facts).toMatchObject({ seq: 2, approvals: [], ended: false });
    expect(facts).not.toHaveProperty('mode');
    expect(facts).not.toHaveProperty('approval_profile');
    expect(inputOf([claimed])).toMatchObject({ trusted: false, claims });
  });

  it('does not end a session: session_end is one more claim', () => {
    const end: Given = { fields: { type: 'session_end' }, trusted: false };
    expect(inputOf([end]).claims).toEqual({ session_end: true });
    expect(factsOf([call(), end, call()])).toMatchObject({ seq: 3, ended: false });
  });

  it('takes nothing away that the control topic granted', () => {
    const facts = factsOf([grant('Edit'), control('mode_change', { mode: 'safe' }), call({}, claims)]);
    expect(facts).toMatchObject({ mode: 'safe', approvals: [{ capability: 'Edit' }] });
  });
});

describe('what the control topic says', () => {
  it('grants in an event of any type', () => {
    expect(factsOf([control('step', { mode: 'm', approvals: ['Edit'] }), call()])).toMatchObject({
      mode: 'm',
      approvals: [{ capability: 'Edit' }],
    });
  });

  it('ends a session for good, until it resets it', () => {
    expect(factsOf([call(), control('session_end'), call()]).ended).toBe(true);
    expect(factsOf([call(), control('session_end'), control('session_reset'), call()]).ended).toBe(false);
  });

  it.each<readonly [string, Json, Json]>([
    ['a capability by its name', 'NetworkAccess', { capability: 'NetworkAccess', granted_at: T0 }],
    ['an operation by its digest', OPERATION, { operation: OPERATION, granted_at: T0 }],
    ['a capability in an object', { capability: 'Edit' }, { capability: 'Edit', granted_at: T0 }],
    [
      'an operation with its approver',
      { operation: OPERATION, approver: 'ops' },
      { operation: OPERATION, approver: 'ops', granted_at: T0 },
    ],
    [
      'the operation alone where both are named: the narrower grant',
      { operation: OPERATION, capability: 'Edit' },
      { operation: OPERATION, granted_at: T0 },
    ],
    [
      'with an end in RFC 3339',
      { capability: 'Edit', expires_at: '2030-01-01T00:00:00Z' },
      { capability: 'Edit', granted_at: T0, expires_at: Date.UTC(2030, 0, 1) },
    ],
    [
      'with an end in milliseconds',
      { capability: 'Edit', expires_at: T0 + 9000 },
      { capability: 'Edit', granted_at: T0, expires_at: T0 + 9000 },
    ],
    [
      'without an end where it is null',
      { capability: 'Edit', expires_at: null },
      { capability: 'Edit', granted_at: T0 },
    ],
  ])('approves %s', (_, approval, shown) => {
    expect(factsOf([grant(approval), call()]).approvals).toEqual([shown]);
  });

  it.each<readonly [string, Json]>([
    ['names nothing', {}],
    ['names nothing but an approver', { approver: 'ops' }],
    ['has an operation that is no string', { operation: 7 }],
    ['has an operation that is no string beside a capability', { operation: 7, capability: 'Edit' }],
    ['has an empty operation beside a capability', { operation: '', capability: 'Edit' }],
    ['has a capability that is no string', { capability: ['Edit'] }],
    ['has an empty capability', { capability: '' }],
    ['has a name too long to keep', { capability: 'x'.repeat(257) }],
    ['has an approver that is no string', { capability: 'Edit', approver: 7 }],
    ['has an approver too long to keep', { capability: 'Edit', approver: 'x'.repeat(257) }],
    ['ends at a time that cannot be read', { capability: 'Edit', expires_at: 'tomorrow' }],
    ['ends at half a millisecond', { capability: 'Edit', expires_at: T0 + 0.5 }],
    ['ends at an object', { capability: 'Edit', expires_at: { at: T0 } }],
    ['has ended already', { capability: 'Edit', expires_at: T0 }],
  ])('grants nothing by an approval that %s', (_, approval) => {
    expect(factsOf([grant(approval), call()]).approvals).toEqual([]);
  });

  it('grants the good ones beside a malformed one', () => {
    const mixed = control('approval', { approvals: [{ operation: 7 }, 'Edit'] });
    expect(factsOf([mixed, call()]).approvals).toMatchObject([{ capability: 'Edit' }]);
  });

  it('keeps the latest 64 approvals', () => {
    const many = Array.from({ length: 70 }, (_, n) => grant(`c${n}`));
    const { approvals } = sessionAfter([...many, call()]);
    expect(approvals).toHaveLength(64);
    expect(approvals[0]).toMatchObject({ capability: 'c6' });
  });
});

describe('an approval with an end', () => {
  const untilThree = grant({ capability: 'Edit', expires_at: T0 + 3000 });
  const at = (ms: number) => step({ occurred_at: T0 + ms });

  it('holds until the session’s clock has reached it', () => {
    expect(factsOf([untilThree, at(2999)]).approvals).toHaveLength(1);
    expect(factsOf([untilThree, at(3000)]).approvals).toHaveLength(0);
  });

  it('has ended for a late event too: the clock never goes back', () => {
    expect(factsOf([untilThree, at(3000), at(1000)]).approvals).toHaveLength(0);
  });

  it('cannot be granted again by an event dated before its end', () => {
    expect(factsOf([at(5000), untilThree]).approvals).toHaveLength(0);
  });

  it('does not come back with a reset dated before its end', () => {
    const reset = control('session_reset', {
      occurred_at: T0,
      approvals: [{ capability: 'Edit', expires_at: T0 + 3000 }],
    });
    expect(factsOf([at(5000), reset]).approvals).toHaveLength(0);
  });
});
