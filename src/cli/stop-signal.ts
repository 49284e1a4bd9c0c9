/** A signal that aborts when the process is asked to stop, by SIGTERM or SIGINT. A second one ends it at once. */
export function stopSignal(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(SIGNAL_EXIT + (name === 'SIGINT' ? SIGINT : SIGTERM));
    controller.abort();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGTERM', stop);
      process.off('SIGINT', stop);
    },
  };
}

const SIGNAL_EXIT = 128;
const SIGINT = 2;
const SIGTERM = 15;
