import { type FSWatcher, watch } from 'node:fs';

/** Tells when input may have grown. It may tell too often; it may not miss a change for good. */
export interface Changes {
  /** Calls `onChange` from now on, until the returned function is called. */
  watch(paths: readonly string[], onChange: () => void): () => void;
}

/**
 * Changes as the file system reports them, and every `pollMs` in any case: reports are missing on network file systems
 * and in some containers.
 */
export function diskChanges(pollMs: number): Changes {
  return {
    watch(paths, onChange) {
      const watchers = paths.map((path) => tryWatch(path, onChange));
      const timer = setInterval(onChange, pollMs);
      return () => {
        clearInterval(timer);
        for (const watcher of watchers) watcher?.close();
      };
    },
  };
}

/** A watcher is only an accelerator: where it cannot be had or breaks, polling is enough. */
function tryWatch(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, () => onChange());
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
