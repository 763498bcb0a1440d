import type { Rollout } from '../../../src/engine/secret/record/record.ts';
import type { SecretUse, Workload } from '../../../src/engine/workloads/rollout/consumers.ts';

/** The keys that its containers have in their environment. */
export const fixedUse = (...keys: string[]): SecretUse => ({ fixed: new Set(keys), live: new Set() });
export const liveUse = (...keys: string[]): SecretUse => ({ fixed: new Set(), live: new Set(keys) });

/** A Deployment that reads JWT_SECRET of the Secret `app`, and is rolled out. */
export function aWorkload(rest: Partial<Workload> = {}): Workload {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'api',
    uid: 'u',
    resourceVersion: '1',
    created: new Date('2026-01-01T00:00:00Z'),
    uses: new Map([['app', fixedUse('JWT_SECRET')]]),
    versionAnnotation: undefined,
    optedOut: false,
    reloader: undefined,
    progress: { kind: 'done' },
    revision: undefined,
    ...rest,
  };
}

/** Seconds after the noon when things happen. */
export const at = (seconds: number): Date => new Date(Date.UTC(2026, 10, 25, 12, 0, seconds));

/** JWT_SECRET was changed at noon, as version 2. */
export const aRollout = (rest: Partial<Rollout> = {}): Rollout => ({
  changes: [{ number: 2, time: at(0), keys: ['JWT_SECRET'] }],
  done: new Map(),
  current: undefined,
  stopped: undefined,
  ...rest,
});
