import type { Problem } from './schema/problem.ts';

/**
 * The cost of compiling a policy and of keeping it. It follows from the text of the policy alone. So each replica and
 * each command line gives the same answer, on a fast machine and on a slow one.
 */
export interface PolicyCost {
  /** One step takes at most 15 ns of CPU time on a machine like that of benchmarks.md. */
  readonly steps: number;
  /** Memory while the policy is in effect. */
  readonly bytes: number;
}

const STEPS_PER_MS = 66_667;
const MIB = 1024 * 1024;

/** 100 ms of CPU time, in which a pod answers no review. */
const MAX_OF_ONE: PolicyCost = { steps: 100 * STEPS_PER_MS, bytes: 4 * MIB };
/** 5 s of CPU time at the start of a pod, and an eighth of its memory. */
const MAX_OF_ALL: PolicyCost = { steps: 5000 * STEPS_PER_MS, bytes: 64 * MIB };

export const NO_COST: PolicyCost = { steps: 0, bytes: 0 };

export const sumOf = (a: PolicyCost, b: PolicyCost): PolicyCost => ({
  steps: a.steps + b.steps,
  bytes: a.bytes + b.bytes,
});

const exceeds = (cost: PolicyCost, limit: PolicyCost): boolean =>
  cost.steps > limit.steps || cost.bytes > limit.bytes;

/** Whether policies with this cost in all can be in effect together. */
export const fitTogether = (total: PolicyCost): boolean => !exceeds(total, MAX_OF_ALL);

export const isAtMost = (cost: PolicyCost, other: PolicyCost): boolean => !exceeds(cost, other);

/** The problem of a policy that is valid alone. */
export const TOO_COSTLY_TOGETHER: Problem = {
  path: ['spec'],
  message:
    'is too costly together with the other policies: shorten its patterns and rules, or delete a policy that nobody needs',
};

/** Charges one part of a policy before the work is done. Throws an error that `isTooCostly` knows. */
export type Spend = (steps: number, bytes?: number) => void;

export const SPEND_NOTHING: Spend = () => {};

/** Ends the compilation of a policy. */
class TooCostly extends Error {
  override readonly name = 'TooCostly';
  readonly problem: Problem;

  constructor(path: Problem['path']) {
    super('the policy is too costly');
    this.problem = {
      path,
      message: 'is too costly, together with the fields before it: split it into several policies',
    };
  }
}

/** By its name: a library that is loaded apart holds its own copy of the class. */
export const isTooCostly = (error: unknown): error is TooCostly =>
  error instanceof Error && error.name === 'TooCostly';

export class PolicyBudget {
  #spent = NO_COST;

  get spent(): PolicyCost {
    return this.#spent;
  }

  /** `path` is the field that the budget may end at. */
  for(path: Problem['path']): Spend {
    return (steps, bytes = 0) => {
      this.#spent = sumOf(this.#spent, { steps, bytes });
      if (exceeds(this.#spent, MAX_OF_ONE)) throw new TooCostly(path);
    };
  }
}
