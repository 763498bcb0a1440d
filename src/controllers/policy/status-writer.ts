/** A status that an object should have. */
export interface Wanted {
  readonly name: string;
  /** It has it. */
  readonly isStored: boolean;
  /** Text that is the same where the same is said. */
  readonly gist: string;
  readonly write: () => Promise<void>;
}

export interface StatusWriterNeeds {
  /** That of every object there is. */
  readonly wanted: () => readonly Wanted[];
  /** Whether it was only that somebody else was first: then that is seen as a change, and asked for again. */
  readonly isConflict: (error: unknown) => boolean;
  /** Called where it begins to fail, and, with undefined, where it works again. */
  readonly failing: (error: unknown) => void;
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
const GATHER = 200;
/** After a failure: twice as long each time. Milliseconds. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;

/**
 * Writes what is wanted, one after the other, until the signal comes. Each replica says the same thing of the same object once: where another one says
 * something else, as it may while an upgrade is under way, the two don't write against each other without end.
 */
export function statusWriter(needs: StatusWriterNeeds, signal: AbortSignal): StatusWriter {
  const said = new Map<string, string>();
  let isAwake = false;
  let isRunning = false;
  let failures = 0;

  async function run(): Promise<void> {
    while (isAwake && !signal.aborted) {
      await needs.sleep(failures === 0 ? GATHER * (1 + needs.random()) : pauseAfter(failures), signal);
      isAwake = false;
      try {
        for (const one of unsaid()) {
          if (signal.aborted) break;
          await say(one);
        }
      } catch (error) {
        if (failures === 0) needs.failing(error);
        failures += 1;
        isAwake = true;
      }
    }
    isRunning = false;
  }

  function unsaid(): readonly Wanted[] {
    const wanted = needs.wanted();
    const names = new Set(wanted.map(({ name }) => name));
    for (const name of said.keys()) if (!names.has(name)) said.delete(name);
    return wanted.filter(({ name, gist, isStored }) => !isStored && said.get(name) !== gist);
  }

  async function say({ name, gist, write }: Wanted): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (needs.isConflict(error)) return;
      throw error;
    }
    said.set(name, gist);
    recovered();
  }

  function recovered(): void {
    if (failures > 0) needs.failing(undefined);
    failures = 0;
  }

  return {
    wake: () => {
      isAwake = true;
      if (isRunning) return;
      isRunning = true;
      void run();
    },
  };
}

const pauseAfter = (failures: number): number => Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
