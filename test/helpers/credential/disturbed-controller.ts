import type { Test } from 'tap';
import { PHASES } from '../../../src/engine/secret/record/login-record.ts';
import type { ControllerReplica } from '../../testbed/lockstep/controller.ts';
import { until } from '../../testbed/process/until.ts';
import { type ApiProxy, anApiProxy } from '../api/api-proxy.ts';
import { aPgProxy, type PgProxy } from '../postgres/pg-proxy.ts';
import { type FinalState, finalState } from './final-state.ts';
import { type StepHooks, stepHooks } from './step-hooks.ts';
import { aTeam, type Team, type TeamOptions } from './team.ts';
import { type CredentialWorld, untilInStep } from './world.ts';

/** Before the server has the new password, between both writes, after both, and after the consumers were restarted. */
export const MOMENTS = {
  before: 'record: apply',
  between: 'PATCH secrets/app',
  after: 'record: rollout',
  'at the end': 'record: at rest',
} as const;

/** A controller whose ways to the API server and to PostgreSQL can be disturbed. */
export interface DisturbedController {
  readonly api: ApiProxy;
  readonly db: PgProxy;
  readonly stepHooks: StepHooks;
  readonly controller: ControllerReplica;
  /** In sync, through the proxies, or through another one `at` the address of the server. */
  team(namespace: string, options?: TeamOptions): Promise<Team>;
  /** Has its password changed, and tells how that ended. */
  rotated(team: Team): Promise<FinalState>;
}

export async function aDisturbedController(
  t: Test,
  world: CredentialWorld,
  env: Readonly<Record<string, string>> = {},
): Promise<DisturbedController> {
  const { postgres, controllers, kubeconfig } = world;
  const [api, db] = [await anApiProxy(t, kubeconfig), await aPgProxy(t, postgres)];
  const controller = await controllers.start('controller', {
    LOCKSTEP_KUBECONFIG: api.kubeconfig,
    LOCKSTEP_PROPAGATION_SECONDS: '0',
    ...env,
  });
  const { daemon, leads } = controller;
  await until('a leader', [daemon], leads);
  return {
    api,
    db,
    stepHooks: stepHooks(api),
    controller,
    team: async (namespace, options = {}) => {
      const team = await aTeam(world, namespace, { admin: true, at: db, ...options });
      await untilInStep(team, [daemon]);
      return team;
    },
    rotated: async (team) => {
      await team.requestChange({ kind: 'rotate' });
      return finalState(team, postgres, [daemon]);
    },
  };
}

/** The phases of a change that nothing disturbs. */
export const phasesOf = (strategy: 'SingleUser' | 'AlternatingUsers'): readonly string[] =>
  PHASES.filter(
    (phase) => !phase.startsWith('rollback-') && (strategy === 'AlternatingUsers' || phase !== 'drain'),
  );

export const STRATEGIES = ['SingleUser', 'AlternatingUsers'] as const;
