import type { LoginChecks } from './credential-reconciler.ts';
import type { Scene } from './credential-scene.ts';

/** `now`: milliseconds, of a clock that only goes forward. */
export function loginChecks(now: () => number): LoginChecks & { readonly forget: (secret: string) => void } {
  const looked = new Map<string, { readonly until: number; readonly seen: string }>();
  return {
    dueIn: (scene) => {
      const last = looked.get(secretOf(scene));
      return last === undefined || last.seen !== seenOf(scene) ? 0 : Math.max(0, last.until - now());
    },
    done: (scene, again) => void looked.set(secretOf(scene), { until: now() + again, seen: seenOf(scene) }),
    forget: (secret) => void looked.delete(secret),
  };
}

const secretOf = ({ held: { secret } }: Scene): string => `${secret.namespace}/${secret.name}`;

/** The login as it was asked for: another Secret, or another PostgresCredential, is another question. */
const seenOf = ({ held, credential }: Scene): string =>
  `${held.uid} ${held.resourceVersion} ${credential.uid} ${credential.generation}`;
