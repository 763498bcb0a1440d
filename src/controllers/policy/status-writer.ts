/** The status that an object should have. */
export interface DesiredStatus {
  readonly name: string;
  /** The object has this status already. */
  readonly isStored: boolean;
  /** Equal for statuses with the same content. */
  readonly content: string;
  readonly write: () => Promise<void>;
}

export interface StatusWriterNeeds {
  /** The desired status of every object. */
  readonly desired: () => readonly DesiredStatus[];
  /** True if another client was first. Its write arrives as a change, which wakes the writer again. */
  readonly isConflict: (error: unknown) => boolean;
  /** Called when the first write fails, and with undefined when writes succeed again. */
  readonly onError: (error: unknown) => void;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Resolves after the delay, or when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

export interface StatusWriter {
  /** The desired statuses may have changed. */
  readonly wake: () => void;
}

/** A burst of changes is one round. One of two replicas is first, so the other finds the status already written. */
const DEBOUNCE_MS = 200;
/** The backoff after a failure. It doubles on each failure. */
const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;

/**
 * Writes the desired statuses, one at a time, until the signal aborts. Each replica writes the same content of an
 * object only once. During an upgrade two replicas may want different contents, and so they don't overwrite each other
 * without end.
 */
export function statusWriter(needs: StatusWriterNeeds, signal: AbortSignal): StatusWriter {
  const written = new Map<string, string>();
  let isPending = false;
  let isRunning = false;
  let failures = 0;

  async function run(): Promise<void> {
    while (isPending && !signal.aborted) {
      await needs.sleep(failures === 0 ? DEBOUNCE_MS * (1 + needs.random()) : backoff(failures), signal);
      isPending = false;
      try {
        for (const one of unwritten()) {
          if (signal.aborted) break;
          await writeOne(one);
        }
      } catch (error) {
        if (failures === 0) needs.onError(error);
        failures += 1;
        isPending = true;
      }
    }
    isRunning = false;
  }

  function unwritten(): readonly DesiredStatus[] {
    const desired = needs.desired();
    const names = new Set(desired.map(({ name }) => name));
    for (const name of written.keys()) if (!names.has(name)) written.delete(name);
    return desired.filter(({ name, content, isStored }) => !isStored && written.get(name) !== content);
  }

  async function writeOne({ name, content, write }: DesiredStatus): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (needs.isConflict(error)) return;
      throw error;
    }
    written.set(name, content);
    recovered();
  }

  function recovered(): void {
    if (failures > 0) needs.onError(undefined);
    failures = 0;
  }

  return {
    wake: () => {
      isPending = true;
      if (isRunning) return;
      isRunning = true;
      void run();
    },
  };
}

const backoff = (failures: number): number => Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (failures - 1));
