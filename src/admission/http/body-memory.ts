/** Up to this size a body is never refused for want of room. A usual review has 2 to 6 KiB. Bytes. */
export const SMALL_BODY = 64 * 1024;

/** For all large bodies of the process together, up to the end of their answers: three of the largest, or 13 updates of a Secret of 1 MiB. Bytes. */
const FOR_LARGE = 64 * 1024 * 1024;

/** For all bodies that are small as yet, those that wait for room among them. A whole one is answered at once, so only senders that stall meet it. Bytes. */
const FOR_SMALL = 32 * 1024 * 1024;

/** A large body may keep its room that long where others wait for it; a transfer inside a cluster takes a tenth. Milliseconds. */
const PATIENCE = 1000;

/** The memory that the bodies of a process may take together. Small ones always get in; large ones wait for their turn, the smaller first. */
export interface BodyRoom {
  /** A body begins. `refuse` is called where its memory is needed for others. */
  readonly enter: (refuse: () => void) => Place;
}

/** The share of one body. */
export interface Place {
  /** So many bytes in all, while it is small. */
  readonly hold: (bytes: number) => void;
  /** Calls `granted` as soon as there is room for so many bytes, perhaps at once. */
  readonly enlarge: (bytes: number, granted: () => void) => void;
  readonly leave: () => void;
}

interface Occupant {
  readonly refuse: () => void;
  small: number;
  large: number;
  granted: (() => void) | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** The figures are given by tests alone. */
export function bodyRoom(forLarge = FOR_LARGE, forSmall = FOR_SMALL, patience = PATIENCE): BodyRoom {
  /** The oldest first, as in all sets here. */
  const small = new Set<Occupant>();
  const waiting = new Set<Occupant>();
  const overdue = new Set<Occupant>();
  let smallBytes = 0;
  let largeBytes = 0;

  function holdSmall(one: Occupant, bytes: number): void {
    smallBytes += bytes - one.small;
    one.small = bytes;
    if (bytes === 0) small.delete(one);
    else small.add(one);
  }

  function leave(one: Occupant): void {
    if (forget(one)) letIn();
  }

  /** Says whether room became free. */
  function forget(one: Occupant): boolean {
    const held = one.granted === undefined ? one.large : 0;
    clearTimeout(one.timer);
    holdSmall(one, 0);
    waiting.delete(one);
    overdue.delete(one);
    largeBytes -= held;
    one.large = 0;
    one.granted = undefined;
    return held > 0;
  }

  /** Large ones first, then those that stall longest. */
  function makeSmallRoom(): void {
    while (smallBytes > forSmall) {
      const [victim = first(small)] = waiting;
      if (victim === undefined) return;
      evict(victim);
    }
  }

  function letIn(): void {
    for (let next = smallest(waiting); next !== undefined; next = smallest(waiting)) {
      if (largeBytes + next.large <= forLarge) {
        grant(next);
        continue;
      }
      const late = first(overdue);
      if (late === undefined) return;
      evict(late);
    }
  }

  function grant(one: Occupant): void {
    const { granted } = one;
    waiting.delete(one);
    holdSmall(one, 0);
    largeBytes += one.large;
    one.granted = undefined;
    one.timer = setTimeout(() => {
      overdue.add(one);
      letIn();
    }, patience);
    one.timer.unref();
    granted?.();
  }

  /** Forgotten before it hears of it, so that nothing of it is counted whatever it does then. */
  function evict(one: Occupant): void {
    forget(one);
    one.refuse();
  }

  return {
    enter: (refuse) => {
      const one: Occupant = { refuse, small: 0, large: 0, granted: undefined, timer: undefined };
      return {
        hold: (bytes) => {
          holdSmall(one, bytes);
          makeSmallRoom();
        },
        enlarge: (bytes, granted) => {
          one.large = bytes;
          one.granted = granted;
          waiting.add(one);
          letIn();
        },
        leave: () => leave(one),
      };
    },
  };
}

const first = (occupants: ReadonlySet<Occupant>): Occupant | undefined => {
  const [oldest] = occupants;
  return oldest;
};

function smallest(occupants: ReadonlySet<Occupant>): Occupant | undefined {
  let found: Occupant | undefined;
  for (const one of occupants) if (found === undefined || one.large < found.large) found = one;
  return found;
}
