import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReplayFlags } from '../../src/cli/replay-flags.ts';
import { planReplay } from '../../src/cli/replay-plan.ts';
import { loadPolicyConfig } from '../../src/config/load-config.ts';
import { temporaryDirectory } from '../files/temporary-directory.ts';

const CONFIG = `
topics: { events: [calls, steps], control: control, decisions: decisions, audit: audit }
policies: [{ name: egress, inspector: egress }]
`;
const ALL = ['calls', 'steps', 'control', 'decisions', 'audit'];

async function planned(named: readonly string[], flags: Partial<ReplayFlags> = {}, present: readonly string[] = ALL) {
  const path = join(temporaryDirectory(), 'tollgate.yaml');
  writeFileSync(path, CONFIG);
  const config = loadPolicyConfig(path, {});
  return await planReplay(named, { config: '', ...flags }, config, async ({ inputs, beside }) => {
    const asked = [...inputs, ...beside];
    return { present: new Set(present.filter((topic) => asked.includes(topic))), partitions: 4 };
  });
}

describe('the plan of a replay of topics', () => {
  it('is what a live run reads, with control, audit and decisions', async () => {
    const plan = await planned(['calls', 'steps']);
    expect(plan.topics).toEqual({ events: ['calls', 'steps'], control: 'control', audit: 'audit' });
    expect(plan.inputs).toEqual(['calls', 'steps', 'control']);
    expect(plan.recorded).toEqual({ kind: 'topic', topic: 'decisions' });
    expect([plan.chosen, plan.leftOut]).toEqual([[0, 1, 2, 3], []]);
  });

  it('finds the ends of inputs before that of the audit topic, which then names all that was judged', async () => {
    const { opened } = await planned(['calls']);
    expect(opened.map(({ topic, end }) => `${topic} ${end}`)).toEqual([
      'calls last_stable',
      'control last_stable',
      'audit high_watermark',
      'decisions high_watermark',
    ]);
  });

  it.each([
    ['a topic that is no events topic', ['other'], {}, [...ALL, 'other'], undefined],
    ['--no-control', ['calls', 'steps'], { control: false }, ALL, undefined],
    ['no control topic', ['calls', 'steps'], {}, ['calls', 'steps'], undefined],
    ['the control topic, when it is named', ['control'], {}, ALL, 'control'],
  ] as const)('goes without control, or with it, for %s', async (_, named, flags, present, control) => {
    expect((await planned(named, flags, present)).topics.control).toBe(control);
  });

  it('goes without audit and decisions where they are not there', async () => {
    const plan = await planned(['calls'], {}, ['calls']);
    expect([plan.topics.audit, plan.recorded.kind]).toEqual([undefined, 'none']);
  });

  it('names the events topics that it leaves out', async () => {
    expect((await planned(['calls'])).leftOut).toEqual(['steps']);
    expect((await planned(['other'], {}, ['other'])).leftOut).toEqual([]);
  });

  it('takes the partitions that were asked for, in their order', async () => {
    expect((await planned(['calls'], { partitions: [3, 1, 3] })).chosen).toEqual([1, 3]);
    await expect(planned(['calls'], { partitions: [4] })).rejects.toMatchObject({ code: 'usage' });
  });

  it('takes recorded verdicts from where it is told to', async () => {
    expect((await planned(['calls'], { recorded: 'old.ndjson' })).recorded).toEqual({
      kind: 'file',
      path: 'old.ndjson',
    });
    const present = [...ALL, 'old'];
    expect((await planned(['calls'], { recorded: 'kafka:old' }, present)).recorded).toEqual({
      kind: 'topic',
      topic: 'old',
    });
    await expect(planned(['calls'], { recorded: 'kafka:a,b' })).rejects.toMatchObject({ code: 'usage' });
  });
});
