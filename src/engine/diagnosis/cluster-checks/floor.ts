import { FLOOR_DELETION } from '../../review/floor/admission-policy.ts';
import { pageUrl } from '../../secret/finding/docs-url.ts';
import { type CheckResult, type Observation, ok, unknown, warning } from '../check-result.ts';
import { failsClosed, type WebhookFacts } from './webhooks.ts';

export interface FloorPolicy {
  readonly name: string;
  /** The digest of its spec. Empty if it has none. */
  readonly digest: string;
}

export interface FloorFacts {
  /** The API server evaluates ValidatingAdmissionPolicies. */
  readonly isSupported: boolean;
  /** The admission policies in the cluster that have a binding. */
  readonly stored: readonly FloorPolicy[];
  /** The ones that follow from the policies of the cluster. */
  readonly expected: readonly FloorPolicy[];
}

const SEE = pageUrl('tasks/floor.md');
const APPLY = `lockstep policy floor --context NAME | kubectl apply --server-side --force-conflicts -f -; ${SEE}`;

/** Without a floor, the API server itself validates no Secret while no webhook pod answers. */
export function floorBehind(
  { isSupported, stored, expected }: FloorFacts,
  webhooks: Observation<readonly WebhookFacts[]>,
): CheckResult {
  if (!isSupported)
    return unknown(
      'this API server has no ValidatingAdmissionPolicies, so it can have no floor',
      `upgrade it to Kubernetes 1.30 or newer; ${SEE}`,
    );
  if (stored.length === 0) return withoutFloor(webhooks);
  if (webhooks.kind === 'found' && webhooks.fact.length === 0)
    return warning(
      'the floor refuses Secrets, although the webhooks of lockstep are not installed',
      `if you have uninstalled lockstep, ${FLOOR_DELETION}; ${SEE}`,
    );
  const behind = [
    ...expected.flatMap(({ name, digest }) => {
      const found = stored.find((one) => one.name === name);
      if (found === undefined) return [`${name} is missing, or has no binding`];
      return found.digest === digest ? [] : [`${name} is for other policies or settings`];
    }),
    ...stored
      .filter(({ name }) => !expected.some((one) => one.name === name))
      .map(({ name }) => `${name} is no longer part of the floor: delete it`),
  ];
  if (behind.length === 0) return ok('the floor is that of the policies of the cluster');
  return warning(
    'the floor is not that of the policies of the cluster: it may refuse what they accept',
    `apply it again: ${APPLY}`,
    behind,
  );
}

function withoutFloor(webhooks: Observation<readonly WebhookFacts[]>): CheckResult {
  if (webhooks.kind === 'found' && failsClosed(webhooks.fact))
    return ok('there is no floor, and while no webhook pod answers, no Secret is stored');
  return warning(
    webhooks.kind === 'found'
      ? 'there is no floor: while no webhook pod answers, the API server itself refuses no placeholder'
      : 'there is no floor: unless the webhooks fail closed, a placeholder is stored while no pod answers',
    `apply one: ${APPLY}`,
  );
}
