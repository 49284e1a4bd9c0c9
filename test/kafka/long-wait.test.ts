import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tellingOfWait } from '../../src/kafka/long-wait.ts';

describe('a long wait', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is told of every half minute, until it ends', async () => {
    const told: number[] = [];
    let end: (value: string) => void = () => undefined;
    const work = new Promise<string>((resolve) => {
      end = resolve;
    });
    const waiting = tellingOfWait(work, (seconds) => told.push(seconds));
    vi.advanceTimersByTime(29_999);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(30_001);
    expect(told).toEqual([30, 60]);
    end('done');
    expect(await waiting).toBe('done');
    vi.advanceTimersByTime(120_000);
    expect(told).toEqual([30, 60]);
  });

  it('ends with the failure of what was waited for', async () => {
    await expect(tellingOfWait(Promise.reject(new Error('gone')), () => undefined)).rejects.toThrow('gone');
    expect(vi.getTimerCount()).toBe(0);
  });
});
