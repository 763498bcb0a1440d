import type { Sensitive } from '../../secret/sensitive.ts';
import type { Evaluation } from './evaluation.ts';
import type { KeyPlan } from './key-plan.ts';
import { keysOfLogins } from './login-key-names.ts';

/**
 * An evaluation while a step writes it, one key at a time. `evaluation` has all writes so far. The data is copied once,
 * so the evaluation of a draft is only valid until the next write.
 */
export class Draft {
  #evaluation: Evaluation;
  #data: Map<string, Sensitive> | undefined;

  constructor(evaluation: Evaluation) {
    this.#evaluation = evaluation;
  }

  get evaluation(): Evaluation {
    return this.#evaluation;
  }

  write(key: string, value: Sensitive): void {
    this.#data ??= new Map(this.#evaluation.data);
    this.#data.set(key, value);
    const isBeside = isBesideOthers(this.#evaluation.plan, key);
    this.#evaluation = {
      ...this.#evaluation,
      data: this.#data,
      facts: [],
      ...(isBeside ? {} : { lastingFacts: [], hasLastingFacts: false }),
    };
  }
}

/** No verdict on another key depends on this one: it is derived, and no user or database of a login. */
const isBesideOthers = (plan: KeyPlan, key: string): boolean =>
  plan.managedKeys.get(key)?.entry.derive !== undefined &&
  !plan.loginKeys.includes(key) &&
  !keysOfLogins(plan).includes(key);
