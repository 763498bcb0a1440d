import type { Test } from 'tap';
import type { ControllerReplica } from '../../testbed/lockstep/controller.ts';
import type { Postgres } from '../../testbed/postgres/postgres.ts';
import type { Daemon } from '../../testbed/process/daemon.ts';
import { until } from '../../testbed/process/until.ts';
import type { Redis } from '../../testbed/redis/redis.ts';
import { anApiProxy } from '../api/api-proxy.ts';
import { deviationsOf, stateBefore } from '../credential/deviations.ts';
import { commitsOf, observeSteps, type ServerSteps, userChangesOf } from '../credential/observed-steps.ts';
import { playReadiness, readyByLogin } from '../credential/ready-by-login.ts';
import { aTeam, type Team, type TeamOptions } from '../credential/team.ts';
import { type CredentialWorld, isInStep, untilInStep } from '../credential/world.ts';
import { aPgProxy } from '../postgres/pg-proxy.ts';
import { aRedisProxy } from '../redis/redis-proxy.ts';
import { aRedisTeam } from '../redis/team.ts';
import type { CrashAttempt, CrashTrial } from './crash-matrix.ts';

const LEASES_PATH = '/apis/coordination.k8s.io/v1/namespaces/lockstep-system/leases';

/** The longest life. A busy machine takes long to start a process. */
const LIFE_MS = 180_000;

/** A team whose controller is killed (SIGKILL) at given steps of a rotation, one after another, and started again. */
export async function aTeamUnderKills(
  t: Test,
  world: CredentialWorld,
  namespace: string,
  options: TeamOptions,
): Promise<CrashAttempt> {
  const { postgres } = world;
  const db = await aPgProxy(t, postgres);
  return attemptsOn(t, world, {
    server: postgres,
    steps: commitsOf(db, postgres),
    team: () => aTeam(world, namespace, { ...options, at: db }),
  });
}

/** The same for a login on Redis. Its pods log in all the time, and none of them may be refused. */
export async function aRedisTeamUnderKills(
  t: Test,
  world: CredentialWorld,
  redis: Redis,
): Promise<CrashAttempt> {
  const namespace = 'hunted';
  const proxy = await aRedisProxy(t, redis);
  const attempt = await attemptsOn(t, world, {
    server: redis,
    steps: userChangesOf(proxy),
    team: () => aRedisTeam(world, redis, namespace, { at: proxy, pods: 2, deployment: readyByLogin('api') }),
  });
  const readers = playReadiness(t, world.cluster, redis);
  const refusalCount = () => readers.pods.reduce((sum, { refusals }) => sum + refusals, 0);
  return async (deaths) => {
    const before = refusalCount();
    const { lives, misses } = await attempt(deaths);
    const refused = refusalCount() - before;
    return { lives, misses: refused === 0 ? misses : [...misses, `${refused} logins of pods were refused`] };
  };
}

interface HuntedServer {
  readonly server: Postgres | Redis;
  readonly steps: ServerSteps;
  team(): Promise<Team>;
}

async function attemptsOn(
  t: Test,
  { cluster, controllers, kubeconfig }: CredentialWorld,
  hunted: HuntedServer,
): Promise<CrashAttempt> {
  const api = await anApiProxy(t, kubeconfig);
  const steps = observeSteps(api, hunted.steps);
  const team = await hunted.team();
  const { namespace } = team.place;
  let controller: ControllerReplica | undefined;
  const launched: Daemon[] = [];

  /** A life that ended before its death is killed here. The next leader need not wait until the lease expires. */
  async function start(): Promise<void> {
    await controller?.daemon.stop('SIGKILL');
    await cluster.request(LEASES_PATH, { method: 'DELETE' });
    const next = await controllers.launch('controller', {
      LOCKSTEP_KUBECONFIG: api.kubeconfig,
      LOCKSTEP_PROPAGATION_SECONDS: '0',
    });
    // Known before it is ready: its death may come earlier.
    controller = next;
    launched.push(next.daemon);
    await next.ready();
  }

  /** Resolves with the steps of this life. */
  async function live(death: number | undefined, begin: () => Promise<void>): Promise<readonly string[]> {
    let isDead = false;
    const kill = async (): Promise<void> => {
      isDead = true;
      await controller?.daemon.stop('SIGKILL');
    };
    steps.watch(namespace, death === undefined ? undefined : { after: death, kill });
    // A controller that is killed before it is ready never becomes ready.
    await begin().catch((error) => {
      if (!isDead) throw error;
    });
    const label = death === undefined ? `the end of ${namespace}` : `step ${death} of ${namespace}`;
    await until(label, [], async () => isDead || (await isInStep(team)), LIFE_MS).catch((error) => {
      throw new Error(
        `${error.message}\nsteps: ${steps.seen.join(', ')}\n${controller?.daemon.log().slice(-4000)}`,
      );
    });
    const taken = [...steps.seen];
    if (isDead) steps.watch(namespace);
    return death === undefined || !isDead ? taken : taken.slice(0, death);
  }

  t.teardown(async () => controller?.daemon.stop());
  await start();
  await untilInStep(team);
  return async (deaths): Promise<CrashTrial> => {
    const before = await stateBefore(team);
    const lives: (readonly string[])[] = [];
    for (const [turn, death] of [...deaths, undefined].entries())
      lives.push(await live(death, turn === 0 ? () => team.requestChange({ kind: 'rotate' }) : start));
    const misses = await deviationsOf(team, hunted.server, before, { versions: 1, isChanged: true });
    const running = launched.filter((daemon) => daemon.isRunning()).length;
    return { lives, misses: running === 1 ? misses : [...misses, `${running} controllers run`] };
  };
}

/** The same for a login with copies, one of them in another namespace. */
export const aTeamWithCopies = (
  t: Test,
  world: CredentialWorld,
  strategy: 'SingleUser' | 'AlternatingUsers',
): Promise<CrashAttempt> =>
  aTeamUnderKills(t, world, 'hunted', {
    strategy,
    admin: true,
    copies: [
      { namespace: 'hunted', name: 'near', readers: 1 },
      { namespace: 'elsewhere', name: 'far', readers: 0 },
    ],
  });
