/** A wait of which nobody hears is taken for a program that hangs. */
const EVERY_MS = 30_000;

/** Calls `tell` with the seconds passed, every half minute while `work` is under way. Settles as `work` does. */
export async function tellingOfWait<T>(work: Promise<T>, tell: (seconds: number) => void): Promise<T> {
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += EVERY_MS / 1000;
    tell(seconds);
  }, EVERY_MS);
  timer.unref();
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
