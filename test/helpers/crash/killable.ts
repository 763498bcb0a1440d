/** The error of every call of a dead process. */
class ProcessDied extends Error {
  constructor(last: string) {
    super(`died after ${last}`);
  }
}

export interface KillableProcess<Needs> {
  /** The same functions, for as long as this process lives. */
  readonly needs: Needs;
  /** The executed steps, by name. */
  readonly steps: readonly string[];
  readonly isDead: () => boolean;
}

export interface KillPoint {
  /**
   * A word for the change that an executed call made outside. Undefined if it changed nothing. The name is
   * `group.function`.
   */
  readonly step: (name: string, args: readonly unknown[], result: unknown) => string | undefined;
  /** Dies after this number of steps, before the result of the last one arrives. */
  readonly after: number;
}

/**
 * Simulates a process that dies at a given step. From then on every call rejects without an effect, and its open
 * connections are closed, as by the kernel. The result of a call that has functions itself, such as a connection, dies
 * with it.
 */
export function killable<Needs extends object>(
  needs: Needs,
  { step, after }: KillPoint,
): KillableProcess<Needs> {
  const steps: string[] = [];
  const open = new Set<AsyncDisposable>();
  let diedError: ProcessDied | undefined;

  function die(last: string): ProcessDied {
    diedError = new ProcessDied(last);
    for (const connection of open) connection[Symbol.asyncDispose]().then(undefined, () => {});
    open.clear();
    return diedError;
  }

  /** `group` is the name of a group of functions, with a dot. */
  function wrapped<Of extends object>(of: Of, group = ''): Of {
    const entries = Reflect.ownKeys(of).map((name) => {
      const value = Reflect.get(of, name);
      if (typeof value === 'function') return [name, through(name, group, value.bind(of))] as const;
      return [name, hasFunctions(value) ? wrapped(value, `${group}${String(name)}.`) : value] as const;
    });
    if (Symbol.asyncDispose in of) open.add(of as AsyncDisposable);
    return Object.fromEntries(entries) as Of;
  }

  const through =
    (name: string | symbol, group: string, call: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      if (name === Symbol.asyncDispose) return diedError === undefined ? call(...args) : Promise.resolve();
      if (diedError !== undefined) throw diedError;
      const result = call(...args);
      if (!(result instanceof Promise)) return result;
      return result.then((value) => {
        if (diedError !== undefined) throw diedError;
        const done = step(`${group}${String(name)}`, args, value);
        if (done !== undefined) {
          steps.push(done);
          if (steps.length >= after) throw die(done);
        }
        return hasFunctions(value) ? wrapped(value) : value;
      });
    };

  return { needs: wrapped(needs), steps, isDead: () => diedError !== undefined };
}

/** False for an object with its own prototype, such as a Map or a Sensitive. It makes no calls. */
const hasFunctions = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Symbol.asyncDispose in value) &&
  Reflect.ownKeys(value).some((name) => typeof Reflect.get(value, name) === 'function');
