import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { PolicyJudge } from '../admission/validate-policy.ts';
import type { Engine } from '../admission/webhook.ts';
import type { ServeConfig } from '../config.ts';
import { judge, mend } from '../engine/decide.ts';
import type { Surroundings } from '../engine/decision.ts';
import { hasRunOut, type Policy } from '../engine/policy.ts';
import type { Log } from '../log.ts';
import { loadPolicies } from '../manifest/policies.ts';

/** The built-in policies and the operator's. Throws where one of them can't be used. */
export async function readPolicies(config: ServeConfig, root: string, log: Log): Promise<readonly Policy[]> {
  const builtin = { dir: join(root, 'manifests', 'policies'), drop: config.dropped };
  const { policies, warnings } = await loadPolicies(config.policies, builtin, new Date());
  for (const warning of warnings) log.warn('policy', { warning });
  if (config.kubeconfig !== undefined) {
    log.warn('policies come from files only: SecretPolicies of a cluster are not read yet', {
      kubeconfig: config.kubeconfig,
    });
  }
  return policies;
}

/** Exceptions whose last day has passed. */
export function countExpired(policies: readonly Policy[]): number {
  const now = new Date();
  return policies.flatMap(({ exceptions }) => exceptions).filter((exception) => hasRunOut(exception, now))
    .length;
}

/** The engine, with policies, clock and chance. */
export function bind(policies: readonly Policy[], config: ServeConfig): Engine {
  const around: Surroundings = {
    now: () => new Date(),
    random: (size) => randomBytes(size),
    ownNamespace: config.namespace,
    warnOnlyUsers: config.warnOnlyUsers,
    strictest: config.strictest,
  };
  return {
    mend: (request) => mend(request, policies, around),
    judge: (request) => judge(request, policies, around),
  };
}

/** The schema is loaded when the first policy is applied: a pod that serves from files alone never needs it again. */
export const policyJudge: PolicyJudge = {
  compile: async (document) => (await import('../engine/policy/compile.ts')).compilePolicy(document),
  now: () => new Date(),
};
