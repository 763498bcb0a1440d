export interface DueNeeds {
  /** What is in force; another object where it is another. */
  readonly policies: () => unknown;
  /** What was in force when the last sweep was begun. */
  readonly swept: unknown;
  /** Milliseconds: no sooner, whatever changes, and no later. */
  readonly least: number;
  readonly most: number;
  /** Of a clock that only goes forward. Milliseconds. */
  readonly now: () => number;
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** Between two looks at whether the policies are others. Milliseconds. */
const LOOK = 500;

/** Resolves when it is time, or when the policies are others than those of the sweep and have been the same for a moment; or with the signal. */
export async function untilDue(needs: DueNeeds, signal: AbortSignal): Promise<void> {
  const { policies, swept, least, most, now, pause } = needs;
  const begun = now();
  let last = policies();
  while (now() - begun < most && !signal.aborted) {
    await pause(Math.min(LOOK, most - (now() - begun)), signal);
    const current = policies();
    if (current !== swept && current === last && now() - begun >= least) return;
    last = current;
  }
}
