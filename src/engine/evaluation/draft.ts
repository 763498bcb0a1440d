import type { Sensitive } from '../secret/sensitive.ts';
import type { Evaluation } from './evaluation.ts';
import type { KeyPlan } from './key-plan.ts';
import { keysOfLogins } from './login-key-names.ts';

/**
 * An evaluation while a step writes it, one key at a time. `evaluation` has all writes so far. The next write makes
 * another one, and never changes one that somebody holds.
 */
export class Draft {
  #evaluation: Evaluation;
  #log: WriteLog | undefined;

  constructor(evaluation: Evaluation) {
    this.#evaluation = evaluation;
  }

  get evaluation(): Evaluation {
    return this.#evaluation;
  }

  write(key: string, value: Sensitive): void {
    this.#log ??= new WriteLog(this.#evaluation.data);
    const isBeside = isBesideOthers(this.#evaluation.plan, key);
    this.#evaluation = {
      ...this.#evaluation,
      data: this.#log.write(key, value),
      facts: [],
      ...(isBeside ? {} : { lastingFacts: [], hasLastingFacts: false }),
    };
  }

  /** The evaluation after the last write, with a Map of its own. The same object if nothing was written. */
  freeze(): Evaluation {
    if (this.#log === undefined) return this.#evaluation;
    return { ...this.#evaluation, data: this.#log.copy(), facts: [] };
  }
}

/** No verdict on another key depends on this one: it is derived, and no user or database of a login. */
const isBesideOthers = (plan: KeyPlan, key: string): boolean =>
  plan.managedKeys.get(key)?.entry.derive !== undefined &&
  !plan.loginKeys.includes(key) &&
  !keysOfLogins(plan).includes(key);

interface Write {
  readonly number: number;
  readonly value: Sensitive;
}

/** All writes of a draft. It only grows, so each state of the data is a number of writes. No write copies the data. */
class WriteLog {
  readonly #before: Evaluation['data'];
  readonly #writes = new Map<string, Write[]>();
  #length = 0;

  constructor(before: Evaluation['data']) {
    this.#before = before;
  }

  write(key: string, value: Sensitive): Evaluation['data'] {
    this.#length += 1;
    const write = { number: this.#length, value };
    const earlier = this.#writes.get(key);
    if (earlier === undefined) this.#writes.set(key, [write]);
    else earlier.push(write);
    return new LoggedData(this, this.#length);
  }

  /** The value of a key after this number of writes. */
  get(key: string, length: number): Sensitive | undefined {
    const write = this.#writes.get(key)?.findLast(({ number }) => number <= length);
    return write === undefined ? this.#before.get(key) : write.value;
  }

  copy(length = this.#length): Evaluation['data'] {
    const copy = new Map(this.#before);
    for (const key of this.#writes.keys()) {
      const value = this.get(key, length);
      if (value !== undefined) copy.set(key, value);
    }
    return copy;
  }
}

/** The data after a number of writes. Steps read single keys. A Map is made only for code that reads all of them. */
class LoggedData implements ReadonlyMap<string, Sensitive> {
  readonly #log: WriteLog;
  readonly #length: number;
  #copy: ReadonlyMap<string, Sensitive> | undefined;

  constructor(log: WriteLog, length: number) {
    this.#log = log;
    this.#length = length;
  }

  get(key: string): Sensitive | undefined {
    return this.#log.get(key, this.#length);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  get size(): number {
    return this.#all.size;
  }

  entries() {
    return this.#all.entries();
  }

  keys() {
    return this.#all.keys();
  }

  values() {
    return this.#all.values();
  }

  [Symbol.iterator]() {
    return this.#all.entries();
  }

  forEach(visit: (value: Sensitive, key: string, data: ReadonlyMap<string, Sensitive>) => void): void {
    for (const [key, value] of this.#all) visit(value, key, this);
  }

  get #all(): ReadonlyMap<string, Sensitive> {
    this.#copy ??= this.#log.copy(this.#length);
    return this.#copy;
  }
}
