import type { Secret } from '../secret/secret.ts';
import type { EngineContext } from './decision.ts';

/**
 * Real Secrets have some thousand keys at the most.
 *
 * @internal Exported for tests.
 */
export const MAX_KEYS = 10_000;

/**
 * The most bytes of names and values together: etcd takes no larger request by default (`--max-request-bytes`).
 *
 * @internal Exported for tests.
 */
export const MAX_BYTES = 1.5 * 1024 * 1024;

/**
 * Ten thousand good keys take half of it. Everybody else waits meanwhile, because a process judges one Secret at a time. Milliseconds of CPU time.
 *
 * @internal Exported for tests.
 */
export const MAX_CPU_MS = 250;

/** Work is counted in units, and the clock is read after so many: it costs as much as judging a short value. */
const UNITS_PER_CLOCK_CHECK = 64;
const BYTES_PER_UNIT = 512;

/** The limits of one judgement. */
export interface Budget {
  /** Called before each piece of work; `bytes`: of what is to be looked at. Throws what `withinBudget` catches. */
  readonly spend: (bytes?: number) => void;
}

/** Surroundings in which a budget is running. */
export interface BudgetedContext extends EngineContext {
  readonly budget: Budget;
}

/** Leaves the work, from whatever depth. No file but this one sees it. */
class BudgetExceeded extends Error {
  readonly limit: string;

  constructor(limit: string) {
    super(limit);
    this.limit = limit;
  }
}

/**
 * Does the work within one budget for all of it; `otherwise` says what holds where that is not enough, and is told which limit was passed: "it has
 * more than 10,000 keys". A budget that is running already is that of the whole, and the function that began it answers.
 */
export function withinBudget<Result>(
  secret: Pick<Secret, 'data'>,
  context: EngineContext | BudgetedContext,
  work: (around: BudgetedContext) => Result,
  onExceeded: (limit: string) => Result,
): Result {
  if ('budget' in context) return work(context);
  const size = sizeLimit(secret);
  if (size !== undefined) return onExceeded(size);
  try {
    return work({ ...context, budget: cpuBudget(context.cpu) });
  } catch (error) {
    if (error instanceof BudgetExceeded) return onExceeded(error.limit);
    throw error;
  }
}

/** Decided before any value is looked at. */
function sizeLimit({ data }: Pick<Secret, 'data'>): string | undefined {
  if (data.size > MAX_KEYS) return `it has more than ${MAX_KEYS.toLocaleString('en')} keys`;
  let bytes = 0;
  for (const [key, value] of data) bytes += key.length + value.size;
  return bytes > MAX_BYTES ? `it has more than ${MAX_BYTES / 1024 / 1024} MiB` : undefined;
}

function cpuBudget(cpu: EngineContext['cpu']): Budget {
  const end = cpu() + MAX_CPU_MS;
  let units = UNITS_PER_CLOCK_CHECK;
  return {
    spend: (bytes = 0) => {
      units -= 1 + bytes / BYTES_PER_UNIT;
      if (units > 0) return;
      units = UNITS_PER_CLOCK_CHECK;
      if (cpu() > end) throw new BudgetExceeded(`judging it takes more than ${MAX_CPU_MS} ms of CPU time`);
    },
  };
}
