import { setTimeout as sleep } from 'node:timers/promises';
import { clusterAdapter, STANDALONE_DEFAULTS } from '../../../src/commands/adapters/cluster-adapter.ts';
import { postgresAdapter } from '../../../src/commands/adapters/postgres-adapter.ts';
import { cliContext } from '../../../src/commands/cli/cli-context.ts';
import { RESTORING } from '../../../src/config.ts';
import { loginCheckTimer } from '../../../src/controllers/credential/login-check-timer.ts';
import type { ReconcilerDeps } from '../../../src/controllers/reconciler-deps.ts';
import { reconcileSecret } from '../../../src/controllers/secret/reconciler.ts';
import type { ProvenRoles } from '../../../src/engine/credential/change/allowed-roles.ts';
import { compileCredential, type PostgresCredential } from '../../../src/engine/credential/spec/compile.ts';
import type { Rollout, SecretRecord } from '../../../src/engine/record/record.ts';
import { LockstepError } from '../../../src/errors.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { reconcilerDeps } from '../controllers/reconciler-deps.ts';
import { deviationsOf, stateBefore } from '../credential/deviations.ts';
import { aTeam, type Team, type TeamOptions } from '../credential/team.ts';
import type { CredentialWorld } from '../credential/world.ts';
import type { CrashAttempt, CrashTrial } from './crash-matrix.ts';
import { killable } from './killable.ts';

/** More than any rotation takes. Milliseconds. */
const TIMEOUT_MS = 60_000;
/** Longest pause between two turns, whatever the reconciler asks for: nothing but it is slow here. Milliseconds. */
const MAX_PAUSE_MS = 100;

/**
 * A team whose rotations are carried out in this process, by the controller's own parts with its own rights, which are
 * abandoned at given steps.
 */
export async function aCrashingTeam(
  world: CredentialWorld,
  namespace: string,
  options: TeamOptions,
): Promise<CrashAttempt> {
  const team = await aTeam(world, namespace, options);
  const compiled = compileCredential(await team.credential());
  if (!('credential' in compiled)) throw new Error(JSON.stringify(compiled.problems));
  const deps = (): ReconcilerDeps => depsOf(world, compiled.credential);

  async function live(death: number): Promise<readonly string[]> {
    const life = killable(deps(), { step: stepOf, after: death });
    const end = Date.now() + TIMEOUT_MS;
    while (!life.isDead() && Date.now() < end) {
      const again = await reconcileSecret(team.place, life.needs).then(
        (outcome) => (outcome.kind === 'requeue' ? outcome.requeueAfter : MAX_PAUSE_MS),
        (error) => {
          if (!life.isDead() && !(error instanceof LockstepError)) throw error;
          return MAX_PAUSE_MS;
        },
      );
      if (!life.isDead() && again > 0 && (await isIdle(team))) break;
      if (!life.isDead()) await sleep(Math.min(again, MAX_PAUSE_MS));
    }
    return life.steps;
  }

  await live(Number.POSITIVE_INFINITY);
  return async (deaths): Promise<CrashTrial> => {
    const before = await stateBefore(team);
    await team.requestChange({ kind: 'rotate' });
    const lives: (readonly string[])[] = [];
    for (const death of [...deaths, Number.POSITIVE_INFINITY]) lives.push(await live(death));
    return {
      lives,
      misses: await deviationsOf(team, world.postgres, before, { versions: 1, isChanged: true }),
    };
  };
}

function depsOf({ kubeconfig }: CredentialWorld, credential: PostgresCredential): ReconcilerDeps {
  let proven: ProvenRoles | undefined;
  return reconcilerDeps(
    clusterAdapter({
      cluster: connect({ kubeconfig }),
      fieldManager: 'lockstep-controller',
      rolloutTimeout: TIMEOUT_MS,
    }),
    STANDALONE_DEFAULTS,
    {
      databases: postgresAdapter(),
      credentials: {
        forSecret: () => credential,
        finalizer: { add: async () => true },
        provenRoles: {
          read: () => proven,
          save: async (_, next) => {
            proven = next;
          },
        },
      },
      checkTimer: loginCheckTimer(() => performance.now()),
      context: cliContext({ cpu: () => 0 }),
      settings: { propagation: 0, restoreFieldManagers: new Set(RESTORING) },
    },
  );
}

async function isIdle(team: Team): Promise<boolean> {
  const record = await team.record();
  const { login, rollout } = record ?? {};
  const isResting =
    login?.change === undefined && login?.changeRequest === undefined && rollout === undefined;
  return isResting && (login?.current !== undefined || login?.diverged !== undefined);
}

/** Steps that change the cluster or the server. */
function stepOf(name: string, args: readonly unknown[], result: unknown): string | undefined {
  switch (name) {
    case 'records.write':
      return `record: ${phaseOf(args[1] as SecretRecord)}`;
    case 'secrets.patch':
      return 'Secret';
    case 'setPassword':
    case 'makeAlternate':
    case 'removeMark':
      return name;
    case 'workloads.advanceRollout':
      return (result as { rollout: Rollout | undefined }).rollout === args[1] ? undefined : 'consumers';
    default:
      return undefined;
  }
}

function phaseOf({ login, pending, rollout }: SecretRecord): string {
  const phase = login?.change?.phase ?? (login?.changeRequest === undefined ? 'at rest' : 'wish');
  return `${phase}${pending === undefined ? '' : ', pending'}${rollout === undefined ? '' : ', rollout'}`;
}
