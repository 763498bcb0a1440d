/** A status that an object should have. */
export interface DesiredStatus {
  readonly name: string;
  /** It has it. */
  readonly isStored: boolean;
  /** Text that is the same where the same is said. */
  readonly content: string;
  readonly write: () => Promise<void>;
}

export interface StatusWriterNeeds {
  /** That of every object there is. */
  readonly desired: () => readonly DesiredStatus[];
  /** Whether it was only that somebody else was first: then that is seen as a change, and asked for again. */
  readonly isConflict: (error: unknown) => boolean;
  /** Called where it begins to fail, and, with undefined, where it works again. */
  readonly onError: (error: unknown) => void;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Resolves after that many milliseconds, or when the signal comes. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

export interface StatusWriter {
  /** Something may have changed. */
  readonly wake: () => void;
}

/** A burst of changes is one round; and of two replicas one is first, so that the other finds it written. Milliseconds. */
const DEBOUNCE_MS = 200;
/** After a failure: twice as long each time. Milliseconds. */
const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;

/**
 * Writes what is wanted, one after the other, until the signal comes. Each replica says the same thing of the same object once: where another one says
 * something else, as it may while an upgrade is under way, the two don't write against each other without end.
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
