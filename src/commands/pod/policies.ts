import { randomBytes } from 'node:crypto';
import type { PolicyValidator } from '../../admission/policy-review/validate-policy.ts';
import type { Engine } from '../../admission/review/webhook.ts';
import type { PodConfig, ServeConfig } from '../../config/config.ts';
import { compileCredential } from '../../engine/login/credential-schema/compile.ts';
import { compilePolicy } from '../../engine/policy/compile/compile.ts';
import { TOO_COSTLY_TOGETHER } from '../../engine/policy/cost.ts';
import { isExpired, type Policy } from '../../engine/policy/policy.ts';
import { mutateSecret, validateSecret } from '../../engine/review/decide/decide.ts';
import { ValidationMemory } from '../../engine/review/decide/validation-memory.ts';
import type { EngineContext } from '../../engine/review/evaluation/decision.ts';
import type { Request } from '../../engine/secret/secret.ts';
import type { Log } from '../../log.ts';
import { loadPolicies } from '../../manifest/policies/policies.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { PolicyMetrics } from '../../metrics/policies.ts';
import type { Shell } from '../cli/shell.ts';
import { builtinPolicies } from '../manifests/builtin-policies.ts';

/** The policies that the webhooks use at each moment. */
export interface ServingPolicies {
  readonly current: () => readonly Policy[];
  /** Undefined if no watch has reported the labels. */
  readonly labelsOf: (namespace: string) => ReadonlyMap<string, string> | undefined;
  /**
   * Resolves when the labels are known, or after a moment. Undefined if they are known already, or if no policy needs
   * them.
   */
  readonly labelsKnown: (namespace: string) => Promise<void> | undefined;
  /** The reason why no review can be validated yet. */
  readonly notReadyReason: () => string | undefined;
  /** Whether the policy can be in effect together with the others. */
  readonly hasRoomFor: (policy: Policy) => boolean;
  /** Keeps the policies up to date. Returns a function that stops it. */
  readonly start: () => () => void;
}

/** Metrics that count policies, and drop the series of deleted ones. */
export interface CountingMetrics extends PolicyMetrics, Pick<Metrics, 'keepPolicies'> {}

/** The built-in policies and the operator's files. Throws if one of them can't be used. */
export async function readPolicies(
  config: Pick<PodConfig, 'policies' | 'dropped'>,
  root: string,
  log: Log,
): Promise<readonly Policy[]> {
  const builtin = builtinPolicies(root, config.dropped);
  const { policies, warnings } = await loadPolicies(config.policies, builtin, new Date());
  for (const warning of warnings) log.warn('policy', { warning });
  return policies;
}

/** The policies of the files, as they were at the start. */
export function filePolicies(policies: readonly Policy[], metrics: CountingMetrics): ServingPolicies {
  return {
    current: () => policies,
    labelsOf: () => undefined,
    labelsKnown: () => undefined,
    notReadyReason: () => (policies.length === 0 ? 'there is no policy' : undefined),
    hasRoomFor: () => true,
    start: () => countPeriodically(() => policies, metrics),
  };
}

/** An exception expires without any other event. */
const COUNT_INTERVAL_MS = 60_000;

/** Counts at an interval, and drops the series of policies that no longer exist. Returns a function that stops it. */
export function countPeriodically(policies: () => readonly Policy[], metrics: CountingMetrics): () => void {
  countPolicies(policies(), metrics);
  const timer = setInterval(() => {
    countPolicies(policies(), metrics);
    void metrics.keepPolicies(new Set(policies().map(({ name }) => name)));
  }, COUNT_INTERVAL_MS);
  return () => clearInterval(timer);
}

export function countPolicies(policies: readonly Policy[], metrics: CountingMetrics): void {
  const now = new Date();
  const exceptions = policies.flatMap((policy) => policy.exceptions);
  const expiredExceptions = exceptions.filter((exception) => isExpired(exception, now)).length;
  metrics.setPolicies({ loaded: policies.length, expiredExceptions });
}

/** The engine with its policies, clocks and random source. */
export function bindEngine(
  { current, labelsOf }: ServingPolicies,
  config: ServeConfig,
  { cpu }: Pick<Shell, 'cpu'>,
): Engine {
  const context: EngineContext = {
    cpu,
    now: () => new Date(),
    random: (size) => randomBytes(size),
    ownNamespace: config.namespace,
    excludedNamespaces: config.excludedNamespaces,
    warnOnlyUsers: config.warnOnlyUsers,
    maxAction: config.maxAction,
  };
  const withNamespaceLabels = (request: Request): Request => ({
    ...request,
    namespaceLabels: labelsOf(request.secret.namespace),
  });
  const memory = new ValidationMemory(context);
  return {
    mutate: (request) => mutateSecret(withNamespaceLabels(request), current(), context, memory),
    validate: (request) => validateSecret(withNamespaceLabels(request), current(), context, memory),
  };
}

/** Refuses a policy at its apply if the pods could not use it afterwards. */
export const policyValidator = ({ hasRoomFor }: Pick<ServingPolicies, 'hasRoomFor'>): PolicyValidator => ({
  compilePolicy: (document) => {
    const compiled = compilePolicy(document);
    return 'problems' in compiled || hasRoomFor(compiled.policy)
      ? compiled
      : { problems: [TOO_COSTLY_TOGETHER] };
  },
  compileCredential,
  now: () => new Date(),
});
