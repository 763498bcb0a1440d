/** What became of the writes that began in one phase. */
export interface LoadTally {
  readonly writes: number;
  /** How many ended in each other way than as they should, by what was said. */
  readonly failures: ReadonlyMap<string, number>;
  /** Of one write, milliseconds. */
  readonly slowest: number;
}

/** Writers that go on until they are stopped, each with one write under way. */
export interface Load {
  /** Writes that begin from now on are counted apart. */
  phase(name: string): void;
  /** Of the phase's writes that have ended. */
  tally(phase: string): LoadTally;
  /** Resolves when the writes under way have ended. Rejects where a writer itself had a fault. */
  stop(): Promise<void>;
}

/** One write. Resolves with what went wrong, or with undefined where it went as it should. */
export type Write = (writer: number, round: number) => Promise<string | undefined>;

interface LoadCounts {
  writes: number;
  failures: Map<string, number>;
  slowest: number;
}

export function startLoad(writers: number, write: Write): Load {
  const tallies = new Map<string, LoadCounts>();
  const tallyOf = (name: string): LoadCounts => {
    const tally = tallies.get(name) ?? { writes: 0, failures: new Map(), slowest: 0 };
    tallies.set(name, tally);
    return tally;
  };
  let phase = 'start';
  let stopped = false;

  async function run(writer: number): Promise<void> {
    for (let round = 0; !stopped; round += 1) {
      const tally = tallyOf(phase);
      const began = performance.now();
      const failure = await write(writer, round);
      tally.writes += 1;
      tally.slowest = Math.max(tally.slowest, performance.now() - began);
      if (failure !== undefined) tally.failures.set(failure, (tally.failures.get(failure) ?? 0) + 1);
    }
  }
  const running = Promise.all(Array.from({ length: writers }, (_, writer) => run(writer)));
  // Whoever stops it is told; until then a fault must not end the process.
  running.catch(() => {});

  return {
    phase: (name) => {
      phase = name;
    },
    tally: tallyOf,
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}
