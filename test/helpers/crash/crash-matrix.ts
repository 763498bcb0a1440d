/** The end of one change of a login, whose process died after that many steps, as did the next process. */
export interface CrashTrial {
  /** The steps of each life, by name. */
  readonly lives: readonly (readonly string[])[];
  /** Faults of the final state, a sentence each. */
  readonly misses: readonly string[];
}

/**
 * Has a login changed; the process dies after the first number of steps, the one that takes over after the second, the
 * last one lives.
 */
export type CrashAttempt = (deaths: readonly number[]) => Promise<CrashTrial>;

interface MatrixRow {
  /** After which the first process died; none for a change that nothing disturbed. */
  readonly first: string;
  readonly single: CrashTrial;
  /** For each step of the process that took over. */
  readonly pairs: (CrashTrial & { readonly second: string })[];
}

export interface CrashMatrix {
  readonly table: string;
  readonly trials: number;
  /** `after A, then after B: SENTENCE` */
  readonly misses: readonly string[];
}

/**
 * Every step, and every pair of steps, at which a process may die. The second steps are known after the first death.
 * `workers` trials run at once, each on a login of its own. Without `pairs`, each step is tried alone. `only` chooses
 * among the first steps.
 */
export async function crashMatrix(
  title: string,
  workers: readonly CrashAttempt[],
  { pairs: withPairs = true, only = /^/ } = {},
): Promise<CrashMatrix> {
  const [first] = workers;
  if (first === undefined) throw new Error('nobody to try it');
  const undisturbed = await first([]);
  const attempts = workers.map(reportingErrors);
  const steps = undisturbed.lives[0] ?? [];
  const rows: MatrixRow[] = [{ first: 'nothing', single: undisturbed, pairs: [] }];
  type Task = (attempt: CrashAttempt) => Promise<void>;
  const work = async (tasks: readonly Task[]): Promise<void> => {
    const left = [...tasks];
    await Promise.all(
      attempts.map(async (attempt) => {
        for (let task = left.shift(); task !== undefined; task = left.shift()) await task(attempt);
      }),
    );
  };
  const pairs: Task[] = [];
  const chosen = [...steps.entries()].filter(([, name]) => only.test(name));
  const singles = chosen.map<Task>(([at, name]) => async (attempt) => {
    const single = await attempt([at + 1]);
    const row: MatrixRow = { first: `${at + 1} ${name}`, single, pairs: [] };
    rows[at + 1] = row;
    for (const [next, second] of (single.lives[1] ?? []).entries())
      pairs.push(async (attempt) => {
        const pair = await attempt([at + 1, next + 1]);
        row.pairs[next] = { ...pair, second: `${next + 1} ${second}` };
      });
  });
  await work(singles);
  if (withPairs) await work(pairs);
  // The steps that were not chosen have no row.
  const tried = rows.filter((row) => row !== undefined);
  const trials = tried.reduce((sum, { pairs }) => sum + 1 + pairs.length, 0);
  const misses = tried.flatMap(missesIn);
  return { table: tableOf(title, tried, trials, misses), trials, misses };
}

/** A trial that fails is one miss, and the rest of the matrix continues. */
const reportingErrors =
  (attempt: CrashAttempt): CrashAttempt =>
  async (deaths) => {
    try {
      return await attempt(deaths);
    } catch (error) {
      return { lives: [], misses: [error instanceof Error ? error.message : `${error}`] };
    }
  };

const missesIn = ({ first, single, pairs }: MatrixRow): readonly string[] => [
  ...single.misses.map((miss) => `after ${first}: ${miss}`),
  ...pairs.flatMap(({ second, misses }) =>
    misses.map((miss) => `after ${first}, then after ${second}: ${miss}`),
  ),
];

function tableOf(
  title: string,
  rows: readonly MatrixRow[],
  trials: number,
  misses: readonly string[],
): string {
  const wrong = rows
    .flatMap(({ single, pairs }) => [single, ...pairs])
    .filter((trial) => trial.misses.length > 0);
  const width = Math.max(...rows.map(({ first }) => first.length));
  const lines = rows.map(({ first, single, pairs }) => {
    const marks = pairs.map(markOf).join('');
    return `  ${first.padEnd(width)}  ${markOf(single)}  ${marks}`;
  });
  return [
    `${title}: ${trials - wrong.length} of ${trials} as they must be`,
    `  ${'died after'.padEnd(width)}  1  and whoever took over, after its 1st, 2nd, … step`,
    ...lines,
    ...misses.slice(0, 20),
  ].join('\n');
}

const markOf = ({ misses }: CrashTrial): string => (misses.length === 0 ? '+' : 'X');
