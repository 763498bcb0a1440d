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

/** Ends a rule. CEL absorbs an error next to `true ||`, so the meter keeps the fault. */
class RuleEnded extends Error {}

/** The steps of one evaluation. */
export class Meter {
  #steps = 0;
  fault: RuleFault | undefined;

  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) this.end('it takes too long for this Secret');
  }

  end(fault: RuleFault): never {
    this.fault ??= fault;
    throw new RuleEnded(fault);
  }
}
