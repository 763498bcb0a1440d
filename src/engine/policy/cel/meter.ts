/**
 * One step takes about 15 ns, so a rule ends within a millisecond. In this time it searches a value of 28,000
 * characters once, or asks a condition of ten operations of a thousand keys.
 */
const MAX_STEPS = 65_536;

/** Reasons for which a rule has no answer. None of them holds a value. */
export type RuleFault =
  | 'it takes too long for this Secret'
  | 'it reads a value that is no text'
  | 'it reads a key that the Secret does not hold'
  | 'its pattern is asked of a value that is too long'
  | 'it has no answer for this value';

/** Thrown to leave a function. It is one object, because the stack of a new one takes longer than most rules. */
const ENDED = new Error('the rule has ended');

/**
 * The steps of one evaluation, and the reason for which it has no answer. CEL absorbs an error next to `true ||` and
 * in a loop, so the meter keeps the fault.
 */
export class Meter {
  steps = 0;
  fault: RuleFault | undefined;

  spend(steps: number): void {
    this.steps += steps;
    if (this.steps > MAX_STEPS) this.end('it takes too long for this Secret');
  }

  end(fault: RuleFault): never {
    this.fault ??= fault;
    throw ENDED;
  }

  /** The result of the work, or `otherwise` once there is a fault. The answer of the rule then counts no more. */
  run<Result>(work: () => Result, otherwise: Result): Result {
    if (this.fault !== undefined) return otherwise;
    try {
      return work();
    } catch (error) {
      if (error !== ENDED) throw error;
      return otherwise;
    }
  }
}
