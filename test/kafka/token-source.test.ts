import { describe, expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import type { IssuedToken } from '../../src/kafka/token-endpoint.ts';
import { TokenSource } from '../../src/kafka/token-source.ts';
import { recordedLog } from './security/recorded-log.ts';

const LIFETIME_MS = 100_000;
const DOWN = new TollgateError('broker_unreachable', 'down', { retryable: true });

/** A source whose clock and endpoint the test has in its hand. */
function given() {
  const { logger, lines } = recordedLog();
  const world = { nowMs: 0, asked: 0, answer: undefined as TollgateError | undefined };
  const request = async (): Promise<IssuedToken> => {
    world.asked++;
    if (world.answer !== undefined) throw world.answer;
    return { value: `token-${world.asked}`, lifetimeMs: LIFETIME_MS };
  };
  return { source: new TokenSource({ request, logger, nowMs: () => world.nowMs }), world, lines };
}

describe('the token that brokers are logged in at with', () => {
  it('is asked for once by all who need it at the same time, and kept', async () => {
    const { source, world } = given();
    const tokens = await Promise.all([source.token(), source.token(), source.token()]);
    expect(tokens).toEqual(tokens.map(() => ({ value: 'token-1', isFresh: true })));
    expect(await source.token()).toEqual({ value: 'token-1', isFresh: false });
    expect(world.asked).toBe(1);
  });

  it('is replaced before it is over, without anybody waiting for that', async () => {
    const { source, world } = given();
    await source.token();
    world.nowMs = LIFETIME_MS * 0.79;
    await source.token();
    expect(world.asked).toBe(1);
    world.nowMs = LIFETIME_MS * 0.81;
    expect((await source.token()).value).toBe('token-1');
    await expect.poll(async () => (await source.token()).value).toBe('token-2');
    expect(world.asked).toBe(2);
  });

  it('stays in use while it is good and no other can be had, with a warning; then the failure is told', async () => {
    const { source, world, lines } = given();
    await source.token();
    world.answer = new TollgateError('broker_refused', 'no');
    world.nowMs = LIFETIME_MS * 0.9;
    expect((await source.token()).value).toBe('token-1');
    await expect.poll(() => lines.map(({ level }) => level)).toEqual(['warn']);
    expect((await source.token()).value).toBe('token-1');
    expect(world.asked).toBe(2);
    world.nowMs = LIFETIME_MS;
    await expect(source.token()).rejects.toBe(world.answer);
  });

  it('is asked for three times at most when the endpoint is down, and once when it refuses', async () => {
    const { source, world } = given();
    world.answer = DOWN;
    await expect(source.token()).rejects.toBe(DOWN);
    expect(world.asked).toBe(3);
    world.answer = new TollgateError('broker_refused', 'no');
    await expect(source.token()).rejects.toBe(world.answer);
    expect(world.asked).toBe(4);
  });

  it('is asked for anew after brokers refused it, but not after they refused a former one', async () => {
    const { source, world } = given();
    await source.token();
    source.refuse('another');
    expect((await source.token()).isFresh).toBe(false);
    source.refuse('token-1');
    expect(await source.token()).toEqual({ value: 'token-2', isFresh: true });
    expect(world.asked).toBe(2);
  });
});
