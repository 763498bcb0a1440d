import type { Scene } from './reconcile-input.ts';
import type { LoginChecks } from './reconciler.ts';

/** A server that was restarted is found again within a second; one that is away for a night is not besieged. Milliseconds. */
const SHORTEST = 1000;
const LONGEST = 30_000;

/** `now`: milliseconds, of a clock that only goes forward. */
export function loginChecks(now: () => number): LoginChecks & { readonly forget: (secret: string) => void } {
  /** By Secret, the pause after the next look that finds nothing out. */
  const pauses = new Map<string, number>();
  const looked = new Map<string, { readonly until: number; readonly seen: string }>();
  return {
    dueIn: (scene) => {
      const last = looked.get(secretOf(scene));
      return last === undefined || last.seen !== seenOf(scene) ? 0 : Math.max(0, last.until - now());
    },
    done: (scene, again) => void looked.set(secretOf(scene), { until: now() + again, seen: seenOf(scene) }),
    told: (scene, isTold) => {
      const secret = secretOf(scene);
      const pause = isTold ? SHORTEST : (pauses.get(secret) ?? SHORTEST);
      if (isTold) pauses.delete(secret);
      else pauses.set(secret, Math.min(pause * 2, LONGEST));
      return pause;
    },
    forget: (secret) => {
      looked.delete(secret);
      pauses.delete(secret);
    },
  };
}

const secretOf = ({ held: { secret } }: Scene): string => `${secret.namespace}/${secret.name}`;

/** The login as it was asked for: another Secret, or another PostgresCredential, is another question. */
const seenOf = ({ held, credential }: Scene): string =>
  `${held.uid} ${held.resourceVersion} ${credential.uid} ${credential.generation}`;
