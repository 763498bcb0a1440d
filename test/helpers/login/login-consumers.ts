import type { SecretPort } from '../../../src/controllers/ports.ts';
import { advanceRollout } from '../../../src/controllers/secret/rollout.ts';
import type { Credential } from '../../../src/engine/secret/record/credential.ts';
import type { Workload } from '../../../src/engine/workloads/rollout/consumers.ts';
import { reloaderMarksOf } from '../../../src/engine/workloads/rollout/reloader.ts';
import type { DepsOverrides } from '../controllers/reconciler-deps.ts';
import { aWorkload, fixedUse } from '../engine/workload.ts';

/** The part of the world of a login that readers need. */
interface ReaderDependencies {
  readonly deps: { readonly secrets: SecretPort };
  readonly override: (overrides: DepsOverrides) => void;
  readonly written: () => Credential;
  readonly opens: (credential: Credential) => boolean;
}

const SECRET = 'reconciliation-secrets';
/** Timeout of one workload. Milliseconds. */
const TIMEOUT = 600_000;

/** Reloader restarts each of them at `reload`. */
interface ReloaderOptions {
  readonly isLeftToReloader?: boolean;
}

const BY_RELOADER: Partial<Workload> = {
  reloader: reloaderMarksOf({ 'reloader.stakater.com/auto': 'true' }, { annotations: {}, variables: [] }),
  revision: { kind: 'replicasets', name: 'any' },
};

/**
 * Deployments whose pods hold in their environment what the Secret says when they are restarted, and are ready only
 * while that opens the server. `refused`: restarts while the Secret, as it was read last, named a login that the server
 * did not let in.
 */
export function loginConsumers(
  world: ReaderDependencies,
  names: readonly string[],
  now: () => Date,
  { isLeftToReloader = false }: ReloaderOptions = {},
) {
  const refused: string[] = [];
  let seen = world.written();
  const { read: readSecret } = world.deps.secrets;
  const reading: typeof readSecret = async (place) => {
    const held = await readSecret(place);
    const [user, password] = [
      held?.secret.data.get('POSTGRES_USER'),
      held?.secret.data.get('POSTGRES_PASSWORD'),
    ];
    if (place.name === SECRET && user !== undefined && password !== undefined)
      seen = { role: user.withPlaintext(({ text }) => text ?? ''), password };
    return held;
  };
  const restarts: string[] = [];
  const readers = new Map(
    names.map((name) => [
      name,
      { held: world.written(), stamp: undefined as string | undefined, since: now() },
    ]),
  );
  const workloads = () =>
    [...readers].map(([name, { held, stamp }]) =>
      aWorkload({
        name,
        uses: new Map([[SECRET, fixedUse('POSTGRES_USER', 'POSTGRES_PASSWORD')]]),
        versionAnnotation: stamp,
        created: new Date(0),
        ...(isLeftToReloader && BY_RELOADER),
        progress: world.opens(held)
          ? { kind: 'done' }
          : { kind: 'underway', why: 'none of its pods is available' },
      }),
    );
  world.override({
    secrets: { read: reading },
    workloads: {
      advanceRollout: (place, rollout, { timeout, awaitsOlderPods }) =>
        advanceRollout(place, rollout, {
          workloads: async () => workloads(),
          workload: async (_, id) => workloads().find(({ kind, name }) => `${kind}/${name}` === id),
          templateChangedAt: async ({ name }) => readers.get(name)?.since,
          restart: async ({ name }, stamp) => {
            restarts.push(name);
            if (!world.opens(seen)) refused.push(name);
            readers.set(name, { held: world.written(), stamp, since: now() });
          },
          now,
          timeout: timeout ?? TIMEOUT,
          awaitsOlderPods,
        }),
    },
  });
  return {
    refused,
    restarts,
    reload: () => {
      for (const name of names) readers.set(name, { held: world.written(), stamp: undefined, since: now() });
    },
    /** Those that hold what the Secret does not say, or the server refuses. */
    behind: () => [...readers].filter(([, { held }]) => !world.opens(held)).map(([name]) => name),
  };
}
