import type { ReconcilerDeps } from '../../../src/controllers/reconciler-deps.ts';
import { builtins, testContext } from '../engine/engine.ts';

const never = (): never => {
  throw new Error('nothing here calls it');
};

/** Dependencies in part. Each group is merged into the group of the same name. */
export type DepsOverrides = DeepPartial<ReconcilerDeps>;

type DeepPartial<Of> = Of extends ((...args: never[]) => unknown) | ReadonlySet<unknown> | Date
  ? Of
  : Of extends object
    ? { readonly [Name in keyof Of]?: DeepPartial<Of[Name]> }
    : Of;

/**
 * A whole bag for a world in which no PostgresCredential names any Secret, with these parts in place of the defaults.
 */
export const reconcilerDeps = (...overrides: readonly DepsOverrides[]): ReconcilerDeps =>
  overrides.reduce(withDeps, DEFAULTS);

/** The same dependencies with these parts in place of theirs. */
export function withDeps(deps: ReconcilerDeps, overrides: DepsOverrides): ReconcilerDeps {
  return merged(deps, overrides) as ReconcilerDeps;
}

function merged(base: unknown, over: unknown): unknown {
  if (!isGroup(base) || !isGroup(over)) return over;
  const entries = Object.entries(over).map(([name, value]) => [name, merged(base[name], value)] as const);
  return { ...base, ...Object.fromEntries(entries) };
}

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const DEFAULTS: ReconcilerDeps = {
  secrets: {
    writer: 'lockstep-controller',
    read: never,
    readOther: never,
    patch: never,
    dryRunPatch: never,
    release: async () => {},
    writeDerived: async () => {},
    deleteDerived: async () => {},
  },
  records: { read: never, write: never, delete: never, namesIn: async function* () {} },
  workloads: { advanceRollout: never, highestVersion: never, outdated: never },
  databases: { tryLogin: never, openServer: never },
  redis: { tryLogin: never, openServer: never },
  clock: { now: testContext.now, yieldToOthers: async () => {} },
  context: testContext,
  policies: { current: () => builtins, labelsOf: () => undefined },
  credentials: {
    forSecret: () => undefined,
    formerForSecret: () => undefined,
    finalizer: { add: never, isSet: () => false, remove: async () => false, deletedAt: () => undefined },
    provenRoles: { read: never, save: never },
  },
  settings: { history: 5, propagation: 120_000, restoreFieldManagers: new Set() },
  checkTimer: {
    dueIn: never,
    markChecked: never,
    backoffAfter: never,
    countChange: never,
    changeDelay: never,
  },
  mayWrite: () => true,
  secretNamesIn: () => [],
  enqueue: () => {},
  emit: () => {},
};
