import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { tollgate, workspace } from '../e2e/given.ts';
import { parsePrometheus, sampleOf } from './prometheus-text.ts';

const EVENTS = 5598;
const NO_TRIES_LEFT = 0;
const TRIES = 400;

/** A workspace whose run serves HTTP at this port, and logs where. */
function servedWorkspace(port: number): string {
  const dir = workspace();
  const path = join(dir, 'tollgate.yaml');
  const text = readFileSync(path, 'utf8').replace('level: warn', 'level: info');
  const lines = text.split('\n').filter((line) => !line.startsWith('http:'));
  writeFileSync(path, `http: { port: ${port} }\n${lines.join('\n')}`);
  return dir;
}

/** Starts `tollgate run`; resolves with the address that its log tells. */
async function served(dir: string) {
  const program = tollgate(dir, ['run']);
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    program.child.stderr.on('data', (chunk: Buffer) => {
      text += String(chunk);
      const found = /"url":"([^"]+)"/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    program.child.on('close', () => reject(new Error(text)));
  });
  return { ...program, url };
}

/** Asks again and again, as a prober does, until `isDone` says so. */
async function polled<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean, tries = TRIES): Promise<T> {
  const answer = await ask();
  if (isDone(answer)) return answer;
  if (tries === NO_TRIES_LEFT) throw new Error(`still ${JSON.stringify(answer)}`);
  await delay(50);
  return polled(ask, isDone, tries - 1);
}

async function metricsOf(url: string) {
  return parsePrometheus(await (await fetch(`${url}/metrics`)).text());
}

describe('tollgate run', () => {
  it('serves its state, its metrics and its policies while it follows its input', async () => {
    const { url, child, ended } = await served(servedWorkspace(0));
    await polled(
      async () => (await fetch(`${url}/readyz`)).status,
      (status) => status === 200,
    );
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    const sumOf = (families: Awaited<ReturnType<typeof metricsOf>>, name: string) =>
      (families.get(name)?.samples ?? []).reduce((sum, { value }) => sum + value, 0);
    const families = await polled(
      () => metricsOf(url),
      (current) => sumOf(current, 'tollgate_decisions_total') >= EVENTS,
    );
    expect(sumOf(families, 'tollgate_decisions_total')).toBe(EVENTS);
    expect(sumOf(families, 'tollgate_events_total')).toBe(EVENTS);
    expect(sampleOf(families, 'tollgate_batch_size_sum')).toBe(EVENTS);
    expect(sampleOf(families, 'tollgate_decision_latency_seconds_count')).toBe(EVENTS);
    expect(sampleOf(families, 'tollgate_sessions')).toBeGreaterThan(1);
    expect(sampleOf(families, 'tollgate_policy_eval_seconds_count', { policy: 'guard' })).toBeGreaterThan(0);
    const listing = (await (await fetch(`${url}/v1/policies`)).json()) as { readonly revision: string };
    expect(listing).toMatchObject({ policies: [{ name: 'egress' }, { name: 'repetition' }, { name: 'guard' }] });
    expect(sampleOf(families, 'tollgate_policy_revision_info', { revision: listing.revision })).toBe(1);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('ends with 2 and names the key when its port is taken', async () => {
    const first = await served(servedWorkspace(0));
    const { port } = new URL(first.url);
    const { code, err } = await tollgate(servedWorkspace(Number(port)), ['run']).ended;
    expect(code).toBe(2);
    expect(err).toContain('http.port');
    first.child.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 0 });
  });
});
