import type { Secret } from '../../secret/secret.ts';
import type { EngineContext } from './decision.ts';

/**
 * Real Secrets have at most a few thousand keys.
 *
 * @internal Exported for tests.
 */
export const MAX_KEYS = 10_000;

/**
 * The limit for names and values together: etcd takes no larger request by default (`--max-request-bytes`).
 *
 * @internal Exported for tests.
 */
export const MAX_BYTES = 1.5 * 1024 * 1024;

/**
 * Ten thousand good keys take half of this CPU time. All other reviews wait, because a process validates one Secret at
 * a time.
 *
 * @internal Exported for tests.
 */
export const MAX_CPU_MS = 250;

/**
 * Work is counted in units. The clock is read after this many, because a read costs as much as the validation of a
 * short value.
 */
const UNITS_PER_CLOCK_CHECK = 64;
const BYTES_PER_UNIT = 512;

/** The limits of one validation. */
export interface Budget {
  /**
   * Called before each piece of work. `bytes` is the size of its input. Throws the error that `withinBudget` catches.
   */
  readonly spend: (bytes?: number) => void;
}

/** A context with a running budget. */
export interface BudgetedContext extends EngineContext {
  readonly budget: Budget;
}

/** Ends the work from any depth. Only this file uses it. */
class BudgetExceeded extends Error {
  readonly limit: string;

  constructor(limit: string) {
    super(limit);
    this.limit = limit;
  }
}

/**
 * Does the work within one budget. `otherwise` returns the result for an exceeded budget, from the name of the limit:
 * "it has more than 10,000 keys". A running budget applies to the whole work, and the function that started it answers.
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

export const exceedsLimits = (secret: Pick<Secret, 'data'>): boolean => sizeLimit(secret) !== undefined;

/** Checked before any value is read. */
function sizeLimit({ data }: Pick<Secret, 'data'>): string | undefined {
  if (data.size > MAX_KEYS) return `it has more than ${MAX_KEYS.toLocaleString('en')} keys`;
  let bytes = 0;
  data.forEach((value, key) => {
    bytes += key.length + value.size;
  });
  return bytes > MAX_BYTES ? `it has more than ${MAX_BYTES / 1024 / 1024} MiB` : undefined;
}

function cpuBudget(cpu: EngineContext['cpu']): Budget {
  let end: number | undefined;
  let units = UNITS_PER_CLOCK_CHECK;
  return {
    spend: (bytes = 0) => {
      units -= 1 + bytes / BYTES_PER_UNIT;
      if (units > 0) return;
      units = UNITS_PER_CLOCK_CHECK;
      const now = cpu();
      end ??= now + MAX_CPU_MS;
      if (now > end) throw new BudgetExceeded(`validating it takes more than ${MAX_CPU_MS} ms of CPU time`);
    },
  };
}
